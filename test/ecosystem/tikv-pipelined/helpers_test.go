package pipelined

import (
	"context"
	"os"
	"reflect"
	"strings"
	"testing"

	tikverr "github.com/tikv/client-go/v2/error"
	"github.com/tikv/client-go/v2/txnkv"
	"github.com/tikv/client-go/v2/txnkv/transaction"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func open(t *testing.T) *txnkv.Client {
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

// The value that the transaction sees, or "none".
func see(t *testing.T, txn *transaction.KVTxn, key string) string {
	t.Helper()
	value, err := txn.Get(context.Background(), []byte(key))
	if tikverr.IsErrNotFound(err) {
		return "none"
	}
	must(t, err)
	return string(value)
}

func get(t *testing.T, client *txnkv.Client, key string) string {
	t.Helper()
	return see(t, begin(t, client), key)
}

func scan(t *testing.T, client *txnkv.Client, prefix string) []string {
	t.Helper()
	pairs, err := begin(t, client).Iter([]byte(prefix), []byte(prefix+"\xff"))
	must(t, err)
	defer pairs.Close()
	var found []string
	for pairs.Valid() {
		found = append(found, string(pairs.Key())+"="+string(pairs.Value()))
		must(t, pairs.Next())
	}
	return found
}
