package pagerdutytest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/pagerduty/pagerdutytest"
)

// The fake refuses what PagerDuty refuses, each for its own reason.
func TestRefuses(t *testing.T) {
	const payload = `"payload":{"summary":"s","source":"x","severity":"error"}`
	head := `{"routing_key":"` + pagerdutytest.Key + `",`
	good := head + `"event_action":"trigger","dedup_key":"k",` + payload + `}`
	swap := func(old, other string) string { return strings.ReplaceAll(good, old, other) }
	for name, test := range map[string]struct {
		path, body string
		want       int
		says       string
	}{
		"good":              {"enqueue", good, 202, `"dedup_key":"k"`},
		"end":               {"enqueue", head + `"event_action":"resolve","dedup_key":"k"}`, 202, "success"},
		"acknowledged":      {"enqueue", head + `"event_action":"acknowledge","dedup_key":"k"}`, 202, `"dedup_key":"k"`},
		"no key to take on": {"enqueue", head + `"event_action":"acknowledge"}`, 400, "dedup_key"},
		"given back":        {"enqueue", head + `"event_action":"unacknowledge","dedup_key":"k"}`, 400, "event_action"},
		"change that does":  {"change/enqueue", head + `"event_action":"acknowledge","payload":{"summary":"s"}}`, 400, "change"},
		"change":            {"change/enqueue", head + `"payload":{"summary":"s"}}`, 202, "success"},
		"another path":      {"other", good, 404, "Not Found"},
		"no JSON":           {"enqueue", "{", 400, "JSON"},
		"short key":         {"enqueue", swap(pagerdutytest.Key, "abc"), 400, "Length of 'routing_key'"},
		"odd key":           {"enqueue", swap(pagerdutytest.Key, strings.Repeat("-", 32)), 400, "non-alphanumeric"},
		"unknown key":       {"enqueue", swap(pagerdutytest.Key, strings.Repeat("a", 32)), 400, "Invalid routing key"},
		"severity":          {"enqueue", swap(`"error"`, `"high"`), 400, "payload.severity"},
		"number":            {"enqueue", swap(`"error"`, `8`), 400, "JSON"},
		"no source":         {"enqueue", swap(`"source":"x",`, ""), 400, "payload.source"},
		"no summary":        {"enqueue", swap(`"s"`, `""`), 400, "payload.summary"},
		"long summary":      {"enqueue", swap(`"s"`, `"`+strings.Repeat("🔥", 513)+`"`), 400, "1026 characters"},
		"long key":          {"enqueue", swap(`"k"`, `"`+strings.Repeat("k", 256)+`"`), 400, "dedup_key"},
		"action":            {"enqueue", swap("trigger", "open"), 400, "event_action"},
		"end without key":   {"enqueue", head + `"event_action":"resolve"}`, 400, "dedup_key"},
		"link":              {"enqueue", swap(payload, payload+`,"links":[{"href":"http://x"}]`), 400, "https"},
		"time":              {"enqueue", swap(`"s"`, `"s","timestamp":"yesterday"`), 400, "timestamp"},
		"change with a key": {"change/enqueue", good, 400, "change"},
		"too large":         {"enqueue", swap(`"s"`, `"s","custom_details":{"a":"`+strings.Repeat("a", 512_000)+`"}`), 413, "Too Large"},
	} {
		server := pagerdutytest.New(t)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL()+test.path, strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != test.want || !strings.Contains(string(body), test.says) {
			t.Errorf("%s: got %d %s, %v", name, answer.StatusCode, body, err)
		}
	}
}
