package outside_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What stands in the table: attributes, types and values. Whoever updates Tocsin has a table that is full of these.
func TestItems(t *testing.T) {
	var text strings.Builder
	leasing := newWorld(t, "lease", map[string]string{"SINKS": "slack", "SNS_TOPIC_ARN": ""})
	leasing.slack.answers(func(http.ResponseWriter) bool {
		fmt.Fprintf(&text, "== while a sink is sent a finding: a lease\n%s\n", items(t, leasing.table))
		return false
	})
	leasing.invoke(t, event(t, "ssh", nil))

	w := newWorld(t, "items", nil)
	write := func(name string) { fmt.Fprintf(&text, "== %s\n%s\n", name, items(t, w.table)) }
	w.play(t, step{payload: event(t, "ssh", nil)})
	write("a finding that two sinks have")
	w.play(t, step{payload: event(t, "ssh", map[string]any{"updatedAt": "2026-03-16T09:13:10.500Z", "count": 100})})
	write("a newer version of it")
	w.play(t, step{"", refusal(http.StatusTooManyRequests, "rate_limited", false), batch(t, event(t, "bucket", map[string]any{"severity": 8}))})
	w.play(t, step{"", refusal(http.StatusNotFound, "no_service", false), batch(t, event(t, "sequence", nil))})
	write("a finding handed back by one sink, and one that is dead for it")
	golden(t, "items.txt", text.String())
}

// A digest from its first finding to its message, with what it leaves in the table, in the queue and in the log.
func TestDigest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "digest", map[string]string{"SINKS": "slack", "SNS_TOPIC_ARN": "", "DIGEST_AFTER": "1", "DIGEST_EVERY": "10s"})
	insideMinute(10 * time.Second)
	findings := []string{event(t, "ssh", nil), event(t, "generic", nil), event(t, "ssh", map[string]any{"id": "another", "severity": 6})}
	var announced []message
	for i, body := range findings {
		w.invokeAndKeep(t, fmt.Sprint("finding ", i+1), batch(t, body), &announced)
	}
	fmt.Fprintf(&w.text, "== the table while the digest is open\n%s\n", items(t, w.table))
	if len(announced) != 1 {
		t.Fatalf("%d messages in the queue, want that which asks for the digest", len(announced))
	}
	w.slack.took()
	fmt.Fprintf(&w.text, "== the digest\nanswer: %s\n", w.invoke(t, batch(t, announced[0].Body)))
	for _, line := range w.log(t) {
		fmt.Fprintf(&w.text, "log: %s\n", w.line(t, line))
	}
	fmt.Fprintf(&w.text, "\n== the table after that\n%s\n", items(t, w.table))
	golden(t, "digest.txt", w.text.String())
	golden(t, "digest.slack.json", strings.Join(w.slack.took(), ""))

	w.play(t, step{"once more", nil, batch(t, announced[0].Body)})
	w.text.Reset()
	announced = nil
	w.invokeAndKeep(t, "the first finding of the next digest", batch(t, event(t, "ssh", map[string]any{"id": "later"})), &announced)
	w.play(t, step{"a digest that cannot be sent", refusal(http.StatusNotFound, "no_service", false), batch(t, announced[0].Body)})
	w.play(t, step{"a digest of a sink that is gone", nil, batch(t, strings.ReplaceAll(announced[0].Body, `"slack"`, `"pager"`))})
	golden(t, "digest-strange.txt", w.text.String())
}

// invokeAndKeep plays a step and keeps what it sent to queues.
func (w *world) invokeAndKeep(t *testing.T, name, payload string, kept *[]message) {
	t.Helper()
	fmt.Fprintf(&w.text, "== %s\nanswer: %s\n", name, w.invoke(t, payload))
	for _, line := range w.log(t) {
		fmt.Fprintf(&w.text, "log: %s\n", w.line(t, line))
	}
	for _, m := range w.services.took() {
		*kept = append(*kept, m)
		m.Body = compact(t, settled(decoded(t, []byte(m.Body))))
		fmt.Fprintf(&w.text, "queue: %s\n", compact(t, m))
	}
	fmt.Fprintln(&w.text)
}

