// Command tableserver serves tables as DynamoDB does, in a process of its own, for the benchmarks. It
// prints its address and stops when standard input ends, so it cannot outlive who has started it.
package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"github.com/tocsin-sec/tocsin/test/tableserver"
)

func main() {
	server := tableserver.New()
	flag.DurationVar(&server.Latency, "latency", 0, "how long each call takes at least")
	flag.Parse()
	debug.SetGCPercent(400) // its work is not what is measured
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "tableserver:", err)
		os.Exit(1)
	}
	fmt.Println("http://" + listener.Addr().String())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Fprintln(os.Stderr, "tableserver:", (&http.Server{Handler: server, ReadHeaderTimeout: time.Minute}).Serve(listener))
	os.Exit(1)
}
