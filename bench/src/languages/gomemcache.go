// gomemcache. Its requests come from foreign-contestant.ts. Every value is compared. As many goroutines as calls in
// flight, each with a client of its own, as older versions keep no more than two idle connections in one.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
)

const (
	keyCount = 1000
	batch    = 100
)

var (
	keys    [keyCount]string
	values  [keyCount][]byte
	clients []*memcache.Client
)

func fail(message string) {
	fmt.Printf("{\"error\":%q}\n", message)
	os.Exit(1)
}

func get(client *memcache.Client, n int64) {
	item, err := client.Get(keys[n%keyCount])
	if err != nil {
		fail(err.Error())
	}
	if !bytes.Equal(item.Value, values[n%keyCount]) {
		fail("a wrong value")
	}
}

func set(client *memcache.Client, n int64) {
	if err := client.Set(&memcache.Item{Key: keys[n%keyCount], Value: values[n%keyCount]}); err != nil {
		fail(err.Error())
	}
}

func getMany(client *memcache.Client, n int64) {
	from := n * batch % keyCount
	items, err := client.GetMulti(keys[from : from+batch])
	if err != nil {
		fail(err.Error())
	}
	if len(items) != batch {
		fail("values are missing")
	}
}

var operations = map[string]func(*memcache.Client, int64){
	"get": get, "set": set, "getMany": getMany, "getArray": getMany,
}

func run(operation string, inFlight int, ms float64) int64 {
	call := operations[operation]
	var made int64
	var all sync.WaitGroup
	end := time.Now().Add(time.Duration(ms * float64(time.Millisecond)))
	for _, client := range clients[:inFlight] {
		all.Add(1)
		go func(client *memcache.Client) {
			defer all.Done()
			for time.Now().Before(end) {
				call(client, atomic.AddInt64(&made, 1))
			}
		}(client)
	}
	all.Wait()
	return made
}

func cpu() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		fail(err.Error())
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

func main() {
	for n := range keys {
		keys[n] = fmt.Sprintf("bench:prog:user:%d", n)
		values[n] = append([]byte(fmt.Sprintf("%d:", n)), bytes.Repeat([]byte("v"), 100)...)[:100]
	}
	for len(clients) < 256 {
		client := memcache.New("127.0.0.1:" + os.Args[1])
		client.Timeout = 10 * time.Second
		clients = append(clients, client)
	}
	for n := int64(0); n < keyCount; n++ {
		set(clients[0], n)
	}
	fmt.Println("{}")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var operation string
		var inFlight int
		var warmUp, measure float64
		if _, err := fmt.Sscan(lines.Text(), &operation, &inFlight, &warmUp, &measure); err != nil {
			fail(err.Error())
		}
		run(operation, inFlight, warmUp)
		before, start := cpu(), time.Now()
		made := run(operation, inFlight, measure)
		took := time.Since(start).Seconds()
		fmt.Printf("{\"calls\":%d,\"seconds\":%f,\"cpu\":%f}\n", made, took, cpu()-before)
	}
}
