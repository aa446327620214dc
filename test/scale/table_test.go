package scale_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/test/tableserver"
)

// asTable is the variable that makes this program a table server.
const asTable = "TOCSIN_SCALE_TABLE"

const tableName = "scale"

// serveTable is the table server in a process of its own, whose work and memory are not those of what is measured. It prints its
// address and stops when standard input ends.
func serveTable() {
	debug.SetGCPercent(50) // its memory is what the machine has least of
	server, listener, err := newTableServer()
	if err != nil {
		fmt.Fprintln(os.Stderr, "scale: the table:", err)
		os.Exit(1)
	}
	fmt.Println("http://" + listener.Addr().String())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Fprintln(os.Stderr, "scale: the table:", http.Serve(listener, server))
	os.Exit(1)
}

// faultyTable is a table server of which some calls fail, half of these though they were done.
type faultyTable struct {
	*tableserver.Server
	oneIn atomic.Int64 // one call in so many; 0 for none
	failures
}

type failures struct{ notDone, done atomic.Int64 }

func newTableServer() (*faultyTable, net.Listener, error) {
	f := &faultyTable{Server: tableserver.New()}
	if err := f.CreateTable(tableName, "pk", "sk"); err != nil {
		return nil, nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	return f, listener, err
}

// ServeHTTP implements http.Handler. Beside DynamoDB's calls and /counts there are /size, /faults?in=100 and /fill?records=1000.
func (f *faultyTable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	number := func(name string) int {
		n, _ := strconv.Atoi(r.URL.Query().Get(name))
		return n
	}
	switch r.URL.Path {
	case "/size":
		items, size := f.Size()
		_ = json.NewEncoder(w).Encode(map[string]int{"items": items, "bytes": size})
	case "/faults":
		if r.Method == http.MethodPost {
			f.oneIn.Store(int64(number("in")))
		}
		_ = json.NewEncoder(w).Encode(map[string]int64{"500, not done": f.notDone.Load(), "500, though done": f.done.Load()})
	case "/fill":
		if err := f.fill(r.URL.Query().Get("like"), number("records")); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	default:
		f.serveCall(w, r)
	}
}

func (f *faultyTable) serveCall(w http.ResponseWriter, r *http.Request) {
	oneIn := f.oneIn.Load()
	if oneIn == 0 || rand.Int64N(oneIn) > 0 {
		f.Server.ServeHTTP(w, r)
		return
	}
	if rand.IntN(2) == 0 {
		f.notDone.Add(1)
	} else {
		f.done.Add(1)
		f.Server.ServeHTTP(httptest.NewRecorder(), r)
	}
	w.WriteHeader(http.StatusInternalServerError)
}

// fill writes the item under a partition key, which has to be there, many times more under other keys of the same length.
func (f *faultyTable) fill(like string, records int) error {
	call := func(action, body string) (text []byte, err error) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+action)
		w := httptest.NewRecorder()
		f.Server.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			return nil, errors.New(w.Body.String())
		}
		return w.Body.Bytes(), nil
	}
	text, err := call("GetItem", fmt.Sprintf(`{"TableName":%q,"Key":{"pk":{"S":%q},"sk":{"S":"/sinks"}}}`, tableName, like))
	if err != nil {
		return err
	}
	var got struct{ Item json.RawMessage }
	if err := json.Unmarshal(text, &got); err != nil || len(got.Item) == 0 {
		return fmt.Errorf("there is no item of %q to fill the table with", like)
	}
	begins, ends, _ := strings.Cut(string(got.Item), like)
	for i := range records {
		key := fmt.Sprintf("%s%010d", like[:len(like)-10], i)
		if _, err := call("PutItem", fmt.Sprintf(`{"TableName":%q,"Item":%s%s%s}`, tableName, begins, key, ends)); err != nil {
			return err
		}
	}
	return nil
}

// table is a running table server.
type table struct {
	url     string
	process *exec.Cmd
	stdin   io.Closer
}

// startTable starts this program as a table server.
func startTable(t *testing.T) *table {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	process := exec.Command(self)
	process.Env = append(os.Environ(), asTable+"=1")
	process.Stderr = os.Stderr
	stdin, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	one := &table{process: process, stdin: stdin}
	t.Cleanup(one.stop)
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the table server does not say its address: %v", err)
	}
	one.url = strings.TrimSpace(address)
	return one
}

// useTable lets this process work with a table as a function does.
func useTable(t *testing.T, b *table) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": b.url, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x",
		"AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, value)
	}
}

func (b *table) stop() {
	_ = b.stdin.Close() // which ends it
	_ = b.process.Wait()
}

// ask makes a request and decodes the answer into out, where that is not nil.
func (b *table) ask(t *testing.T, method, path string, out any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, b.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	b.answered(t, request, out)
}

// call makes a call of DynamoDB.
func (b *table) call(t *testing.T, action string, in, out any) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Amz-Target", "DynamoDB_20120810."+action)
	b.answered(t, request, out)
}

func (b *table) answered(t *testing.T, request *http.Request, out any) {
	t.Helper()
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("the table: status %d, %v: %s", answer.StatusCode, err, text)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			t.Fatal(err)
		}
	}
}

// tableSize is what a table holds, as DynamoDB counts bytes.
type tableSize struct{ Items, Bytes int }

func (b *table) size(t *testing.T) (s tableSize) {
	t.Helper()
	b.ask(t, http.MethodGet, "/size", &s)
	return s
}

func (b *table) setFaults(t *testing.T, oneIn int) {
	t.Helper()
	b.ask(t, http.MethodPost, fmt.Sprintf("/faults?in=%d", oneIn), nil)
}

// units returns the calls and units since the last time.
func (b *table) units(t *testing.T) tableserver.Count {
	t.Helper()
	var counts tableserver.Counts
	b.ask(t, http.MethodGet, "/counts", &counts)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, b.url+"/counts", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return counts.Total()
}

// listed returns the texts of the items of a list.
func (b *table) listed(t *testing.T, partition string) (texts []string) {
	t.Helper()
	type value struct{ S string }
	in := map[string]any{
		"TableName": tableName, "ConsistentRead": true, "KeyConditionExpression": "pk = :p",
		"ExpressionAttributeValues": map[string]value{":p": {partition}},
	}
	for {
		var out struct {
			Items            []map[string]value
			LastEvaluatedKey json.RawMessage
		}
		b.call(t, "Query", in, &out)
		for _, item := range out.Items {
			texts = append(texts, item["item"].S)
		}
		if len(out.LastEvaluatedKey) == 0 {
			return texts
		}
		in["ExclusiveStartKey"] = out.LastEvaluatedKey
	}
}

// pause waits for something that is about to happen.
const pause = 20 * time.Millisecond
