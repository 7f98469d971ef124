package tikv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/pingcap/kvproto/pkg/kvrpcpb"
	"github.com/tikv/client-go/v2/config"
	tikverr "github.com/tikv/client-go/v2/error"
	"github.com/tikv/client-go/v2/kv"
	"github.com/tikv/client-go/v2/oracle"
	"github.com/tikv/client-go/v2/tikv"
	"github.com/tikv/client-go/v2/tikvrpc"
	"github.com/tikv/client-go/v2/txnkv"
	"github.com/tikv/client-go/v2/txnkv/rangetask"
	"github.com/tikv/client-go/v2/txnkv/transaction"
	pdclient "github.com/tikv/pd/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
)

func now(t *testing.T, client *txnkv.Client) uint64 {
	t.Helper()
	ts, err := client.CurrentTimestamp(oracle.GlobalTxnScope)
	must(t, err)
	return ts
}

// eventually tries until there is no error, for half a minute.
func eventually(t *testing.T, try func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if err = try(); err == nil {
			return
		}
	}
	t.Fatal(err)
}

// splitAt splits the regions at keys with the prefix.
func splitAt(t *testing.T, client *txnkv.Client, prefix string, suffixes ...string) {
	t.Helper()
	keys := make([][]byte, len(suffixes))
	for i, suffix := range suffixes {
		keys[i] = []byte(prefix + suffix)
	}
	_, err := client.SplitRegions(context.Background(), keys, false, nil)
	must(t, err)
}

func TestHealthOfServers(t *testing.T) {
	ctx := context.Background()
	client := openTxn(t)
	addresses := map[string]string{os.Getenv("TXN_PD"): "pdpb.PD"}
	stores, err := client.GetPDClient().GetAllStores(ctx)
	must(t, err)
	for _, store := range stores {
		addresses[store.GetAddress()] = "tikvpb.Tikv"
	}
	for address, service := range addresses {
		connection, err := grpc.Dial(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
		must(t, err)
		defer connection.Close()
		health := grpc_health_v1.NewHealthClient(connection)
		for _, name := range []string{"", service} {
			answer, err := health.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: name})
			must(t, err)
			equal(t, answer.GetStatus(), grpc_health_v1.HealthCheckResponse_SERVING)
		}
		if _, err := health.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: "nobody"}); err == nil {
			t.Fatal("a service that does not exist is healthy")
		}
		watchCtx, cancel := context.WithTimeout(ctx, 5*time.Second)
		watch, err := health.Watch(watchCtx, &grpc_health_v1.HealthCheckRequest{})
		must(t, err)
		first, err := watch.Recv()
		must(t, err)
		equal(t, first.GetStatus(), grpc_health_v1.HealthCheckResponse_SERVING)
		cancel()
	}
}

// What a replica answers, whoever it is, is what was committed before the snapshot.
func TestTxnReadsOnReplicas(t *testing.T) {
	ctx := context.Background()
	client := openTxn(t)
	splitAt(t, client, "replica/", "1", "2")
	modes := map[string]kv.ReplicaReadType{
		"follower": kv.ReplicaReadFollower, "mixed": kv.ReplicaReadMixed, "learner": kv.ReplicaReadLearner,
		"prefer leader": kv.ReplicaReadPreferLeader,
	}
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			for round := 0; round < 10; round++ {
				value := fmt.Sprint(round)
				put(t, client, "replica/0", value, "replica/1", value, "replica/2", value)
				snapshot := client.GetSnapshot(now(t, client))
				snapshot.SetReplicaRead(mode)
				got, err := snapshot.Get(ctx, []byte("replica/0"))
				must(t, err)
				equal(t, string(got), value)
				batch := client.GetSnapshot(now(t, client))
				batch.SetReplicaRead(mode)
				found, err := batch.BatchGet(ctx, [][]byte{[]byte("replica/0"), []byte("replica/1"), []byte("replica/2")})
				must(t, err)
				for _, key := range []string{"replica/0", "replica/1", "replica/2"} {
					equal(t, string(found[key]), value)
				}
				pairs, err := batch.Iter([]byte("replica/"), []byte("replica0"))
				must(t, err)
				count := 0
				for ; pairs.Valid(); count++ {
					equal(t, string(pairs.Value()), value)
					must(t, pairs.Next())
				}
				equal(t, count, 3)
			}
		})
	}
}

