package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/deadletter"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/queue"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/router"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

const (
	queueARN      = "arn:aws:sqs:eu-west-1:111122223333:findings"
	deadLetterURL = "https://sqs.example/111122223333/dead"
)

// sink answers with err, and keeps what it was sent.
type sink struct {
	err  error
	mu   sync.Mutex
	sent []notify.Notification
}

func (s *sink) Notify(_ context.Context, n notify.Notification) (notify.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, n)
	return notify.Receipt{}, s.err
}

func (s *sink) Preview(n notify.Notification) (notify.Preview, error) {
	return notify.Preview{Form: notify.FormJSON, Body: []byte(n.Findings[0].Account.String())}, nil
}

// parts are those of a pipeline to the sinks, which are named slack, oncall and so on, with a
// threshold of 4. A message a minute is sent to each, and the others go into a digest.
func parts(log io.Writer, sinks ...*sink) pipeline.Parts {
	p := pipeline.Parts{Log: report.NewLog(log)}
	var targets []delivery.Target
	for i, s := range sinks {
		name := []string{"slack", "oncall"}[i]
		p.Routes = append(p.Routes, router.Route{Sink: name, MinSeverity: 4})
		p.Sinks = append(p.Sinks, s)
		targets = append(targets, delivery.Target{Name: name, Sink: s, Concurrency: 1, DigestAfter: 1})
	}
	store := table.NewMemory()
	p.Digests.Store = digest.New(store, nil)
	p.Engine = delivery.New(targets, delivery.Options{Ledger: ledger.New(store, nil), Digests: p.Digests.Store, DigestEvery: time.Minute})
	p.Digests.Every = time.Minute
	return p
}

// request is what SQS was asked.
type request struct {
	Target, MessageBody, QueueURL string
	MessageAttributes             map[string]struct{ StringValue string }
	DelaySeconds                  int
	Entries                       []struct {
		ReceiptHandle     string
		VisibilityTimeout int
	}
}

// newSQS is SQS, which answers every request with the status and keeps it.
func newSQS(t *testing.T, status int) *[]request {
	t.Helper()
	var asked []request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var one request
		_ = json.NewDecoder(r.Body).Decode(&one)
		one.Target = strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS.")
		asked = append(asked, one)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{}`)
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SQS": server.URL, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
	return &asked
}

func event(id string, severity any) string {
	return fmt.Sprintf(`{"source":"aws.guardduty","detail-type":"GuardDuty Finding","account":"111122223333","region":"eu-west-1","detail":`+
		`{"id":%q,"type":"Recon:EC2/Portscan","title":"A scan","severity":%v,"accountId":"111122223333","region":"eu-west-1"}}`, id, severity)
}

// batch is a batch of SQS: m0, m1 and so on, with the message attributes given.
func batch(t *testing.T, attributes map[string]string, bodies ...string) []byte {
	t.Helper()
	stated := map[string]any{}
	for name, value := range attributes {
		stated[name] = map[string]string{"stringValue": value, "dataType": "String"}
	}
	var records []any
	for i, body := range bodies {
		records = append(records, map[string]any{
			"messageId": fmt.Sprint("m", i), "receiptHandle": fmt.Sprint("r", i), "body": body, "eventSource": "aws:sqs", "eventSourceARN": queueARN,
			"messageAttributes": stated,
		})
	}
	text, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// outcomes returns what became of the finding in each record, sink by sink.
func outcomes(r report.Report) [][]delivery.Outcome {
	var all [][]delivery.Outcome
	for _, record := range r.Records {
		var one []delivery.Outcome
		for _, f := range record.Findings {
			for _, result := range f.Results {
				one = append(one, result.Outcome)
			}
		}
		all = append(all, one)
	}
	return all
}

func TestHandle(t *testing.T) {
	slack, oncall := &sink{}, &sink{err: notify.PermanentSink(errors.New("no_service"))}
	var log bytes.Buffer
	p := pipeline.New(parts(&log, slack, oncall))
	r, err := p.Handle(t.Context(), batch(t, nil, event("a", 8), "not an event", event("b", 2), event("a", 8)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]delivery.Outcome{
		{delivery.Delivered, delivery.Dead}, nil, {delivery.Below, delivery.Below}, {delivery.Delivered, delivery.Dead},
	}, outcomes(r)); diff != "" {
		t.Error(diff)
	}
	answer, err := r.Answer()
	if want := `{"batchItemFailures":[{"itemIdentifier":"m0"},{"itemIdentifier":"m1"},{"itemIdentifier":"m3"}]}`; err != nil || string(answer) != want {
		t.Errorf("got %s, %v", answer, err)
	}
	if len(slack.sent) != 1 || len(oncall.sent) != 1 {
		t.Errorf("%d and %d messages, want one each", len(slack.sent), len(oncall.sent))
	}
	if lines := strings.Count(log.String(), "\n"); lines != 4+4 {
		t.Errorf("%d lines, want one for each record, and of metrics one for each sink, one for a reason and one for all: %s", lines, log.String())
	}
	if diff := cmp.Diff([]string{"slack", "oncall"}, p.SinkNames()); diff != "" {
		t.Error(diff)
	}
}

// Without a dead-letter queue a payload that is no event is an error; with one it is a letter.
func TestUnreadablePayload(t *testing.T) {
	for name, test := range map[string]struct {
		status       int
		want, failed string
	}{
		"written":     {http.StatusOK, `{"unreadable":1}`, ""},
		"not written": {http.StatusBadRequest, "", "dead letter: "},
	} {
		t.Run(name, func(t *testing.T) {
			asked := newSQS(t, test.status)
			without := parts(nil, &sink{})
			var none *events.NoEventError
			if _, err := pipeline.New(without).Invoke(t.Context(), []byte(`{'a': None}`)); !errors.As(err, &none) || len(*asked) != 0 {
				t.Errorf("without a queue: %v, %d requests", err, len(*asked))
			}
			with := without
			with.DeadLetters = deadletter.NewQueue(queue.New(), deadLetterURL)
			answer, err := pipeline.New(with).Invoke(t.Context(), []byte(`{'a': None}`))
			if string(answer) != test.want || len(*asked) == 0 || (*asked)[0].MessageBody != `{'a': None}` {
				t.Errorf("got %s, %v, %+v", answer, err, *asked)
			}
			if test.failed == "" && err != nil || test.failed != "" && (!errors.As(err, &none) || !strings.Contains(err.Error(), test.failed)) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A record that holds no event is finished once its letter is written.
func TestUnreadableRecord(t *testing.T) {
	for status, want := range map[int]string{
		http.StatusOK: `{"batchItemFailures":[]}`, http.StatusBadRequest: `{"batchItemFailures":[{"itemIdentifier":"m1"}]}`,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			asked := newSQS(t, status)
			var log bytes.Buffer
			with := parts(&log, &sink{})
			with.DeadLetters = deadletter.NewQueue(queue.New(), deadLetterURL)
			answer, err := pipeline.New(with).Invoke(t.Context(), batch(t, nil, event("a", 8), "not an event"))
			if string(answer) != want || err != nil || (*asked)[0].QueueURL != deadLetterURL || (*asked)[0].MessageBody != "not an event" {
				t.Errorf("got %s, %v, %+v", answer, err, *asked)
			}
			if isTrouble := strings.Contains(log.String(), `"message":"trouble","reason":"dead letter: `); isTrouble != (status != http.StatusOK) {
				t.Errorf("the log: %s", log.String())
			}
		})
	}
}

