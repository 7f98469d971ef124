package pipelined

import (
	"context"
	"errors"
	"fmt"
	"testing"

	tikverr "github.com/tikv/client-go/v2/error"
	"github.com/tikv/client-go/v2/kv"
	"github.com/tikv/client-go/v2/tikv"
	"github.com/tikv/client-go/v2/txnkv"
	"github.com/tikv/client-go/v2/txnkv/transaction"
)

func beginPipelined(t *testing.T, client *txnkv.Client) *transaction.KVTxn {
	t.Helper()
	txn, err := client.Begin(tikv.WithDefaultPipelinedTxn())
	must(t, err)
	return txn
}

// Sends what the transaction holds to the stores and waits until it is there.
func flush(t *testing.T, txn *transaction.KVTxn) {
	t.Helper()
	flushed, err := txn.GetMemBuffer().Flush(true)
	must(t, err)
	equal(t, flushed, true)
	must(t, txn.GetMemBuffer().FlushWait())
}

func TestPipelinedTxnAcrossRegions(t *testing.T) {
	ctx := context.Background()
	client := open(t)
	put(t, client, "pipe/000", "before", "pipe/250", "before")
	var splits [][]byte
	for i := 100; i < 300; i += 100 {
		splits = append(splits, []byte(fmt.Sprintf("pipe/%03d", i)))
	}
	_, err := client.SplitRegions(ctx, splits, false, nil)
	must(t, err)

	txn := beginPipelined(t, client)
	want := make([]string, 300)
	for generation := 1; generation <= 4; generation++ {
		for i := 0; i < 300; i += generation {
			want[i] = fmt.Sprintf("%d of flush %d", i, generation)
			must(t, txn.Set([]byte(fmt.Sprintf("pipe/%03d", i)), []byte(want[i])))
		}
		flush(t, txn)
	}
	for i := 50; i < 300; i += 50 {
		want[i] = "none"
		must(t, txn.Delete([]byte(fmt.Sprintf("pipe/%03d", i))))
	}
	flush(t, txn)
	for _, i := range []int{0, 1, 50, 99, 250, 299} {
		equal(t, see(t, txn, fmt.Sprintf("pipe/%03d", i)), want[i])
	}
	equal(t, see(t, txn, "pipe/999"), "none")
	equal(t, get(t, client, "pipe/250"), "before")
	equal(t, get(t, client, "pipe/001"), "none")

	must(t, txn.Commit(ctx))
	for i, value := range want {
		equal(t, get(t, client, fmt.Sprintf("pipe/%03d", i)), value)
	}
	equal(t, len(scan(t, client, "pipe/")), 300-5)
}

func TestPipelinedTxnRollsBack(t *testing.T) {
	client := open(t)
	put(t, client, "undo/a", "before")
	txn := beginPipelined(t, client)
	for generation := 1; generation <= 2; generation++ {
		must(t, txn.Set([]byte("undo/a"), []byte(fmt.Sprint(generation))))
		must(t, txn.Set([]byte(fmt.Sprintf("undo/b%d", generation)), []byte("1")))
		flush(t, txn)
	}
	must(t, txn.Rollback())
	equal(t, scan(t, client, "undo/"), []string{"undo/a=before"})
	put(t, client, "undo/a", "after")
	equal(t, get(t, client, "undo/a"), "after")
}

func TestPipelinedTxnConflicts(t *testing.T) {
	client := open(t)
	txn := beginPipelined(t, client)
	must(t, txn.Set([]byte("conflict/a"), []byte("1")))
	flush(t, txn)
	put(t, client, "conflict/b", "newer")
	must(t, txn.Set([]byte("conflict/b"), []byte("1")))
	_, err := txn.GetMemBuffer().Flush(true)
	if err == nil {
		err = txn.GetMemBuffer().FlushWait()
	}
	var conflict *tikverr.ErrWriteConflict
	if !errors.As(err, &conflict) {
		t.Fatalf("no conflict but %v", err)
	}
	must(t, txn.Rollback())
	equal(t, scan(t, client, "conflict/"), []string{"conflict/b=newer"})
}

func TestPipelinedTxnInsertsOnce(t *testing.T) {
	ctx := context.Background()
	client := open(t)
	put(t, client, "once/there", "1")
	insert := func(txn *transaction.KVTxn, key string) error {
		buffer := txn.GetMemBuffer()
		if err := buffer.SetWithFlags([]byte(key), []byte("2"), kv.SetPresumeKeyNotExists); err != nil {
			return err
		}
		if _, err := buffer.Flush(true); err != nil {
			return err
		}
		return buffer.FlushWait()
	}
	txn := beginPipelined(t, client)
	must(t, insert(txn, "once/new"))
	must(t, txn.Commit(ctx))
	equal(t, get(t, client, "once/new"), "2")
	late := beginPipelined(t, client)
	var exists *tikverr.ErrKeyExist
	if err := insert(late, "once/there"); !errors.As(err, &exists) {
		t.Fatalf("it was inserted twice: %v", err)
	}
	must(t, late.Rollback())
	equal(t, scan(t, client, "once/"), []string{"once/new=2", "once/there=1"})
}
