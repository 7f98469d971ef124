/**
 * Local reads answer synchronously, remote ones later. `ValueOrPromise` lets one interface serve both without
 * charging the local path for an await (55 ns and a microtask hop each).
 */

export type ValueOrPromise<T> = T | Promise<T>;

export function isPromise<T>(value: ValueOrPromise<T>): value is Promise<T> {
  return value instanceof Promise;
}

/** Applies `next` now when the value is here, else when it arrives. */
export function chain<T, U>(value: ValueOrPromise<T>, next: (value: T) => ValueOrPromise<U>): ValueOrPromise<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