// Only what is to be tried again is hidden, and nothing is where the queue is to be left alone.
func TestHide(t *testing.T) {
	asked := newSQS(t, http.StatusOK)
	failing := &sink{err: notify.RetryAfter(errors.New("slow down"), time.Hour)}
	payload := batch(t, nil, event("a", 8), event("b", 2))
	without := parts(nil, failing)
	if _, err := pipeline.New(without).Handle(t.Context(), payload); err != nil || len(*asked) != 0 {
		t.Errorf("without a queue: %v, %+v", err, *asked)
	}
	with := parts(nil, failing)
	with.Queue = queue.New()
	r, err := pipeline.New(with).Handle(t.Context(), payload)
	if err != nil || r.HidingFailed != 0 || len(*asked) != 1 || len((*asked)[0].Entries) != 1 {
		t.Fatalf("got %v, %d not hidden, %+v", err, r.HidingFailed, *asked)
	}
	if entry := (*asked)[0].Entries[0]; entry.ReceiptHandle != "r0" || entry.VisibilityTimeout < 3600 {
		t.Errorf("got %+v", entry)
	}
}

// A dead letter that comes again goes to the sink that it names, and to no other.
func TestDeadLetterThatComesAgain(t *testing.T) {
	slack, oncall := &sink{}, &sink{}
	p := pipeline.New(parts(nil, slack, oncall))
	r, err := p.Handle(t.Context(), batch(t, map[string]string{deadletter.AttrSink: "oncall"}, event("a", 2)))
	if err != nil || len(slack.sent) != 0 || len(oncall.sent) != 1 {
		t.Fatalf("%d and %d messages, %v", len(slack.sent), len(oncall.sent), err)
	}
	if diff := cmp.Diff([][]delivery.Outcome{{delivery.Duplicate, delivery.Delivered}}, outcomes(r)); diff != "" {
		t.Error(diff)
	}
}