func TestTxnStaleReads(t *testing.T) {
	ctx := context.Background()
	client := openTxn(t)
	put(t, client, "stale/a", "old")
	ts := now(t, client)
	put(t, client, "stale/a", "new")
	eventually(t, func() error {
		if safe := client.GetMinSafeTS(oracle.GlobalTxnScope); safe < ts {
			return fmt.Errorf("the safe timestamp of the stores is %d, before %d", safe, ts)
		}
		return nil
	})
	for round := 0; round < 6; round++ {
		snapshot := client.GetSnapshot(ts)
		snapshot.SetReplicaRead(kv.ReplicaReadMixed)
		snapshot.SetIsStalenessReadOnly(true)
		value, err := snapshot.Get(ctx, []byte("stale/a"))
		must(t, err)
		equal(t, string(value), "old")
	}
}

func lockContext(t *testing.T, client *txnkv.Client, waitMs int64) *kv.LockCtx {
	return kv.NewLockCtx(now(t, client), waitMs, time.Now())
}

func beginPessimistic(t *testing.T, client *txnkv.Client) *transaction.KVTxn {
	t.Helper()
	txn := begin(t, client)
	txn.SetPessimistic(true)
	return txn
}

func TestTxnLocksThatTellWhatIsThere(t *testing.T) {
	ctx := context.Background()
	client := openTxn(t)
	put(t, client, "exists/a", "1")
	txn := beginPessimistic(t, client)
	check := lockContext(t, client, kv.LockNoWait)
	check.InitCheckExistence(2)
	must(t, txn.LockKeys(ctx, check, []byte("exists/a"), []byte("exists/b")))
	equal(t, check.Values["exists/a"].Exists, true)
	equal(t, check.Values["exists/b"].Exists, false)
	only := lockContext(t, client, kv.LockNoWait)
	only.LockOnlyIfExists = true
	only.InitReturnValues(1)
	must(t, txn.LockKeys(ctx, only, []byte("exists/c")))
	equal(t, only.Values["exists/c"].Exists, false)
	other := beginPessimistic(t, client)
	must(t, other.LockKeys(ctx, lockContext(t, client, kv.LockNoWait), []byte("exists/c")))
	if err := other.LockKeys(ctx, lockContext(t, client, 100), []byte("exists/b")); !errors.Is(err, tikverr.ErrLockWaitTimeout) {
		t.Fatalf("the wait for a held lock ended with %v", err)
	}
	must(t, other.Rollback())
	must(t, txn.Rollback())
	free := beginPessimistic(t, client)
	must(t, free.LockKeys(ctx, lockContext(t, client, 1000), []byte("exists/a"), []byte("exists/b")))
	must(t, free.Rollback())
}

// Fair locking: who waits gets the lock in spite of a newer version, and is told of it.
func TestTxnFairLocking(t *testing.T) {
	ctx := context.Background()
	client := openTxn(t)
	put(t, client, "fair/a", "1")
	first, second := beginPessimistic(t, client), beginPessimistic(t, client)
	must(t, first.LockKeys(ctx, lockContext(t, client, 1000), []byte("fair/a")))
	second.StartAggressiveLocking()
	waiting := lockContext(t, client, 5000)
	waiting.InitReturnValues(1)
	locked := make(chan error, 1)
	go func() { locked <- second.LockKeys(ctx, waiting, []byte("fair/a")) }()
	time.Sleep(200 * time.Millisecond)
	must(t, first.Set([]byte("fair/a"), []byte("2")))
	must(t, first.Commit(ctx))
	must(t, <-locked)
	value := waiting.Values["fair/a"]
	equal(t, string(value.Value), "2")
	equal(t, value.LockedWithConflictTS > waiting.ForUpdateTS, true)
	equal(t, waiting.MaxLockedWithConflictTS, value.LockedWithConflictTS)
	second.RetryAggressiveLocking(ctx)
	again := lockContext(t, client, 1000)
	again.InitReturnValues(1)
	must(t, second.LockKeys(ctx, again, []byte("fair/a")))
	second.DoneAggressiveLocking(ctx)
	must(t, second.Set([]byte("fair/a"), []byte("3")))
	must(t, second.Commit(ctx))
	equal(t, get(t, client, "fair/a"), "3")
	cancelled := beginPessimistic(t, client)
	must(t, cancelled.LockKeys(ctx, lockContext(t, client, 1000), []byte("fair/other")))
	cancelled.StartAggressiveLocking()
	must(t, cancelled.LockKeys(ctx, lockContext(t, client, 1000), []byte("fair/a")))
	cancelled.CancelAggressiveLocking(ctx)
	eventually(t, func() error {
		free := beginPessimistic(t, client)
		defer func() { _ = free.Rollback() }()
		return free.LockKeys(ctx, lockContext(t, client, kv.LockNoWait), []byte("fair/a"))
	})
	must(t, cancelled.Rollback())
}

