package tikv

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tikverr "github.com/tikv/client-go/v2/error"
	"github.com/tikv/client-go/v2/kv"
	"github.com/tikv/client-go/v2/txnkv"
	"github.com/tikv/client-go/v2/txnkv/transaction"
)

func openTxn(t *testing.T) *txnkv.Client {
	t.Helper()
	address := os.Getenv("TXN_PD")
	if address == "" {
		t.Skip("TXN_PD is not set")
	}
	client, err := txnkv.NewClient(strings.Split(address, ","))
	must(t, err)
	t.Cleanup(func() { client.Close() })
	return client
}

func begin(t *testing.T, client *txnkv.Client) *transaction.KVTxn {
	t.Helper()
	txn, err := client.Begin()
	must(t, err)
	return txn
}

func put(t *testing.T, client *txnkv.Client, pairs ...string) {
	t.Helper()
	txn := begin(t, client)
	for i := 0; i < len(pairs); i += 2 {
		must(t, txn.Set([]byte(pairs[i]), []byte(pairs[i+1])))
	}
	must(t, txn.Commit(context.Background()))
}

func get(t *testing.T, client *txnkv.Client, key string) string {
	t.Helper()
	txn := begin(t, client)
	value, err := txn.Get(context.Background(), []byte(key))
	if tikverr.IsErrNotFound(err) {
		return "none"
	}
	must(t, err)
	return string(value)
}

func scan(t *testing.T, client *txnkv.Client, prefix string) []string {
	t.Helper()
	txn := begin(t, client)
	pairs, err := txn.Iter([]byte(prefix), []byte(prefix+"\xff"))
	must(t, err)
	defer pairs.Close()
	var found []string
	for pairs.Valid() {
		found = append(found, string(pairs.Key())+"="+string(pairs.Value()))
		must(t, pairs.Next())
	}
	return found
}

func TestTxnReadsAndConflicts(t *testing.T) {
	ctx := context.Background()
	client := openTxn(t)
	put(t, client, "plain/a", "1", "plain/b", "2")
	equal(t, get(t, client, "plain/a"), "1")
	equal(t, get(t, client, "plain/x"), "none")
	equal(t, scan(t, client, "plain/"), []string{"plain/a=1", "plain/b=2"})
	late := begin(t, client)
	put(t, client, "plain/a", "11")
	must(t, late.Set([]byte("plain/a"), []byte("late")))
	err := late.Commit(ctx)
	var conflict *tikverr.ErrWriteConflict
	if !errors.As(err, &conflict) {
		t.Fatalf("no conflict but %v", err)
	}
	equal(t, get(t, client, "plain/a"), "11")
	removal := begin(t, client)
	must(t, removal.Delete([]byte("plain/b")))
	must(t, removal.Commit(ctx))
	equal(t, scan(t, client, "plain/"), []string{"plain/a=11"})
}

func TestTxnBatchGetAndReverseScan(t *testing.T) {
	ctx := context.Background()
	client := openTxn(t)
	put(t, client, "many/a", "1", "many/b", "2", "many/c", "3")
	txn := begin(t, client)
	found, err := txn.GetSnapshot().BatchGet(ctx, [][]byte{[]byte("many/a"), []byte("many/c"), []byte("many/x")})
	must(t, err)
	equal(t, len(found), 2)
	pairs, err := txn.IterReverse([]byte("many/\xff"))
	must(t, err)
	defer pairs.Close()
	var keys []string
	for pairs.Valid() && strings.HasPrefix(string(pairs.Key()), "many/") {
		keys = append(keys, string(pairs.Key()))
		must(t, pairs.Next())
	}
	equal(t, keys, []string{"many/c", "many/b", "many/a"})
}

type mode struct {
	name                        string
	pessimistic, async, onePass bool
}

var modes = []mode{
	{"optimistic", false, false, false},
	{"pessimistic", true, false, false},
	{"async commit", false, true, false},
	{"one phase", false, true, true},
	{"pessimistic async", true, true, true},
}

const accounts = 10

func account(name string, i int) []byte { return []byte(fmt.Sprintf("bank/%s/%d", name, i)) }

func balance(ctx context.Context, txn *transaction.KVTxn, key []byte) (int, error) {
	value, err := txn.Get(ctx, key)
	if err != nil {
		return 0, err
	}
	var n int
	_, err = fmt.Sscan(string(value), &n)
	return n, err
}

func transfer(ctx context.Context, client *txnkv.Client, m mode, random *rand.Rand) error {
	txn, err := client.Begin()
	if err != nil {
		return err
	}
	txn.SetEnableAsyncCommit(m.async)
	txn.SetEnable1PC(m.onePass)
	txn.SetPessimistic(m.pessimistic)
	from := random.Intn(accounts)
	to := (from + 1 + random.Intn(accounts-1)) % accounts
	keys := [][]byte{account(m.name, from), account(m.name, to)}
	if m.pessimistic {
		ts, err := client.CurrentTimestamp("global")
		if err != nil {
			return err
		}
		lockCtx := &kv.LockCtx{ForUpdateTS: ts, WaitStartTime: time.Now()}
		lockCtx.InitReturnValues(2)
		if err := txn.LockKeys(ctx, lockCtx, keys...); err != nil {
			_ = txn.Rollback()
			return err
		}
		txn.GetSnapshot().SetSnapshotTS(ts)
	}
	var balances [2]int
	for i, key := range keys {
		if balances[i], err = balance(ctx, txn, key); err != nil {
			_ = txn.Rollback()
			return err
		}
	}
	for i, delta := range []int{-1, 1} {
		if err := txn.Set(keys[i], []byte(fmt.Sprint(balances[i]+delta))); err != nil {
			return err
		}
	}
	return txn.Commit(ctx)
}

