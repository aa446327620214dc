package app_test

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
	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

const hookSecret = "T0/B0/Xv1pQ0secret"

// hook is a Slack webhook that answers with status, and keeps what it was sent.
type hook struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	status int
}

func newHook(t testing.TB, status int) *hook {
	t.Helper()
	h := &hook{status: status}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		h.bodies = append(h.bodies, string(body))
		h.mu.Unlock()
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(h.status)
		if h.status == http.StatusOK {
			_, _ = io.WriteString(w, "ok")
		}
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) address() string { return h.URL + "/services/" + hookSecret }

// load builds an App from exactly the given variables; its log goes to the buffer.
func load(t *testing.T, variables map[string]string) (*app.App, *bytes.Buffer) {
	t.Helper()
	for _, name := range []string{"SINKS", "MIN_SEVERITY", "ACCOUNT_NAMES", "LEDGER", "SLACK_WEBHOOK_URL", "ONCALL_WEBHOOK_URL", "ONCALL_MIN_SEVERITY", "WHEN", "ONCALL_WHEN", "MUTES"} {
		t.Setenv(name, variables[name])
	}
	var log bytes.Buffer
	a, err := app.Load(t.Context(), app.Options{Settings: config.Environment(), Log: &log})
	if err != nil {
		t.Fatal(err)
	}
	return a, &log
}

func event(id string, severity any) string {
	return fmt.Sprintf(`{"source":"aws.guardduty","detail-type":"GuardDuty Finding","account":"111122223333","region":"eu-west-1","detail":{"id":%q,"type":"Recon:EC2/Portscan","title":"A scan","severity":%v,"accountId":"111122223333","region":"eu-west-1"}}`, id, severity)
}

func batch(bodies ...string) string {
	var records []string
	for i, body := range bodies {
		text, err := json.Marshal(body)
		if err != nil {
			panic(err)
		}
		records = append(records, fmt.Sprintf(`{"messageId":"m%d","eventSource":"aws:sqs","body":%s}`, i, text))
	}
	return `{"Records":[` + strings.Join(records, ",") + `]}`
}

func TestDirectEvent(t *testing.T) {
	slack, oncall := newHook(t, http.StatusOK), newHook(t, http.StatusOK)
	a, _ := load(t, map[string]string{
		"SINKS": "slack,oncall=slack", "SLACK_WEBHOOK_URL": slack.address(), "ONCALL_WEBHOOK_URL": oncall.address(),
		"ONCALL_MIN_SEVERITY": "critical", "ACCOUNT_NAMES": "111122223333=prod",
	})
	answer, err := a.Invoke(t.Context(), []byte(event("f1", 8)))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(answer); got != `{"below":1,"delivered":1,"findings":1}` {
		t.Errorf("got %s", got)
	}
	if len(slack.bodies) != 1 || len(oncall.bodies) != 0 || !strings.Contains(slack.bodies[0], "prod (111122223333)") {
		t.Errorf("got %v and %v", slack.bodies, oncall.bodies)
	}
}

func TestDirectEventThatFails(t *testing.T) {
	slack, oncall := newHook(t, http.StatusInternalServerError), newHook(t, http.StatusOK)
	a, log := load(t, map[string]string{
		"SINKS": "slack,oncall=slack", "SLACK_WEBHOOK_URL": slack.address(), "ONCALL_WEBHOOK_URL": oncall.address(),
	})
	_, err := a.Invoke(t.Context(), []byte(event("f1", 8)))
	var undelivered *report.UndeliveredError
	if !errors.As(err, &undelivered) || len(undelivered.Reasons) != 1 || !strings.HasPrefix(undelivered.Reasons[0], "slack: retry: ") {
		t.Fatalf("got %v", err)
	}
	if len(oncall.bodies) != 1 {
		t.Error("the other sink was not sent")
	}
	if strings.Contains(err.Error()+log.String(), "Xv1pQ0secret") {
		t.Error("the secret shows")
	}
}

func TestBatch(t *testing.T) {
	slack := newHook(t, http.StatusOK)
	a, log := load(t, map[string]string{"SINKS": "slack", "SLACK_WEBHOOK_URL": slack.address()})
	answer, err := a.Invoke(t.Context(), []byte(batch(event("f0", 8), "not an event", event("f2", 2), `{"a":`, event("f4", `"7.0"`))))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(answer); got != `{"batchItemFailures":[{"itemIdentifier":"m1"},{"itemIdentifier":"m3"}]}` {
		t.Errorf("got %s", got)
	}
	if len(slack.bodies) != 2 {
		t.Errorf("%d messages were sent, want 2", len(slack.bodies))
	}
	metrics := lastLine(t, log)
	want := map[string]any{"Findings": 3.0, "Unreadable": 2.0, "Delivered": 2.0, "Below": 1.0, "Retry": 0.0, "Dead": 0.0}
	for name, value := range want {
		if metrics[name] != value {
			t.Errorf("%s: got %v, want %v", name, metrics[name], value)
		}
	}
}

func TestBatchOfNothing(t *testing.T) {
	a, _ := load(t, map[string]string{"SINKS": "slack", "SLACK_WEBHOOK_URL": newHook(t, http.StatusOK).address()})
	answer, err := a.Invoke(t.Context(), []byte(batch(event("f0", 2))))
	if err != nil || string(answer) != `{"batchItemFailures":[]}` {
		t.Errorf("got %s, %v", answer, err)
	}
	_, err = a.Invoke(t.Context(), []byte(`{"Records":[{"eventSource":"aws:sqs","body":"x"}]}`))
	if err == nil || !strings.Contains(err.Error(), "no messageId") {
		t.Errorf("got %v", err)
	}
}

