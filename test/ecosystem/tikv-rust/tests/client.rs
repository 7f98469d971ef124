//! Raw and transactional calls of TiKV's client in Rust; RAW_PD and TXN_PD tell where a placement driver listens.

use std::collections::HashMap;
use std::env;
use tikv_client::{Error, Key, RawClient, Result, TransactionClient, TransactionOptions, Value};

const ACCOUNTS: u32 = 6;
const OPENING: i64 = 100;

fn endpoints(variable: &str) -> Option<Vec<String>> {
    Some(env::var(variable).ok()?.split(',').map(String::from).collect())
}

fn account(name: &str, i: u32) -> Key {
    format!("rust/{name}/{i}").into_bytes().into()
}

fn number(value: Option<Value>) -> i64 {
    String::from_utf8(value.expect("an account")).unwrap().parse().unwrap()
}

fn text(n: i64) -> Vec<u8> {
    n.to_string().into_bytes()
}

#[tokio::test]
async fn raw_keys() -> Result<()> {
    let Some(pd) = endpoints("RAW_PD") else { return Ok(()) };
    let client = RawClient::new(pd).await?;
    let key = |i: u32| format!("rust/{i:03}").into_bytes();
    client.batch_put((0..200).map(|i| (key(i), text(i as i64)))).await?;
    assert_eq!(client.get(key(7)).await?, Some(text(7)));
    assert_eq!(client.batch_get(vec![key(1), key(2), b"rust/none".to_vec()]).await?.len(), 2);
    client.delete_range(key(10)..key(190)).await?;
    assert_eq!(client.scan(key(0)..key(10), 10).await?.len(), 10);
    assert_eq!(client.get(key(10)).await?, None);
    assert_eq!(client.get(key(190)).await?, Some(text(190)));
    let atomic = client.with_atomic_for_cas();
    let counter = b"rust/counter".to_vec();
    let (_, swapped) = atomic.compare_and_swap(counter.clone(), None, text(0)).await?;
    assert!(swapped);
    let (before, swapped) = atomic.compare_and_swap(counter.clone(), Some(text(1)), text(2)).await?;
    assert_eq!((before, swapped), (Some(text(0)), false));
    atomic.delete(counter).await
}

async fn transfer(client: &TransactionClient, options: TransactionOptions, name: &str, round: u32) -> Result<()> {
    let (from, to) = (account(name, round % ACCOUNTS), account(name, (round * 5 + 1) % ACCOUNTS));
    if from == to {
        return Ok(());
    }
    let mut txn = client.begin_with_options(options).await?;
    let moved = async {
        let balances = (number(txn.get_for_update(from.clone()).await?), number(txn.get_for_update(to.clone()).await?));
        txn.put(from, text(balances.0 - 1)).await?;
        txn.put(to, text(balances.1 + 1)).await
    };
    if let Err(error) = moved.await {
        txn.rollback().await?;
        return Err(error);
    }
    txn.commit().await.map(|_| ())
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_conserve_money() -> Result<()> {
    let Some(pd) = endpoints("TXN_PD") else { return Ok(()) };
    let client = TransactionClient::new(pd.clone()).await?;
    let kinds = HashMap::from([
        ("optimistic", TransactionOptions::new_optimistic()),
        ("pessimistic", TransactionOptions::new_pessimistic()),
        ("async", TransactionOptions::new_optimistic().use_async_commit()),
        ("onephase", TransactionOptions::new_optimistic().try_one_pc()),
        ("pessimisticasync", TransactionOptions::new_pessimistic().use_async_commit()),
    ]);
    for (name, options) in kinds {
        let mut opening = client.begin_optimistic().await?;
        for i in 0..ACCOUNTS {
            opening.put(account(name, i), text(OPENING)).await?;
        }
        opening.commit().await?;
        let mut tasks = Vec::new();
        for task in 0..4 {
            let own = TransactionClient::new(pd.clone()).await?;
            let options = options.clone().drop_check(tikv_client::CheckLevel::Warn);
            tasks.push(tokio::spawn(async move {
                let mut committed = 0;
                for round in 0..8 {
                    committed += u32::from(transfer(&own, options.clone(), name, task + round).await.is_ok());
                }
                committed
            }));
        }
        let mut committed = 0;
        for task in tasks {
            committed += task.await?;
        }
        assert!(committed > 0, "no transfer of {name} was committed");
        let mut audit = client.begin_optimistic().await?;
        let all = audit.batch_get((0..ACCOUNTS).map(|i| account(name, i))).await?;
        assert_eq!(all.map(|pair| number(Some(pair.1))).sum::<i64>(), OPENING * i64::from(ACCOUNTS), "{name}");
        audit.commit().await?;
    }
    Ok(())
}

/// The client says of every pessimistic transaction that it is as large as can be; others meet its locks all the same.
#[tokio::test]
async fn transactions_meet_locks() -> Result<()> {
    let Some(pd) = endpoints("TXN_PD") else { return Ok(()) };
    let client = TransactionClient::new(pd).await?;
    let key = b"rust/met".to_vec();
    let mut holder = client.begin_pessimistic().await?;
    holder.put(key.clone(), text(1)).await?;
    assert!(holder.send_heart_beat().await? > 0);
    let mut other = client.begin_with_options(TransactionOptions::new_pessimistic().no_resolve_locks()).await?;
    assert!(matches!(other.lock_keys(vec![key.clone()]).await, Err(Error::PessimisticLockError { .. })));
    other.rollback().await?;
    holder.commit().await?;
    let mut reader = client.begin_optimistic().await?;
    assert_eq!(reader.get(key.clone()).await?, Some(text(1)));
    assert_eq!(reader.scan_reverse(b"rust/met".to_vec()..=b"rust/met".to_vec(), 9).await?.count(), 1);
    reader.commit().await?;
    assert!(client.gc(client.current_timestamp().await?).await?);
    client.unsafe_destroy_range(key.clone()..b"rust/meu".to_vec()).await?;
    assert_eq!(client.begin_with_options(TransactionOptions::new_optimistic().read_only()).await?.get(key).await?, None);
    Ok(())
}
