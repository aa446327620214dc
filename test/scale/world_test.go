package scale_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/sinks/sns/snstest"
)

// The sinks that publications go to: two that get each message by itself, and one that gets digests.
const (
	slack = iota
	sns
	board
	sinkCount
)

func sinkNames() []string { return []string{"slack", "sns", "board"} }

// world is the remote ends of a run and what they have seen.
type world struct {
	t     *testing.T
	queue *queue
	// faults is how many requests to a sink there are for each that goes wrong; 0 for none.
	faults int
	// shorter is how much shorter than asked for a digest waits.
	shorter time.Duration

	mu sync.Mutex
	// told counts the messages, letters the dead letters, by sink and publication.
	told, letters [sinkCount][]uint8
	seen          map[string]int // faults by name
	// excuses counts the messages whose answers were lost after they were taken.
	excuses int
	digests int
}

func newWorld(t *testing.T, q *queue, publications int) *world {
	t.Helper()
	w := &world{t: t, queue: q, seen: map[string]int{}, shorter: 1}
	for sink := range sinkCount {
		w.told[sink], w.letters[sink] = make([]uint8, publications), make([]uint8, publications)
	}
	return w
}

func (w *world) serve(handler http.HandlerFunc) string {
	server := httptest.NewServer(handler)
	w.t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// variables are those of a function that works in this world, with a table.
func (w *world) variables(tables string) map[string]string {
	return map[string]string{
		"SINKS": "slack,sns,board=webhook", "RATE": "0", "DIGEST_AFTER": "0", "BOARD_DIGEST_AFTER": "10",
		"LEDGER": "dynamodb", "LEDGER_TABLE": tableName, "AWS_ENDPOINT_URL_DYNAMODB": tables,
		"SLACK_WEBHOOK_URL": w.serve(w.slack) + "/services/T00000000/B00000000/XXXX",
		"SNS_TOPIC_ARN":     "arn:aws:sns:us-east-1:111122223333:scale", "AWS_ENDPOINT_URL_SNS": w.serve(w.sns),
		"BOARD_URL":            w.serve(w.board),
		"AWS_ENDPOINT_URL_SQS": w.serve(w.sqs), "DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/111122223333/dead",
	}
}

var marked = regexp.MustCompile(`p[0-9]{9}`)

// serials returns the publications that a text names, each once.
func serials(text []byte) []int {
	var all []int
	is := map[string]bool{}
	for _, name := range marked.FindAll(text, -1) {
		if !is[string(name)] {
			is[string(name)] = true
			serial, _ := strconv.Atoi(string(name[1:]))
			all = append(all, serial)
		}
	}
	return all
}

// slack answers as a webhook.
func (w *world) slack(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender was killed before it had said everything
	}
	w.answer(slack, serials(body), "ok", rw)
}

// sns answers as a topic.
func (w *world) sns(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var all []int
	proof, accepted := snstest.Published("m"), ""
	for _, entry := range snstest.Entries(r) {
		all = append(all, serials([]byte(entry.Get("Message")))...)
		accepted += snstest.Accepted(entry.Get("Id"), "m")
	}
	if r.PostForm.Get("Action") == "PublishBatch" {
		proof = snstest.Batch("", accepted)
	}
	w.answer(sns, all, proof, rw)
}

// board answers as any API. The findings of a digest are counted in the table, which has all of them.
func (w *world) board(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var is struct{ Kind string }
	_ = json.Unmarshal(body, &is)
	if is.Kind == "digest" {
		w.mu.Lock()
		w.digests++
		w.mu.Unlock()
		return
	}
	w.answer(board, serials(body), "", rw)
}

// answer takes the messages of a request, or does one of the things that go wrong.
func (w *world) answer(sink int, all []int, proof string, rw http.ResponseWriter) {
	kind := 5
	if w.faults > 0 && rand.IntN(w.faults) == 0 {
		kind = rand.IntN(5)
	}
	switch kind {
	case 0:
		w.fault(sink, "500, not taken", nil)
		rw.WriteHeader(http.StatusInternalServerError)
	case 1:
		w.fault(sink, "500, though taken", all)
		rw.WriteHeader(http.StatusInternalServerError)
	case 2:
		w.fault(sink, "connection cut, though taken", all)
		panic(http.ErrAbortHandler)
	case 3:
		w.fault(sink, "429, Retry-After: 60", nil)
		rw.Header().Set("Retry-After", "60")
		rw.WriteHeader(http.StatusTooManyRequests)
	case 4:
		w.fault(sink, "404, the destination is gone", nil)
		rw.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(rw, []string{"no_service", "<ErrorResponse><Error><Code>NotFound</Code></Error></ErrorResponse>", "gone"}[sink])
	default:
		w.take(sink, all)
		_, _ = io.WriteString(rw, proof)
	}
}