// insideMinute waits for the next minute when less than enough is left of this one: messages are counted by the minute.
func insideMinute(enough time.Duration) {
	now := time.Now()
	if left := now.Truncate(time.Minute).Add(time.Minute).Sub(now); left < enough {
		time.Sleep(left + 100*time.Millisecond)
	}
}

// value is an attribute of an item by its type.
type value map[string]json.RawMessage

// items lists the items of a table, each with its attributes in the order of their names.
func items(t *testing.T, table string) string {
	t.Helper()
	var scanned struct{ Items []map[string]value }
	if err := json.Unmarshal(dynamoDB(t, "Scan", map[string]any{"TableName": table, "ConsistentRead": true}), &scanned); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, item := range scanned.Items {
		if number := string(item["number"]["N"]); number == `"0"` {
			continue // a minute without messages, which was only asked for
		}
		var text strings.Builder
		for _, name := range slices.Sorted(maps.Keys(item)) {
			fmt.Fprintf(&text, "%s: %s\n", name, shown(t, name, item[name]))
		}
		all = append(all, text.String())
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// shown gives the type of an attribute, and its value without what differs from run to run and without what is zero in
// its JSON.
func shown(t *testing.T, name string, v value) string {
	t.Helper()
	for kind, raw := range v {
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return kind + " " + string(raw)
		}
		switch {
		case name == "expires":
			seconds, _ := strconv.ParseInt(text, 10, 64)
			return fmt.Sprintf("%s in %s", kind, time.Until(time.Unix(seconds, 0)).Round(5*time.Minute))
		case minute(text):
			return kind + " <minute>"
		case strings.HasPrefix(name, "number "):
			return kind + " <count>"
		case strings.HasPrefix(text, "{"):
			return kind + " " + strings.TrimSpace(indented(t, withoutZeros(leased(settled(decoded(t, []byte(text)))))))
		default:
			return kind + " " + settledText(text)
		}
	}
	return "nothing"
}

// minute reports whether a text is a minute of this run, as counters have it for a key.
func minute(text string) bool {
	at, err := time.Parse("2006-01-02T15:04", text)
	return err == nil && time.Since(at).Abs() < time.Hour
}

// leased takes the random id out of a lease, of each sink where there are several.
func leased(record any) any {
	if members, ok := record.(map[string]any); ok {
		if sinks, ok := members["sinks"].(map[string]any); ok {
			for _, one := range sinks {
				leased(one)
			}
		}
		if lease, ok := members["lease"].(map[string]any); ok && lease["owner"] != nil {
			lease["owner"] = "<owner>"
		}
	}
	return record
}

// A table that the version of the freeze has written is understood: testdata/table.json was filled by it, and is never
// written anew.
func TestTableOfBefore(t *testing.T) {
	w := newWorld(t, "before", map[string]string{
		"SINKS": "slack", "SNS_TOPIC_ARN": "", "SLACK_WEBHOOK_URL": "", "SLACK_BOT_TOKEN": "xoxb-secret", "SLACK_CHANNEL": "C0123ABCD", "SLACK_API_URL": "{api}",
	})
	for _, item := range decoded(t, []byte(read(t, filepath.Join("testdata", "table.json")))).([]any) {
		dynamoDB(t, "PutItem", map[string]any{"TableName": w.table, "Item": item})
	}
	flush := `{"version":"0","source":"tocsin","detail-type":"Tocsin Digest","detail":` +
		`{"sink":"slack","digest":"aaaaaaaaaaaaaaaaaaaaaaaaaa","until":"2026-03-16T08:30:00Z"}}`
	for _, s := range []step{
		{"what was sent", nil, event(t, "ssh", nil)},
		{"what is dead", nil, batch(t, event(t, "sequence", nil))},
		{"what another invocation is at", nil, batch(t, event(t, "ssh", map[string]any{"id": "leased"}))},
	} {
		w.play(t, s)
	}
	w.show(t, "an update, in the thread", event(t, "ssh", map[string]any{"updatedAt": "2026-03-16T09:13:10.500Z", "count": 20, "severity": 8}))
	w.show(t, "the digest that is open", batch(t, flush))
	golden(t, "table-of-before.txt", w.text.String())
}
