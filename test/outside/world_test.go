package outside_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// world is a function with a Slack, a topic, queues and a table around it.
type world struct {
	*function
	slack    *slack
	services *services
	table    string
	// metrics is the declaration of the metrics as it was first seen.
	metrics string
	text    strings.Builder
}

// newWorld starts a function over a table of its own, with the given variables over the usual ones; {api} stands
// for the address of Slack's Web API.
func newWorld(t *testing.T, table string, variables map[string]string) *world {
	t.Helper()
	w := &world{slack: newSlack(t), services: newServices(t), table: newTable(t, table)}
	all := map[string]string{
		"SINKS": "slack,sns", "SLACK_WEBHOOK_URL": w.slack.webhook(), "SNS_TOPIC_ARN": topicARN, "RATE": "0", "DIGEST_AFTER": "0",
		"LEDGER": "dynamodb", "LEDGER_TABLE": w.table, "DEAD_LETTER_QUEUE_URL": deadLetters,
		"AWS_ENDPOINT_URL_DYNAMODB": shared.tables.url, "AWS_ENDPOINT_URL_SQS": w.services.server.URL, "AWS_ENDPOINT_URL_SNS": w.services.server.URL,
	}
	maps.Copy(all, variables)
	for name, value := range all {
		all[name] = strings.ReplaceAll(value, "{api}", w.slack.api())
	}
	w.function = start(t, all)
	return w
}

// step is one invocation.
type step struct {
	name string
	// slack prepares Slack's answers; nil lets it accept everything.
	slack   func(*slack)
	payload string
}

// refusal makes Slack refuse.
func refusal(status int, text string, onlyFirst bool) func(*slack) {
	return func(s *slack) { s.refuses(status, text, onlyFirst) }
}

// play invokes the function and writes down its answer, its log and what it sent.
func (w *world) play(t *testing.T, s step) {
	t.Helper()
	w.slack.answers(nil)
	if s.slack != nil {
		s.slack(w.slack)
	}
	fmt.Fprintf(&w.text, "== %s\nanswer: %s\n", s.name, settledText(w.invoke(t, s.payload)))
	for _, line := range w.log(t) {
		fmt.Fprintf(&w.text, "log: %s\n", w.line(t, line))
	}
	for _, m := range w.services.took() {
		if m.Body == s.payload || strings.Contains(s.payload, `"body":`+compact(t, m.Body)) {
			m.Body = "<as it came>"
		}
		fmt.Fprintf(&w.text, "queue: %s\n", worded(settledText(compact(t, m))))
	}
	for _, hidden := range w.services.hides() {
		fields := strings.Fields(hidden) // for how long is left to chance
		fmt.Fprintf(&w.text, "hidden: %s %s\n", fields[0], fields[1])
	}
	fmt.Fprintf(&w.text, "slack: %s, sns: %s\n\n", times(len(w.slack.took())), times(len(w.services.topics())))
}

// times says how many requests there were, as far as that is not left to chance.
func times(n int) string {
	if n > 2 {
		return "several"
	}
	return fmt.Sprint(n)
}

// line gives a line of the log without what differs from run to run. A line of metrics has the same members each time,
// which are shown once; after that it is shown without what is zero.
func (w *world) line(t *testing.T, line map[string]any) string {
	t.Helper()
	line = byChance(line)
	declaration, isMetrics := line["_aws"].(map[string]any)
	if !isMetrics {
		return worded(compact(t, settled(line)))
	}
	declaration["Timestamp"] = "<now>"
	if line["message"] != "metrics" { // which have the members that there is something of
		return compact(t, line)
	}
	if line["LedgerUnavailable"] != json.Number("0") {
		line["LedgerUnavailable"] = "<more than 0>"
	}
	mutes := line["mutes"]
	delete(line, "mutes")
	shape := regexp.MustCompile(`:(\d+|"<more than 0>"|"<age>")`).ReplaceAllString(compact(t, line), ":0")
	if w.metrics == "" {
		w.metrics = shape
		return indented(t, line)
	}
	if w.metrics != shape {
		return "another form of metrics: " + compact(t, line)
	}
	delete(line, "_aws")
	line["mutes"] = mutes
	return compact(t, withoutZeros(line))
}

// byChance takes out of a line how long things took, how often a sink was called that kept failing, and
// what the program was built from.
func byChance(line map[string]any) map[string]any {
	for name, word := range map[string]string{"Latency": "<ms>", "SendDuration": "<ms>", "version": "<version>", "commit": "<commit>"} {
		if line[name] != nil {
			line[name] = word
		}
	}
	if line["OldestRetry"] != nil && line["OldestRetry"] != json.Number("0") {
		line["OldestRetry"] = "<age>"
	}
	latencies, _ := line["latencyMs"].(map[string]any)
	for sink := range latencies {
		latencies[sink] = "<ms>"
	}
	attempts, _ := line["attempts"].(map[string]any)
	for sink, n := range attempts {
		attempts[sink] = fewOrSeveral(n)
	}
	if line["Failures"] != nil {
		line["Failures"] = fewOrSeveral(line["Failures"])
	}
	return line
}

