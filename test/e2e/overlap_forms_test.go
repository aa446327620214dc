package e2e_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/test/tableserver"
)

// hand hands the function all that waits in the queue, in one batch; nothing of it may come again.
func (q *overlapQueue) hand(t *testing.T, f *function) {
	t.Helper()
	for _, r := range q.records {
		r.visible = time.Time{}
	}
	batch := q.records
	q.records = nil
	if got := f.succeeded(t, overlapPayload(batch)); got != `{"batchItemFailures":[]}` {
		t.Errorf("got %s", got)
	}
}

// A digest is opened by one build and sent by the other, whole, and the counts of messages of one are no matter of
// the other. A flush record that comes again is nothing to the new build, and sends the digest once more from the
// old one.
func TestDigestOfTwoBuilds(t *testing.T) {
	programs := map[string]string{"old": buildBefore(t), "new": shared.bootstrap}
	for opener, test := range map[string]struct {
		flusher string
		again   int // messages for a flush record that comes to the opener after that
	}{"old": {"new", 1}, "new": {"old", 0}} {
		t.Run(opener, func(t *testing.T) {
			slack, queue := newSlack(t), newOverlapQueue()
			variables := map[string]string{
				"SINKS": "slack", "SLACK_WEBHOOK_URL": slack.URL(), "RATE": "0", "DIGEST_AFTER": "1", "LEDGER": "dynamodb", "LEDGER_TABLE": "digests",
				"AWS_ENDPOINT_URL_DYNAMODB": goTableOf(t, "digests"), "AWS_ENDPOINT_URL_SQS": (&overlapWorld{t: t}).serve(queue),
			}
			seed := maps.Clone(variables)
			seed["SINKS"], seed["SEED_WEBHOOK_URL"] = "seed=slack", newSlack(t).URL()
			queue.put(overlapEvent(9, 1), nil, 0)
			queue.hand(t, startProgram(t, programs["old"], seed)) // the table is in use
			first, second := startProgram(t, programs[opener], variables), startProgram(t, programs[test.flusher], variables)
			for number := range 4 {
				queue.put(overlapEvent(number, 1), nil, 0)
			}
			queue.hand(t, first)
			if got := len(slack.Messages()); got != 1 || len(queue.records) != 1 {
				t.Fatalf("%d messages and %d flush records, want one of each", got, len(queue.records))
			}
			flush := queue.records[0].body
			queue.hand(t, second)
			messages := slack.Messages()
			if len(messages) != 2 || !strings.Contains(string(messages[1]), "3 findings") {
				t.Fatalf("%d messages, want a digest of three findings: %s", len(messages), messages[len(messages)-1])
			}
			queue.put(overlapEvent(4, 1), nil, 0)
			queue.hand(t, second)
			if got := len(slack.Messages()); got != 3 {
				t.Errorf("%d messages, want one more: what the other build has sent in this minute does not count", got)
			}
			queue.put(flush, nil, 0)
			queue.hand(t, first)
			if got := len(slack.Messages()) - 3; got != test.again {
				t.Errorf("%d messages for a flush record that comes again, want %d", got, test.again)
			}
		})
	}
}

// A table that never was the old build's is rolled back to it, and comes back with nobody having done anything to it. What
// that one has sent is sent once more at the most, and its end is told.
func TestRollBackOfAFreshTable(t *testing.T) {
	older := buildBefore(t)
	slack, tp := newSlack(t), newTopic(t, "fresh")
	variables, _ := deployed(t, slack, tp, "fresh")
	maps.Copy(variables, map[string]string{"RATE": "0", "DIGEST_AFTER": "0", "AWS_ENDPOINT_URL_DYNAMODB": goTableOf(t, "fresh")})
	seen := 0
	expect := func(f *function, what string, number, version, want int) {
		t.Helper()
		f.batch(t, map[string]string{"m": overlapEvent(number, version)}, 1)
		all, atTopic := len(slack.Messages()), len(tp.received(t))
		if got := all - seen; got != want || atTopic != want {
			t.Errorf("%s: %d messages at Slack and %d at SNS, want %d", what, got, atTopic, want)
		}
		seen = all
	}
	f := start(t, variables)
	expect(f, "a fresh table", 0, 1, 1)
	f = startProgram(t, older, variables)
	expect(f, "rolled back", 1, 1, 1)
	expect(f, "rolled back", 2, 1, 1)
	f = start(t, variables)
	expect(f, "the end of what the old build has sent", 1, 3, 1)
	expect(f, "that again", 1, 3, 0)
	expect(f, "what the old build has sent, once more", 2, 1, 1)
	expect(f, "and again", 2, 1, 0)
	expect(f, "the end of what nobody was sent", 3, 3, 0)
}

// goTableOf is a table of the table server, which says what is there where a write is refused, as DynamoDB does.
func goTableOf(t *testing.T, name string) (url string) {
	t.Helper()
	tables := tableserver.New()
	if err := tables.CreateTable(name, "pk", "sk"); err != nil {
		t.Fatal(err)
	}
	return (&overlapWorld{t: t}).serve(tables)
}

// What the old build does not know of Tocsin's own records: it takes each for a finding of an unknown source, and sends
// it to everybody. The same record, when it comes to the new build, is what it is.
func TestOwnRecordsAtTheOldBuild(t *testing.T) {
	older := buildBefore(t)
	variables, wants, other := drilled(t, "own-records")
	variables["SLACK_SUMMARY"] = "weekly"
	before := maps.Clone(variables) // the old build does not start with settings of an instance that it does not know
	maps.DeleteFunc(before, func(name, _ string) bool { return name == "SLACK_DRILL" || name == "SLACK_SUMMARY" })
	now := time.Now().Add(-time.Minute).Truncate(time.Second)
	records := map[string]string{
		"drill": drillOf("tocsin-findings", now), "check": checkOf(now, "tocsin-findings"),
		"summary": fmt.Sprintf(`{"source":"tocsin","detail-type":"Tocsin Summary","time":%q,"detail":{}}`, now.UTC().Format(time.RFC3339)),
	}
	f := startProgram(t, older, before)
	f.batch(t, maps.Clone(records), 1)
	if wants() != 3 || other() != 3 {
		t.Errorf("the old build: %d and %d messages, want three and three", wants(), other())
	}
	f = start(t, variables)
	for _, name := range []string{"drill", "check", "summary"} {
		f.batch(t, map[string]string{name: records[name]}, 1)
	}
	if wants() != 5 || other() != 3 {
		t.Errorf("then the new one: %d and %d messages, want a heartbeat and a summary more at the one, and none at the other", wants(), other())
	}
	if got := f.drills(t, 3); len(got) != 1 || got[0] != 1 {
		t.Errorf("the metric of the drill is %v, want 1", got)
	}
}
