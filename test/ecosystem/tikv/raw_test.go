package tikv

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/tikv/client-go/v2/config"
	"github.com/tikv/client-go/v2/rawkv"
)

func openRaw(t *testing.T) *rawkv.Client {
	t.Helper()
	address := os.Getenv("RAW_PD")
	if address == "" {
		t.Skip("RAW_PD is not set")
	}
	client, err := rawkv.NewClient(context.Background(), strings.Split(address, ","), config.DefaultConfig().Security)
	must(t, err)
	t.Cleanup(func() { client.Close() })
	return client
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal(t *testing.T, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func texts(all [][]byte) []string {
	result := make([]string, len(all))
	for i, each := range all {
		result[i] = string(each)
	}
	return result
}

func TestRawSingleKeys(t *testing.T) {
	ctx := context.Background()
	client := openRaw(t)
	key := []byte("single/a")
	must(t, client.Put(ctx, key, []byte("1")))
	value, err := client.Get(ctx, key)
	must(t, err)
	equal(t, string(value), "1")
	must(t, client.Put(ctx, key, []byte("2")))
	value, err = client.Get(ctx, key)
	must(t, err)
	equal(t, string(value), "2")
	must(t, client.Delete(ctx, key))
	value, err = client.Get(ctx, key)
	must(t, err)
	if value != nil {
		t.Fatalf("a deleted key has the value %q", value)
	}
}

func TestRawBatches(t *testing.T) {
	ctx := context.Background()
	client := openRaw(t)
	var keys, values [][]byte
	for i := 0; i < 1000; i++ {
		keys = append(keys, []byte(fmt.Sprintf("batch/%04d", i)))
		values = append(values, bytes.Repeat([]byte{byte(i)}, i%300+1))
	}
	must(t, client.BatchPut(ctx, keys, values))
	found, err := client.BatchGet(ctx, append(keys, []byte("batch/none")))
	must(t, err)
	for i, value := range values {
		if !bytes.Equal(found[i], value) {
			t.Fatalf("%s: %d bytes, not %d", keys[i], len(found[i]), len(value))
		}
	}
	if found[1000] != nil {
		t.Fatal("a key that does not exist was found")
	}
	must(t, client.BatchDelete(ctx, keys[:500]))
	rest, _, err := client.Scan(ctx, []byte("batch/"), []byte("batch0"), 2000)
	must(t, err)
	equal(t, len(rest), 500)
}

func TestRawScans(t *testing.T) {
	ctx := context.Background()
	client := openRaw(t)
	for _, letter := range "abcdef" {
		must(t, client.Put(ctx, []byte("scan/"+string(letter)), []byte{byte(letter)}))
	}
	keys, values, err := client.Scan(ctx, []byte("scan/b"), []byte("scan/e"), 10)
	must(t, err)
	equal(t, texts(keys), []string{"scan/b", "scan/c", "scan/d"})
	equal(t, texts(values), []string{"b", "c", "d"})
	keys, _, err = client.Scan(ctx, []byte("scan/"), []byte("scan0"), 2)
	must(t, err)
	equal(t, texts(keys), []string{"scan/a", "scan/b"})
	keys, _, err = client.ReverseScan(ctx, []byte("scan/e"), []byte("scan/b"), 10)
	must(t, err)
	equal(t, texts(keys), []string{"scan/d", "scan/c", "scan/b"})
	keys, values, err = client.Scan(ctx, []byte("scan/"), []byte("scan0"), 2, rawkv.ScanKeyOnly())
	must(t, err)
	equal(t, len(keys), 2)
	equal(t, len(values[0]), 0)
}

func TestRawDeleteRange(t *testing.T) {
	ctx := context.Background()
	client := openRaw(t)
	for i := 0; i < 100; i++ {
		must(t, client.Put(ctx, []byte(fmt.Sprintf("range/%02d", i)), []byte("v")))
	}
	must(t, client.DeleteRange(ctx, []byte("range/10"), []byte("range/90")))
	keys, _, err := client.Scan(ctx, []byte("range/"), []byte("range0"), 200)
	must(t, err)
	equal(t, len(keys), 20)
}

func TestRawCompareAndSwap(t *testing.T) {
	ctx := context.Background()
	client := openRaw(t)
	client.SetAtomicForCAS(true)
	key := []byte("swap/counter")
	previous, swapped, err := client.CompareAndSwap(ctx, key, nil, []byte("0"))
	must(t, err)
	equal(t, swapped, true)
	equal(t, previous == nil, true)
	const clients, rounds = 8, 20
	var group sync.WaitGroup
	for c := 0; c < clients; c++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for done := 0; done < rounds; {
				now, err := client.Get(ctx, key)
				if err != nil {
					t.Error(err)
					return
				}
				var n int
				fmt.Sscan(string(now), &n)
				_, swapped, err := client.CompareAndSwap(ctx, key, now, []byte(fmt.Sprint(n+1)))
				if err != nil {
					t.Error(err)
					return
				}
				if swapped {
					done++
				}
			}
		}()
	}
	group.Wait()
	value, err := client.Get(ctx, key)
	must(t, err)
	equal(t, string(value), fmt.Sprint(clients*rounds))
}

func TestRawChecksum(t *testing.T) {
	ctx := context.Background()
	client := openRaw(t)
	for i := 0; i < 10; i++ {
		must(t, client.Put(ctx, []byte(fmt.Sprintf("sum/%d", i)), []byte("value")))
	}
	sum, err := client.Checksum(ctx, []byte("sum/"), []byte("sum0"))
	must(t, err)
	equal(t, sum.TotalKvs, 10)
	equal(t, sum.TotalBytes, 10*(5+5))
}