func (w *world) take(sink int, all []int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count(sink, all)
}

func (w *world) count(sink int, all []int) {
	for _, serial := range all {
		if serial < len(w.told[sink]) {
			w.told[sink][serial]++
		}
	}
}

// fault counts one, and the messages that were taken all the same.
func (w *world) fault(sink int, name string, taken []int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[sinkNames()[sink]+": "+name]++
	w.count(sink, taken)
	w.excuses += len(taken)
}

// sqs takes dead letters and what is to be flushed later, and lets records be hidden.
func (w *world) sqs(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var in struct {
		QueueURL, MessageBody string
		DelaySeconds          int
		MessageAttributes     map[string]struct{ StringValue string }
		Entries               []struct {
			ReceiptHandle     string
			VisibilityTimeout int
		}
	}
	if err := json.Unmarshal(body, &in); err != nil {
		w.t.Errorf("a request to SQS that cannot be read: %v", err)
	}
	switch {
	case strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".ChangeMessageVisibilityBatch"):
		for _, entry := range in.Entries {
			w.queue.ask(entry.ReceiptHandle, time.Duration(entry.VisibilityTimeout)*time.Second)
		}
		_, _ = io.WriteString(rw, `{"Successful":[],"Failed":[]}`)
	case strings.HasSuffix(in.QueueURL, "/dead"):
		w.letter(in.MessageAttributes["tocsin.sink"].StringValue, in.MessageBody)
		_, _ = io.WriteString(rw, `{"MessageId":"m"}`)
	default:
		w.queue.send(in.MessageBody, time.Duration(in.DelaySeconds)*time.Second/w.shorter)
		_, _ = io.WriteString(rw, `{"MessageId":"m"}`)
	}
}

func (w *world) letter(to, body string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for sink, name := range sinkNames() {
		if name == to {
			for _, serial := range serials([]byte(body)) {
				if serial < len(w.letters[sink]) { // else it is one of the probe
					w.letters[sink][serial]++
				}
			}
			return
		}
	}
	w.t.Errorf("a dead letter of nobody (%q): %.200s", to, body)
}

// outcomes is what the function's log says of each publication.
type outcomes struct {
	mu sync.Mutex
	// last is the outcome that ended a pair, by sink and publication.
	last [sinkCount][]string
	// digests are the ids of the digests that were sent, with how many findings they held.
	digests           map[string]int
	digestsFailed     int
	ledgerUnavailable int
	unreadable        string
	troubles          map[string]int
}

func newOutcomes(publications int) *outcomes {
	o := &outcomes{digests: map[string]int{}, troubles: map[string]int{}}
	for sink := range sinkCount {
		o.last[sink] = make([]string, publications)
	}
	return o
}

// read takes a line of the log.
func (o *outcomes) read(line []byte) {
	var l struct {
		Message, Record, Digest, Sink, Outcome, Reason string
		Findings, LedgerUnavailable                    int
		Outcomes                                       json.RawMessage
	}
	err := json.Unmarshal(line, &l)
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case err != nil:
		o.unreadable = fmt.Sprintf("%v: %.300s", err, line)
	case l.Message == "finding":
		o.finding(l.Record, l.Outcomes)
	case l.Message == "digest" && (l.Outcome == "delivered" || l.Outcome == "degraded"):
		o.digests[l.Digest] = max(o.digests[l.Digest], l.Findings)
	case l.Message == "digest" && l.Outcome == "retry":
		o.digestsFailed++
	case l.Message == "metrics":
		o.ledgerUnavailable += l.LedgerUnavailable
	case l.Message == "trouble":
		o.troubles[l.Reason]++
	}
}

func (o *outcomes) finding(record string, text json.RawMessage) {
	var all map[string]string
	if strings.HasPrefix(record, probing) || strings.HasSuffix(record, copied) {
		return // a copy takes the outcome of what it comes with
	}
	serial, err := strconv.Atoi(strings.TrimPrefix(record, "m"))
	if err != nil || json.Unmarshal(text, &all) != nil || serial >= len(o.last[0]) {
		o.unreadable = "a finding of the record " + record
		return
	}
	for sink, name := range sinkNames() {
		outcome := all[name]
		// What comes again since its function was killed is a duplicate, which says nothing of the first one's end.
		if outcome != "retry" && (o.last[sink][serial] == "" || outcome != "duplicate") {
			o.last[sink][serial] = interned(outcome)
		}
	}
}

// interned returns the same text without what it was cut from.
func interned(outcome string) string {
	for _, known := range []string{"delivered", "degraded", "below", "duplicate", "repeat", "resolved", "digested", "dead"} {
		if outcome == known {
			return known
		}
	}
	return outcome
}