// fewOrSeveral gives a number as it is as far as it is not left to chance.
func fewOrSeveral(n any) any {
	if !slices.Contains([]any{json.Number("1"), json.Number("2")}, n) {
		return "<several>"
	}
	return n
}

// withoutZeros takes what is zero, false, empty or no time out of the objects in a JSON value.
func withoutZeros(value any) any {
	members, _ := value.(map[string]any)
	for name, member := range members {
		member = withoutZeros(member)
		switch inner := member.(type) {
		case map[string]any:
			if len(inner) > 0 {
				continue
			}
		case json.Number, string, bool, nil:
			if !slices.Contains([]any{json.Number("0"), "", "0001-01-01T00:00:00Z", false, nil}, member) {
				continue
			}
		default:
			continue
		}
		delete(members, name)
	}
	return value
}

// Outcomes, answers, log lines, metrics and dead letters of what can become of a payload.
func TestHandling(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "handling", map[string]string{
		"SNS_WHEN": `source == "aws.guardduty"`,
		"MUTES": `[{"name":"scanner","when":"account == \"999900001111\"","until":"2099-01-01","reason":"an audit","by":"alice"},` +
			`{"name":"old","when":"sample","until":"2020-01-01","reason":"a test"}]`,
	})
	first := event(t, "ssh", nil)
	other := func(id string) string { return event(t, "ssh", map[string]any{"id": id}) }
	const hour = "2026-03-16T09:13:10.500Z"
	for _, s := range []step{
		{"a finding", nil, first},
		{"the same finding", nil, first},
		{"a repeat", nil, event(t, "ssh", map[string]any{"updatedAt": hour, "count": 4})},
		{"an update", nil, event(t, "ssh", map[string]any{"updatedAt": "2026-03-16T10:13:10.500Z", "count": 5, "severity": 8})},
		{"a batch: below, unmatched, muted, unreadable, delivered", nil, batch(t,
			event(t, "ssh", map[string]any{"id": "low", "severity": 2}), event(t, "generic", nil),
			event(t, "ssh", map[string]any{"id": "muted", "accountId": "999900001111"}), `{"hello":"world"}`, event(t, "sequence", nil))},
		{"degraded", refusal(http.StatusBadRequest, "invalid_blocks", true), batch(t, other("degraded"))},
		{"throttled", refusal(http.StatusTooManyRequests, "rate_limited", false), batch(t, other("throttled"))},
		{"throttled, without a queue", refusal(http.StatusTooManyRequests, "rate_limited", false), other("throttled-2")},
		{"failing", refusal(http.StatusServiceUnavailable, "down", false), batch(t, other("failing"))},
		{"retried", nil, batch(t, other("failing"))},
		{"dead", refusal(http.StatusNotFound, "no_service", false), batch(t, other("dead"))},
		{"dead already", nil, batch(t, other("dead"))},
		{"refused in both forms", refusal(http.StatusBadRequest, "invalid_payload", false), batch(t, other("refused"))},
		{"no event", nil, `{"hello":"world"}`},
		{"no object", nil, `"hello"`},
		{"a batch of nothing", nil, `{"Records":[]}`},
		{"redrive of a dead letter", nil, redriven(t, message{Body: other("dead"), Attributes: map[string]attribute{
			"tocsin.sink": {"String", "slack"}, "tocsin.error_kind": {"String", "permanent-sink"},
		}})},
	} {
		w.play(t, s)
	}
	golden(t, "handling.txt", w.text.String())
}

// Without a ledger and without a queue for dead letters.
func TestHandlingWithoutStores(t *testing.T) {
	w := newWorld(t, "without", map[string]string{
		"DEAD_LETTER_QUEUE_URL": "", "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1", "SLACK_WHEN": `document.nothing.there > 1`,
	})
	for _, s := range []step{
		{"no ledger, and a condition that cannot be decided", nil, event(t, "ssh", nil)},
		{"dead, without a queue for dead letters", refusal(http.StatusNotFound, "no_service", false), batch(t, event(t, "sequence", nil))},
		{"dead, without any queue", refusal(http.StatusNotFound, "no_service", false), event(t, "sequence", nil)},
		{"unreadable, without a queue for dead letters", nil, batch(t, `"hello"`)},
		{"no event, without a queue for dead letters", nil, `"hello"`},
	} {
		w.play(t, s)
	}
	golden(t, "handling-without.txt", w.text.String())
}