func TestTxnBank(t *testing.T) {
	ctx := context.Background()
	client := openTxn(t)
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			opening := begin(t, client)
			for i := 0; i < accounts; i++ {
				must(t, opening.Set(account(m.name, i), []byte("100")))
			}
			must(t, opening.Commit(ctx))
			var group sync.WaitGroup
			var committed atomic.Int32
			for c := 0; c < 6; c++ {
				group.Add(1)
				go func(seed int64) {
					defer group.Done()
					random := rand.New(rand.NewSource(seed))
					for i := 0; i < 15; i++ {
						if err := transfer(ctx, client, m, random); err == nil {
							committed.Add(1)
						} else if !mayHappen(err) {
							t.Error(err)
						}
					}
				}(int64(c))
			}
			group.Wait()
			if committed.Load() == 0 {
				t.Fatal("no transfer was committed")
			}
			sum := 0
			audit := begin(t, client)
			for i := 0; i < accounts; i++ {
				n, err := balance(ctx, audit, account(m.name, i))
				must(t, err)
				sum += n
			}
			equal(t, sum, accounts*100)
			t.Logf("%d of 90 transfers committed", committed.Load())
		})
	}
}

func mayHappen(err error) bool {
	var conflict *tikverr.ErrWriteConflict
	var deadlock *tikverr.ErrDeadlock
	var retryable *tikverr.ErrRetryable
	return errors.As(err, &conflict) || errors.As(err, &deadlock) || errors.As(err, &retryable) ||
		strings.Contains(err.Error(), "write conflict")
}

func TestTxnPessimisticLocks(t *testing.T) {
	ctx := context.Background()
	client := openTxn(t)
	put(t, client, "lock/a", "1", "lock/b", "2")
	lock := func(txn *transaction.KVTxn, waitMs int64, keys ...string) error {
		ts, err := client.CurrentTimestamp("global")
		must(t, err)
		lockCtx := kv.NewLockCtx(ts, waitMs, time.Now())
		for _, key := range keys {
			if err := txn.LockKeys(ctx, lockCtx, []byte(key)); err != nil {
				return err
			}
		}
		return nil
	}
	first, second := begin(t, client), begin(t, client)
	first.SetPessimistic(true)
	second.SetPessimistic(true)
	must(t, lock(first, 1000, "lock/a"))
	if err := lock(second, kv.LockNoWait, "lock/a"); !errors.Is(err, tikverr.ErrLockAcquireFailAndNoWaitSet) {
		t.Fatalf("a lock that is held was not refused but: %v", err)
	}
	must(t, lock(second, 1000, "lock/b"))
	waiting := make(chan error, 1)
	go func() { waiting <- lock(first, 5000, "lock/b") }()
	time.Sleep(200 * time.Millisecond)
	err := lock(second, 5000, "lock/a")
	var deadlock *tikverr.ErrDeadlock
	if !errors.As(err, &deadlock) {
		t.Fatalf("no deadlock but %v", err)
	}
	must(t, second.Rollback())
	must(t, <-waiting)
	must(t, first.Set([]byte("lock/a"), []byte("11")))
	must(t, first.Commit(ctx))
	equal(t, get(t, client, "lock/a"), "11")
}

func TestTxnAcrossSplitRegions(t *testing.T) {
	ctx := context.Background()
	client := openTxn(t)
	txn := begin(t, client)
	var want []string
	for i := 0; i < 300; i++ {
		key, value := fmt.Sprintf("split/%03d", i), fmt.Sprint(i)
		must(t, txn.Set([]byte(key), []byte(value)))
		want = append(want, key+"="+value)
	}
	must(t, txn.Commit(ctx))
	var keys [][]byte
	for i := 50; i < 300; i += 50 {
		keys = append(keys, []byte(fmt.Sprintf("split/%03d", i)))
	}
	regions, err := client.SplitRegions(ctx, keys, false, nil)
	must(t, err)
	equal(t, len(regions) >= len(keys), true)
	equal(t, scan(t, client, "split/"), want)
	change := begin(t, client)
	change.SetEnableAsyncCommit(true)
	for i := 0; i < 300; i += 25 {
		must(t, change.Set([]byte(fmt.Sprintf("split/%03d", i)), []byte("changed")))
	}
	must(t, change.Commit(ctx))
	equal(t, get(t, client, "split/275"), "changed")
	equal(t, len(scan(t, client, "split/")), 300)
}

// A client that dies between its two phases leaves locks; who meets them finds out and settles them.
func TestTxnOfADeadClient(t *testing.T) {
	ctx := context.Background()
	client := openTxn(t)
	put(t, client, "dead/a", "old", "dead/b", "old")
	for _, isAsync := range []bool{false, true} {
		txn := begin(t, client)
		txn.SetEnableAsyncCommit(isAsync)
		must(t, txn.Set([]byte("dead/a"), []byte("new")))
		must(t, txn.Set([]byte("dead/b"), []byte("new")))
		committer, err := transaction.TxnProbe{KVTxn: txn}.NewCommitter(1)
		must(t, err)
		committer.SetLockTTL(1)
		if isAsync {
			committer.SetUseAsyncCommit()
		}
		must(t, committer.PrewriteAllMutations(ctx))
		want := "old"
		if isAsync {
			want = "new"
		}
		equal(t, scan(t, client, "dead/"), []string{"dead/a=" + want, "dead/b=" + want})
	}
}
