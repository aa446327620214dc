package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
	"github.com/tocsin-sec/tocsin/sinks/sns/snstest"
)

// soakWorld is the remote ends of the soak and what they have seen.
type soakWorld struct {
	t         *testing.T
	events    int
	queue     *soakQueue
	variables map[string]string

	mu      sync.Mutex
	sent    map[string]int // messages by sink and instance
	letters map[string]int // dead letters by sink and instance
	faults  map[string]int // by name
	// excuses counts the answers that were lost after the message was taken.
	excuses int
	kills   int
	ended   []soakProcess

	ledgerFailures atomic.Int64
}

// soakProcess is what is known of one execution environment.
type soakProcess struct {
	batches int
	// early and late are its resident memory in KiB after its first batches, and at its end.
	early, late int
	goroutines  int // at its end; 0 for one that was killed
}

func newSoakWorld(t *testing.T) *soakWorld {
	t.Helper()
	w := &soakWorld{
		t: t, events: *soakCount, queue: &soakQueue{},
		sent: map[string]int{}, letters: map[string]int{}, faults: map[string]int{},
	}
	for number := range w.events {
		w.queue.records = append(w.queue.records, soakRecord{number: number})
	}
	slack := w.serve(w.slack)
	w.variables = map[string]string{
		"SINKS": "slack,sns", "RATE": "0", "DIGEST_AFTER": "0", "LEDGER": "dynamodb", "LEDGER_TABLE": newTable(t, "soak"),
		"SLACK_WEBHOOK_URL": slack + "/services/T00000000/B00000000/" + slacktest.Secret,
		"SNS_TOPIC_ARN":     "arn:aws:sns:us-east-1:111122223333:soak", "AWS_ENDPOINT_URL_SNS": w.serve(w.sns),
		"AWS_ENDPOINT_URL_SQS": w.serve(w.sqs), "DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/111122223333/dead",
		"AWS_ENDPOINT_URL_DYNAMODB": w.serve(w.tables(t)),
	}
	return w
}

func (w *soakWorld) serve(handler http.HandlerFunc) string {
	server := httptest.NewServer(handler)
	w.t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

var soakName = regexp.MustCompile(`i-[0-9]{17}`)

// slack answers as a webhook.
func (w *soakWorld) slack(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender was killed before it had said everything
	}
	w.answer("slack", []string{"slack " + soakName.FindString(string(body))}, "ok", rw)
}

// sns answers as a topic.
func (w *soakWorld) sns(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var pairs []string
	proof, accepted := snstest.Published("m"), ""
	for _, entry := range snstest.Entries(r) {
		pairs = append(pairs, "sns "+soakName.FindString(entry.Get("Message")))
		accepted += snstest.Accepted(entry.Get("Id"), "m")
	}
	if r.PostForm.Get("Action") == "PublishBatch" {
		proof = snstest.Batch("", accepted)
	}
	if len(pairs) == 0 {
		w.t.Error("a form that cannot be read, or says nothing")
	}
	w.answer("sns", pairs, proof, rw)
}

// answer takes the messages of a request, or does one of the things that go wrong with one in a
// hundred.
func (w *soakWorld) answer(sink string, pairs []string, proof string, rw http.ResponseWriter) {
	kind := rand.IntN(600)
	if kind >= 6 {
		w.take(pairs, "")
		_, _ = io.WriteString(rw, proof)
		return
	}
	switch kind {
	case 0:
		w.fault(sink + ": 500, not taken")
		rw.WriteHeader(http.StatusInternalServerError)
	case 1:
		w.take(pairs, sink+": 500, though taken")
		rw.WriteHeader(http.StatusInternalServerError)
	case 2:
		w.take(pairs, sink+": connection cut, though taken")
		panic(http.ErrAbortHandler)
	case 3:
		w.fault(sink + ": 429, Retry-After: 60")
		rw.Header().Set("Retry-After", "60")
		rw.WriteHeader(http.StatusTooManyRequests)
	case 4:
		w.fault(sink + ": 400, this form is refused")
		rw.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(rw, map[string]string{"slack": "invalid_blocks", "sns": "<ErrorResponse><Error><Code>InvalidParameter</Code></Error></ErrorResponse>"}[sink])
	case 5:
		w.fault(sink + ": 404, the destination is gone")
		rw.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(rw, map[string]string{"slack": "no_service", "sns": "<ErrorResponse><Error><Code>NotFound</Code></Error></ErrorResponse>"}[sink])
	}
}