func TestDigestsAtTheEnd(t *testing.T) {
	slack := &sink{}
	with := parts(nil, slack)
	with.Digests.AtEnd, with.Sources = true, events.Table()
	p := pipeline.New(with)
	r, err := p.Handle(t.Context(), batch(t, nil, event("a", 8), event("b", 7), event("c", 6)))
	want := [][]delivery.Outcome{{delivery.Delivered}, {delivery.Digested}, {delivery.Digested}}
	if diff := cmp.Diff(want, outcomes(r)); err != nil || diff != "" {
		t.Fatalf("%s, %v", diff, err)
	}
	reports, err := p.Flush(t.Context())
	if err != nil || len(reports) != 1 || len(reports[0].Records) != 1 {
		t.Fatalf("got %+v, %v", reports, err)
	}
	d := reports[0].Records[0].Digest
	if d == nil || d.Result.Outcome != delivery.Delivered || len(outcomes(reports[0])[0]) != 0 {
		t.Errorf("got %+v", reports)
	}
	if last := slack.sent[len(slack.sent)-1]; len(slack.sent) != 2 || last.Kind != notify.KindDigest || len(last.Findings) != 2 {
		t.Errorf("%d messages, the last of %d findings", len(slack.sent), len(last.Findings))
	} else if about := last.Findings[1].About; about.Product != "GuardDuty" || about.Links.Findings == "" {
		t.Errorf("the digest does not know who says so: %+v", about)
	}
	if again, err := p.Flush(t.Context()); err != nil || len(again) != 0 {
		t.Errorf("a second flush: %+v, %v", again, err)
	}
}

// With a ledger that lasts, a digest waits in the queue that the batch came from, as a record like
// any other.
func TestDigestThatWaitsInTheQueue(t *testing.T) {
	asked := newSQS(t, http.StatusOK)
	slack := &sink{}
	var log bytes.Buffer
	with := parts(&log, slack)
	with.Queue, with.Digests.IsLasting = queue.New(), true
	p := pipeline.New(with)
	if _, err := p.Handle(t.Context(), batch(t, nil, event("a", 8), event("b", 7))); err != nil || len(*asked) != 1 {
		t.Fatalf("%v, %d requests", err, len(*asked))
	}
	waiting := (*asked)[0]
	if waiting.Target != "SendMessage" || waiting.QueueURL != "https://sqs.eu-west-1.amazonaws.com/111122223333/findings" || waiting.DelaySeconds != 60 {
		t.Fatalf("got %+v", waiting)
	}
	log.Reset()
	answer, err := p.Invoke(t.Context(), batch(t, nil, waiting.MessageBody, waiting.MessageBody))
	if err != nil || string(answer) != `{"batchItemFailures":[]}` || slack.sent[1].Kind != notify.KindDigest || len(slack.sent) != 2 {
		t.Errorf("got %s, %v, %d messages", answer, err, len(slack.sent))
	}
	if want := `"sink":"slack","findings":1,"outcome":"delivered"`; !strings.Contains(log.String(), want) {
		t.Errorf("the log: %s", log.String())
	}
}

// A digest of a sink that is gone, or without a ledger, is unreadable.
func TestDigestOfNobody(t *testing.T) {
	const record = `{"version":"0","source":"tocsin","detail-type":"Tocsin Digest","detail":{"sink":%q,"digest":"d","until":"2026-01-01T00:00:00Z"}}`
	with := parts(nil, &sink{})
	without := with
	without.Digests.Store = nil
	for name, test := range map[string]struct {
		parts      pipeline.Parts
		sink, want string
	}{
		"another sink": {with, "email", `the digest is of sink "email", which SINKS does not name`},
		"no ledger":    {without, "slack", "the digest is in the ledger, and LEDGER is off"},
	} {
		r, err := pipeline.New(test.parts).Handle(t.Context(), fmt.Appendf(nil, record, test.sink))
		if err != nil || len(r.Records) != 1 || fmt.Sprint(r.Records[0].Err) != test.want {
			t.Errorf("%s: %+v, %v", name, r.Records, err)
		}
	}
	r, err := pipeline.New(with).Handle(t.Context(), fmt.Appendf(nil, record, "slack"))
	if err != nil || len(r.Records) != 1 || r.Records[0].Digest.Result.Outcome != delivery.Duplicate {
		t.Errorf("a digest that was never opened: %+v, %v", r.Records, err)
	}
}

// Names that are in trouble keep nothing back.
func TestNames(t *testing.T) {
	for name, test := range map[string]struct {
		names   map[string]string
		trouble []error
		want    string
	}{
		"a name":  {map[string]string{"111122223333": "prod"}, nil, "prod (111122223333)"},
		"trouble": {nil, []error{errors.New("ACCOUNT_NAMES: unread")}, "111122223333"},
	} {
		t.Run(name, func(t *testing.T) {
			slack := &sink{}
			var log bytes.Buffer
			with := parts(&log, slack)
			with.Names = func(context.Context) (map[string]string, []error) { return test.names, test.trouble }
			if _, err := pipeline.New(with).Handle(t.Context(), []byte(event("a", 8))); err != nil || len(slack.sent) != 1 {
				t.Fatalf("%d messages, %v", len(slack.sent), err)
			}
			if got := slack.sent[0].Findings[0].Account.String(); got != test.want {
				t.Errorf("got %s", got)
			}
			if got := strings.Count(log.String(), `"message":"trouble","reason":"ACCOUNT_NAMES: unread"`); got != len(test.trouble) {
				t.Errorf("the log: %s", log.String())
			}
		})
	}
}