// Many transactions queue for one row under fair locking; nothing gets lost.
func TestTxnFairCounter(t *testing.T) {
	ctx := context.Background()
	client := openTxn(t)
	key := []byte("fair/counter")
	put(t, client, string(key), "0")
	increment := func() error {
		txn, err := client.Begin()
		if err != nil {
			return err
		}
		txn.SetPessimistic(true)
		txn.StartAggressiveLocking()
		var value []byte
		for ts := txn.StartTS(); ; {
			lockCtx := kv.NewLockCtx(ts, 20000, time.Now())
			lockCtx.InitReturnValues(1)
			if err := txn.LockKeys(ctx, lockCtx, key); err != nil {
				return errors.Join(err, txn.Rollback())
			}
			value = lockCtx.Values[string(key)].Value
			if lockCtx.MaxLockedWithConflictTS == 0 {
				break
			}
			ts = lockCtx.MaxLockedWithConflictTS
			txn.RetryAggressiveLocking(ctx)
		}
		txn.DoneAggressiveLocking(ctx)
		var n int
		fmt.Sscan(string(value), &n)
		if err := txn.Set(key, []byte(fmt.Sprint(n+1))); err != nil {
			return err
		}
		return txn.Commit(ctx)
	}
	const clients, rounds = 8, 10
	var group sync.WaitGroup
	for c := 0; c < clients; c++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := 0; i < rounds; i++ {
				if err := increment(); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	group.Wait()
	equal(t, get(t, client, string(key)), clients*rounds)
}

func TestTxnAssertionsAndUniqueness(t *testing.T) {
	ctx := context.Background()
	client := openTxn(t)
	put(t, client, "assert/a", "1")
	assertion := func(key string, op kv.FlagsOp) error {
		txn := begin(t, client)
		txn.SetAssertionLevel(kvrpcpb.AssertionLevel_Strict)
		must(t, txn.Set([]byte(key), []byte("2")))
		txn.GetMemBuffer().UpdateFlags([]byte(key), op)
		return txn.Commit(ctx)
	}
	var failed *tikverr.ErrAssertionFailed
	if err := assertion("assert/a", kv.SetAssertNotExist); !errors.As(err, &failed) {
		t.Fatalf("a key that exists was asserted not to and the commit ended with %v", err)
	}
	equal(t, string(failed.Key), "assert/a")
	if err := assertion("assert/b", kv.SetAssertExist); !errors.As(err, &failed) {
		t.Fatalf("a key that does not exist was asserted to and the commit ended with %v", err)
	}
	must(t, assertion("assert/a", kv.SetAssertExist))
	insert := begin(t, client)
	must(t, insert.GetMemBuffer().SetWithFlags([]byte("assert/a"), []byte("3"), kv.SetPresumeKeyNotExists))
	var exists *tikverr.ErrKeyExist
	if err := insert.Commit(ctx); !errors.As(err, &exists) {
		t.Fatalf("an insert of a key that exists ended with %v", err)
	}
	pessimistic := beginPessimistic(t, client)
	must(t, pessimistic.GetMemBuffer().SetWithFlags([]byte("assert/a"), []byte("3"), kv.SetPresumeKeyNotExists))
	if err := pessimistic.LockKeys(ctx, lockContext(t, client, 1000), []byte("assert/a")); !errors.As(err, &exists) {
		t.Fatalf("the lock of an insert of a key that exists ended with %v", err)
	}
	must(t, pessimistic.Rollback())
	equal(t, get(t, client, "assert/a"), "2")
}

// The check of a unique key that is left to the prewrite of a pessimistic transaction.
func TestTxnLazyUniquenessCheck(t *testing.T) {
	ctx := context.Background()
	client := openTxn(t)
	put(t, client, "lazy/a", "1")
	for _, key := range []string{"lazy/a", "lazy/b"} {
		txn := beginPessimistic(t, client)
		must(t, txn.LockKeys(ctx, lockContext(t, client, 1000), []byte("lazy/row"+key)))
		must(t, txn.Set([]byte("lazy/row"+key), []byte("row")))
		must(t, txn.GetMemBuffer().SetWithFlags([]byte(key), []byte("2"),
			kv.SetPresumeKeyNotExists, kv.SetNeedConstraintCheckInPrewrite))
		err := txn.Commit(ctx)
		if exists := key == "lazy/a"; exists != (err != nil) {
			t.Fatalf("%s: %v", key, err)
		}
	}
	equal(t, get(t, client, "lazy/a"), "1")
	equal(t, get(t, client, "lazy/b"), "2")
}

func TestTxnOfLongValues(t *testing.T) {
	ctx := context.Background()
	client := openTxn(t)
	txn := begin(t, client)
	const count = 3000
	value := bytes.Repeat([]byte("v"), 4096)
	for i := 0; i < count; i++ {
		must(t, txn.Set([]byte(fmt.Sprintf("large/%05d", i)), value))
	}
	must(t, txn.Set([]byte("large/last"), bytes.Repeat([]byte("x"), 5<<20)))
	must(t, txn.Commit(ctx))
	read := begin(t, client)
	pairs, err := read.Iter([]byte("large/"), []byte("large0"))
	must(t, err)
	size := 0
	for pairs.Valid() {
		size += len(pairs.Value())
		must(t, pairs.Next())
	}
	equal(t, size, count*len(value)+5<<20)
	again := begin(t, client)
	must(t, again.Set([]byte("large/last"), bytes.Repeat([]byte("y"), 5<<20)))
	must(t, again.Commit(ctx))
	equal(t, get(t, client, "large/last")[:1], "y")
}

// Locks of somebody who is gone are settled by the one who collects garbage; versions below the safe point go, those
// above stay.
func TestTxnGarbageCollection(t *testing.T) {
	ctx := context.Background()
	client := openTxn(t)
	splitAt(t, client, "gc/", "b", "c")
	for _, value := range []string{"1", "2", "3"} {
		put(t, client, "gc/a", value, "gc/b", value, "gc/c", value)
	}
	dead := begin(t, client)
	for _, key := range []string{"gc/a", "gc/b", "gc/c"} {
		must(t, dead.Set([]byte(key), []byte("dead")))
	}
	committer, err := transaction.TxnProbe{KVTxn: dead}.NewCommitter(1)
	must(t, err)
	committer.SetLockTTL(1)
	must(t, committer.PrewriteAllMutations(ctx))
	equal(t, locksAt(t, client, "gc/a"), 1)
	before := now(t, client)
	put(t, client, "gc/other", "1")
	point, err := client.GC(ctx, before)
	must(t, err)
	if point < before {
		t.Logf("another service holds the safe point at %d, before %d", point, before)
	}
	equal(t, locksAt(t, client, "gc/a"), 0)
	equal(t, locksAt(t, client, "gc/b"), 0)
	equal(t, scan(t, client, "gc/"), []string{"gc/a=3", "gc/b=3", "gc/c=3", "gc/other=1"})
}

// locksAt counts the locks from a key to the end of its region.
func locksAt(t *testing.T, client *txnkv.Client, key string) int {
	t.Helper()
	backoffer := tikv.NewBackoffer(context.Background(), 10000)
	place, err := client.GetRegionCache().LocateKey(backoffer, []byte(key))
	must(t, err)
	request := tikvrpc.NewRequest(tikvrpc.CmdScanLock, &kvrpcpb.ScanLockRequest{
		MaxVersion: now(t, client), StartKey: []byte(key), EndKey: place.EndKey, Limit: 100,
	})
	answer, err := client.SendReq(backoffer, request, place.Region, 5*time.Second)
	must(t, err)
	return len(answer.Resp.(*kvrpcpb.ScanLockResponse).GetLocks())
}

func TestTxnRangesDeleted(t *testing.T) {
	ctx := context.Background()
	client := openTxn(t)
	splitAt(t, client, "destroy/", "3", "6")
	write := func() {
		for i := 0; i < 9; i++ {
			put(t, client, fmt.Sprintf("destroy/%d", i), "1")
		}
	}
	write()
	task := rangetask.NewDeleteRangeTask(client, []byte("destroy/1"), []byte("destroy/8"), 2)
	must(t, task.Execute(ctx))
	equal(t, scan(t, client, "destroy/"), []string{"destroy/0=1", "destroy/8=1"})
	write()
	must(t, client.UnsafeDestroyRange(ctx, []byte("destroy/0"), []byte("destroy/5")))
	equal(t, len(scan(t, client, "destroy/")), 4)
	write()
	equal(t, len(scan(t, client, "destroy/")), 9)
}

// What clients of a newer cluster ask of the placement driver.
func TestPlacementDriver(t *testing.T) {
	ctx := context.Background()
	client := openTxn(t)
	splitAt(t, client, "driver/", "1", "2")
	pd := client.GetPDClient()
	var region *pdclient.Region
	eventually(t, func() (err error) {
		if region, err = pd.GetRegion(ctx, []byte("driver/")); err == nil && region == nil {
			err = errors.New("the region of a key is not known")
		}
		return err
	})
	byID, err := pd.GetRegionByID(ctx, region.Meta.GetId())
	must(t, err)
	equal(t, byID.Meta.GetId(), region.Meta.GetId())
	if len(region.Meta.GetEndKey()) > 0 {
		previous, err := pd.GetPrevRegion(ctx, region.Meta.GetEndKey())
		must(t, err)
		equal(t, previous.Meta.GetId(), region.Meta.GetId())
	}
	all, err := pd.ScanRegions(ctx, nil, nil, 1000)
	must(t, err)
	for i, each := range all {
		if i > 0 {
			equal(t, bytes.Equal(all[i-1].Meta.GetEndKey(), each.Meta.GetStartKey()), true)
		}
	}
	equal(t, len(all) >= 3, true)
	physical, logical, err := pd.GetTS(ctx)
	must(t, err)
	later, laterLogical, err := pd.GetTSAsync(ctx).Wait()
	must(t, err)
	equal(t, oracle.ComposeTS(later, laterLogical) > oracle.ComposeTS(physical, logical), true)
	held, err := pd.UpdateServiceGCSafePoint(ctx, "shoal-test", 100, oracle.ComposeTS(later, 0))
	must(t, err)
	equal(t, held <= oracle.ComposeTS(later, laterLogical), true)
	_, err = pd.UpdateServiceGCSafePoint(ctx, "shoal-test", 0, 0)
	must(t, err)
	for _, store := range must2(pd.GetAllStores(ctx))(t) {
		one, err := pd.GetStore(ctx, store.GetId())
		must(t, err)
		equal(t, one.GetAddress(), store.GetAddress())
	}
}

func must2[T any](value T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		must(t, err)
		return value
	}
}

// Commands one by one, as a client without batches sends them.
func TestTxnWithoutBatchCommands(t *testing.T) {
	defer config.UpdateGlobal(func(c *config.Config) { c.TiKVClient.MaxBatchSize = 0 })()
	client := openTxn(t)
	put(t, client, "alone/a", "1", "alone/b", "2")
	equal(t, scan(t, client, "alone/"), []string{"alone/a=1", "alone/b=2"})
}