// take counts the messages of a request; a fault beside them says that its answer is lost.
func (w *soakWorld) take(pairs []string, fault string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, pair := range pairs {
		w.sent[pair]++
	}
	if fault != "" {
		w.faults[fault]++
		w.excuses += len(pairs)
	}
}

func (w *soakWorld) fault(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults[name]++
}

// sqs takes dead letters, and lets records be hidden.
func (w *soakWorld) sqs(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".SendMessage") {
		sink := "slack"
		if !strings.Contains(string(body), `"StringValue":"slack"`) {
			sink = "sns"
		}
		w.mu.Lock()
		w.letters[sink+" "+soakName.FindString(string(body))]++
		w.mu.Unlock()
	}
	_, _ = io.WriteString(rw, `{"MessageId":"m"}`)
}

// tables stands before the ledger's table: one request in a hundred fails, half of these though it
// was done.
func (w *soakWorld) tables(t *testing.T) http.HandlerFunc {
	target, err := url.Parse(shared.emulator.tables)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: &http.Transport{MaxIdleConnsPerHost: 64},
	}
	return func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // dynalite dies of a request that breaks off, so it never sees one
		}
		r = r.WithContext(context.WithoutCancel(r.Context()))
		r.Body = io.NopCloser(bytes.NewReader(body))
		switch rand.IntN(200) {
		case 0:
			w.fault("table: 500, not done")
		case 1:
			w.fault("table: 500, though done")
			proxy.ServeHTTP(httptest.NewRecorder(), r)
		default:
			proxy.ServeHTTP(plainWriter{rw}, r)
			return
		}
		rw.WriteHeader(http.StatusInternalServerError)
	}
}

// plainWriter hides from the proxy that it could hear of a sender that hangs up.
type plainWriter struct{ http.ResponseWriter }

// work is one execution environment after another, until the queue is empty.
func (w *soakWorld) work() {
	f, process := start(w.t, w.variables), soakProcess{}
	for {
		batch, over := w.queue.take()
		if over {
			break
		}
		if len(batch) == 0 {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		if w.claimKill() {
			f.killAtWork(soakPayload(batch))
			w.queue.giveBack(batch, soakTimeout) // what the queue's visibility does
			w.end(f, process)
			f, process = start(w.t, w.variables), soakProcess{}
			continue
		}
		a := f.invoke(w.t, soakPayload(batch), soakTimeout)
		w.queue.giveBack(soakKept(w.t, batch, a.body), 0)
		if process.batches++; process.batches == 100 {
			process.early = residentMemory(f)
		}
	}
	process.late = residentMemory(f)
	process.goroutines = goroutines(f)
	w.end(f, process)
}

func (w *soakWorld) claimKill() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.queue.isTimeToKill(w.events, w.kills) {
		return false
	}
	w.kills++
	return true
}

// end notes what is known of a process, and checks the balance of each of its invocations.
func (w *soakWorld) end(f *function, process soakProcess) {
	for _, m := range readLog(w.t, f.stdout.String()).metrics {
		w.ledgerFailures.Add(int64(m.LedgerUnavailable))
		if !m.isBalanced() {
			w.t.Errorf("findings x sinks is not the sum of the outcomes: %+v", m)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = append(w.ended, process)
}

// killAtWork hands the function a payload and kills it some milliseconds later, wherever it is.
func (f *function) killAtWork(payload string) {
	f.abandon(payload, soakTimeout)
	time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
	_ = f.process.Process.Kill()
}

// residentMemory returns the memory of a process in KiB, as Linux counts it; 0 on other systems.
func residentMemory(f *function) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", f.process.Process.Pid))
	if err != nil {
		return 0
	}
	var kib int
	for line := range strings.Lines(string(status)) {
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kib); err == nil {
			return kib
		}
	}
	return 0
}

// goroutines ends a process by a signal at which Go prints every goroutine, and counts them.
func goroutines(f *function) int {
	if err := f.process.Process.Signal(syscall.SIGQUIT); err != nil {
		return 0
	}
	_ = f.process.Wait()
	return strings.Count("\n"+f.stderr.String(), "\ngoroutine ")
}