// The name that an event states stands where the operator has none for the account.
func TestNameThatTheEventStates(t *testing.T) {
	toy := source.Source{
		ID: "toy", Name: "com.toy", Product: "Toy", DetailTypes: []string{"Toy Finding"},
		Parse: func(source.Envelope, lenient.Document, json.RawMessage) finding.Finding {
			return finding.Finding{ID: "1", Severity: 8, Place: finding.Place{Account: finding.Account{ID: "111122223333", Name: "shop-prod"}}}
		},
		About: func(*finding.Finding) finding.About { return finding.About{} },
	}
	for want, names := range map[string]map[string]string{
		"prod (111122223333)": {"111122223333": "prod"}, "shop-prod (111122223333)": {"444455556666": "dev"},
	} {
		slack := &sink{}
		with := parts(nil, slack)
		with.Sources = []source.Source{toy}
		with.Names = func(context.Context) (map[string]string, []error) { return names, nil }
		_, err := pipeline.New(with).Handle(t.Context(), []byte(`{"source":"com.toy","detail-type":"Toy Finding","detail":{}}`))
		if err != nil || len(slack.sent) != 1 || slack.sent[0].Findings[0].Account.String() != want {
			t.Errorf("want %s, got %v, error %v", want, slack.sent, err)
		}
	}
}

func TestPreview(t *testing.T) {
	slack := &sink{}
	with := parts(nil, slack)
	var err error
	with.Mutes, err = pipeline.NewMutes(`[{name: low, when: severity < 6, until: 9999-12-31, reason: x}]`, secret.Ref{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	with.Names = func(context.Context) (map[string]string, []error) {
		return map[string]string{"111122223333": "prod"}, nil
	}
	shown, err := pipeline.New(with).Preview(t.Context(), batch(t, nil, event("a", 8), "not an event", event("b", 5), event("c", 2)))
	if err != nil || len(shown) != 4 || len(slack.sent) != 0 {
		t.Fatalf("%d previews, %v, %d messages", len(shown), err, len(slack.sent))
	}
	var verdicts []router.Verdict
	for _, preview := range shown {
		for _, s := range preview.Sinks {
			verdicts = append(verdicts, s.Decision.Verdict)
			if s.Name != "slack" || s.Err != nil || string(s.Message.Body) != "prod (111122223333)" {
				t.Errorf("got %+v", s)
			}
		}
	}
	if diff := cmp.Diff([]router.Verdict{router.Send, router.Muted, router.Below}, verdicts); diff != "" || shown[1].Err == nil {
		t.Errorf("%s; the unreadable record: %v", diff, shown[1].Err)
	}
}

func TestMistakesInMutes(t *testing.T) {
	_, err := pipeline.NewMutes("- when: smaple", secret.Ref{}, nil)
	want := "MUTES: line 1: when: line 1, column 1: unknown name smaple; did you mean sample?\nMUTES: line 1: until is missing\nMUTES: line 1: reason is missing"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

// Findings that came in no payload are named, decided about, delivered and logged as those of one.
func TestHandleFindings(t *testing.T) {
	slack := &sink{}
	var log bytes.Buffer
	with := parts(&log, slack)
	with.Names = func(context.Context) (map[string]string, []error) {
		return map[string]string{"111122223333": "prod"}, nil
	}
	prod := finding.Place{Account: finding.Account{ID: "111122223333"}, Region: "eu-west-1"}
	r := pipeline.New(with).HandleFindings(t.Context(), []finding.Finding{{ID: "a", Severity: 8, Place: prod}, {ID: "b", Severity: 1, Place: prod}})
	if len(r.Records) != 1 || len(r.Records[0].Findings) != 2 || len(slack.sent) != 1 || slack.sent[0].Findings[0].Account.Name != "prod" {
		t.Fatalf("got %+v, %d messages", r, len(slack.sent))
	}
	if f := r.Records[0].Findings; f[0].Results[0].Outcome != delivery.Delivered || f[1].Results[0].Outcome != delivery.Below || !f[1].Nobody() {
		t.Errorf("got %+v", f)
	}
	if !strings.Contains(log.String(), `"Findings":2`) || !strings.Contains(log.String(), `"Nobody":1`) {
		t.Errorf("the log: %s", log.String())
	}
}