func TestMalformedPayload(t *testing.T) {
	a, log := load(t, map[string]string{"SINKS": "slack", "SLACK_WEBHOOK_URL": newHook(t, http.StatusOK).address()})
	_, err := a.Invoke(t.Context(), []byte(`{'a': None}`))
	var none *events.NoEventError
	if !errors.As(err, &none) {
		t.Fatalf("got %v", err)
	}
	if lastLine(t, log)["Unreadable"] != 1.0 {
		t.Errorf("got %s", log)
	}
}

func lastLine(t *testing.T, log *bytes.Buffer) map[string]any {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	var line map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &line); err != nil {
		t.Fatal(err)
	}
	return line
}

// Findings x sinks is the sum of the outcomes, whatever the sinks do.
func TestBalance(t *testing.T) {
	slack, oncall := newHook(t, http.StatusNotFound), newHook(t, http.StatusTooManyRequests)
	a, log := load(t, map[string]string{
		"SINKS": "slack,oncall=slack", "SLACK_WEBHOOK_URL": slack.address(), "ONCALL_WEBHOOK_URL": oncall.address(), "ONCALL_MIN_SEVERITY": "7",
	})
	if _, err := a.Invoke(t.Context(), []byte(batch(event("a", 1), event("b", 5), event("c", 7), event("d", 10), event("e", `"odd"`), "{"))); err != nil {
		t.Fatal(err)
	}
	var metrics struct {
		Findings, Sinks, Unreadable int
		Outcomes                    map[string]map[string]int
	}
	line, err := json.Marshal(lastLine(t, log))
	if err == nil {
		err = json.Unmarshal(line, &metrics)
	}
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]int{
		"slack":  {"below": 1, "dead": 4, "delivered": 0, "degraded": 0, "unmatched": 0, "muted": 0, "duplicate": 0, "repeat": 0, "resolved": 0, "digested": 0, "retry": 0},
		"oncall": {"below": 2, "dead": 0, "delivered": 0, "degraded": 0, "unmatched": 0, "muted": 0, "duplicate": 0, "repeat": 0, "resolved": 0, "digested": 0, "retry": 3},
	}
	if diff := cmp.Diff(want, metrics.Outcomes); diff != "" || metrics.Findings != 5 || metrics.Sinks != 2 || metrics.Unreadable != 1 {
		t.Errorf("%+v\n%s", metrics, diff)
	}
	if len(slack.bodies) != 1 {
		t.Errorf("the broken webhook was called %d times in one invocation", len(slack.bodies))
	}
}

func TestDeadline(t *testing.T) {
	release := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer hanging.Close()
	defer close(release)
	a, _ := load(t, map[string]string{"SINKS": "slack", "SLACK_WEBHOOK_URL": hanging.URL + "/services/" + hookSecret})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if _, err := a.Invoke(ctx, []byte(event("f1", 8))); err == nil || ctx.Err() != nil {
		t.Errorf("error %v, context %v", err, ctx.Err())
	}
}

func TestMistakes(t *testing.T) {
	t.Setenv("SINKS", "slack,sns")
	t.Setenv("SLACK_WEBHOOK_URL", "")
	t.Setenv("SNS_TOPIC_ARN", "nope")
	t.Setenv("MIN_SEVERITY", "loud")
	t.Setenv("FIELDS", "everything")
	t.Setenv("SNS_FIELDS", "count")
	t.Setenv("TITLE_TEMPLATE", "{{.titel}}")
	t.Setenv("WHEN", "levl == 's3cret'")
	t.Setenv("SNS_WHEN", "severity >= 's3cret'")
	t.Setenv("SLACK_MENTION", "@jane")
	_, err := app.Load(t.Context(), app.Options{Settings: config.Environment()})
	var names []string
	for _, mistake := range app.Mistakes(err) {
		name, _, _ := strings.Cut(mistake.Error(), ":")
		names = append(names, name)
	}
	if diff := cmp.Diff([]string{
		"MIN_SEVERITY", "FIELDS", "TITLE_TEMPLATE", "WHEN", "SLACK_MENTION", "SLACK_WEBHOOK_URL", "SNS_TOPIC_ARN", "SNS_WHEN",
	}, names); diff != "" {
		t.Error(diff)
	}
}

// The operator's names stand wherever an account is: in the headline, and beside a resource
// elsewhere.
func TestAccountNamesInASequence(t *testing.T) {
	hook := newHook(t, http.StatusOK)
	a, _ := load(t, map[string]string{
		"SINKS": "slack", "SLACK_WEBHOOK_URL": hook.address(), "ACCOUNT_NAMES": "111122223333=prod,444455556666=dev",
	})
	const event = `{"source":"aws.guardduty","detail-type":"GuardDuty Finding","detail":{"id":"s1","accountId":"111122223333",
		"region":"eu-west-1","type":"AttackSequence:S3/CompromisedData","severity":9,"title":"t","service":{"detection":{"sequence":{"resources":[
		{"uid":"b1","resourceType":"S3_BUCKET","accountId":"444455556666"},{"uid":"b2","resourceType":"S3_BUCKET","accountId":"111122223333"}]}}}}}`
	if _, err := a.Handle(t.Context(), []byte(event)); err != nil || len(hook.bodies) != 1 {
		t.Fatalf("%d messages, error %v", len(hook.bodies), err)
	}
	for _, want := range []string{"prod / eu-west-1", "S3 bucket `b1`, account dev (`444455556666`); S3 bucket `b2`"} {
		if !strings.Contains(hook.bodies[0], want) {
			t.Errorf("the message lacks %q: %s", want, hook.bodies[0])
		}
	}
}
