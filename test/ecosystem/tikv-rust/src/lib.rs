//! TiKV's client in Rust against a placement driver and stores; see `tests/`.
