package summary_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/summary"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

const prod, dev = "111122223333", "444455556666"

// texts returns the values of a word by name.
func texts(w notify.Word) map[string]string {
	all := map[string]string{}
	for _, v := range w.Values {
		all[v.Name] = v.Text
	}
	return all
}

// Two processes count two weeks; what is said of the second is what came of it, beside the first, once for the
// sink, however often and how late it is asked for.
func TestWeek(t *testing.T) {
	w := newWorld()
	processes := []*pipeline.Pipeline{w.process(), w.process()}
	for day := range 14 {
		for i := range day%7 + 1 {
			p := processes[i%2]
			w.finds(t, p, 5, prod, "i-1")
			if day >= 7 {
				w.finds(t, p, 9.5, dev, fmt.Sprint("i-", i))
				w.finds(t, p, 1, dev, "i-low")
			}
		}
		w.pass(24 * time.Hour)
	}
	w.slack.err = notify.PermanentSink(errors.New("status 404"))
	w.finds(t, processes[0], 5, prod, "i-1") // on the Monday after
	w.slack.err = nil
	for range 2 {
		for _, p := range processes {
			if r := w.asks(t, p, "2026-03-23T07:00:00Z", `{}`); r.Err() != nil || len(r.Records[0].Findings) > 0 {
				t.Fatalf("got %+v", r)
			}
		}
		w.pass(5 * 24 * time.Hour) // late, and once more
	}
	if len(w.slack.summaries) != 1 || len(w.oncall.summaries) != 0 {
		t.Fatalf("%d and %d summaries, want 1 and 0", len(w.slack.summaries), len(w.oncall.summaries))
	}
	word := w.slack.summaries[0].Word
	if diff := cmp.Diff(map[string]string{
		"sink": "slack", "from": "2026-03-16", "to": "2026-03-22", "total": "84", "told": "56", "came": "84 (28)", "sent": "56 (28)",
		"nobody": "28 (0)", "dead_letters": "0 (0)", "days": "▂▃▄▅▆▇█ 3, 6, 9, 12, 15, 18, 21",
	}, texts(word)); diff != "" {
		t.Error(diff)
	}
	var counts []string
	for _, tally := range word.Tallies {
		counts = append(counts, fmt.Sprintf("%s %v more %d", tally.Name, tally.Counts, tally.More))
	}
	if diff := cmp.Diff([]string{
		"level [{critical 28} {medium 28} {low 28}] more 0", "account [{" + dev + " 56} {prod (" + prod + ") 28}] more 0",
		"type [{Recon:EC2/Portscan 84}] more 0", "resource [{i-1 34} {i-low 28} {i-0 7} {i-2 5} {i-3 4}] more 6",
	}, counts); diff != "" {
		t.Error(diff)
	}
	w.asks(t, processes[1], "2026-03-30T07:00:00Z", `{"sink":"slack"}`)
	if got := texts(w.slack.summaries[1].Word)["dead_letters"]; got != "1 (0)" {
		t.Errorf("the week after has %s dead letters", got)
	}
}

// What is handed back comes again, and counts once: the finding when nothing is left to be done for it, a
// message when it is sent, a letter when it is written.
func TestCountedOnce(t *testing.T) {
	w := newWorld()
	p := w.process()
	critical := w.event(9.5, prod, "i-1")
	w.oncall.err = errors.New("status 500")
	for range 3 {
		w.handle(t, p, critical)
	}
	w.oncall.err = nil
	w.handle(t, p, critical)
	w.slack.err = notify.PermanentSink(errors.New("status 404"))
	w.oncall.err = errors.New("status 500")
	other := w.event(9.5, prod, "i-2")
	for range 3 {
		w.handle(t, p, other)
	}
	w.oncall.err = nil
	w.handle(t, p, other)
	w.handle(t, p, other) // a copy, which came once more
	if diff := cmp.Diff(map[string]int64{
		"in": 3, "l critical": 3, "s slack": 1, "x slack": 1, "a " + prod: 3, "t Recon:EC2/Portscan": 3, "r i-1": 1, "r i-2": 2,
	}, w.numbers(t, "2026-03-09")); diff != "" {
		t.Error(diff)
	}
}

// However many accounts and resources there are, the item of a day stays small, nothing is missing from its
// sums, and what is frequent has a name though it came late.
func TestItemStaysSmall(t *testing.T) {
	w := newWorld()
	random := rand.New(rand.NewPCG(1, 21))
	processes := []*pipeline.Pipeline{w.process(), w.process(), w.process()}
	const findings = 3_000
	for i := range findings {
		resource := fmt.Sprintf("arn:aws:ec2:eu-west-1:%012d:instance/i-%017d", i, i)
		if i > findings/2 && i%3 == 0 {
			resource = "i-frequent"
		}
		w.finds(t, processes[random.IntN(3)], 5, fmt.Sprintf("%012d", random.IntN(500)), resource)
	}
	day := w.numbers(t, "2026-03-09")
	sums, size := map[string]int64{}, 0
	for name, n := range day {
		size += len("number ") + len(name) + 1 + len(fmt.Sprint(n))/2 + 1 // as DynamoDB counts it
		if len(name) == 1 || name[1] == ' ' {
			sums[name[:1]] += n
		}
	}
	for _, trait := range []string{"a", "t", "r", "l"} {
		if sums[trait] != findings {
			t.Errorf("%d findings by %s, want %d", sums[trait], trait, findings)
		}
	}
	if size > 2_048 {
		t.Errorf("the item has %d bytes", size)
	}
	if got := day["r i-frequent"]; got < findings/6-3*8 {
		t.Errorf("what is frequent was counted %d times, want about %d", got, findings/6)
	}
	if got := w.store.reads.Load(); got != 3 {
		t.Errorf("%d reads, want one for each process", got)
	}
	if got := w.store.adds.Load(); got != findings {
		t.Errorf("%d writes, want one for each payload", got)
	}
}

// A table that is down keeps no finding back; what it does not take is not counted, and the rest adds up.
func TestTableDown(t *testing.T) {
	w := newWorld()
	random := rand.New(rand.NewPCG(2, 21))
	p, counted := w.process(), int64(0)
	for i := range 400 {
		w.store.isDown.Store(random.IntN(4) == 0)
		r := w.finds(t, p, 5, prod, fmt.Sprint("i-", random.IntN(60)))
		if outcome := r.Records[0].Findings[0].Results[0].Outcome; outcome != "delivered" || r.Err() != nil {
			t.Fatalf("finding %d: %s", i, outcome)
		}
		if !w.store.isDown.Load() {
			counted++
		}
	}
	sum := int64(0)
	for name, n := range w.numbers(t, "2026-03-09") {
		if strings.HasPrefix(name, "r") {
			sum += n
		}
	}
	if got := w.numbers(t, "2026-03-09")["in"]; got != counted || sum != counted || w.trouble.Load() == 0 {
		t.Errorf("%d counted, %d by resource, want %d; %d troubles", got, sum, counted, w.trouble.Load())
	}
	w.store.isDown.Store(true)
	if r := w.asks(t, p, "2026-03-16T07:00:00Z", `{}`); r.Err() == nil {
		t.Error("a summary that cannot be read is not asked for again")
	}
}

// A record for a sink that is told of no week, and one that is odd, are no findings and go round no more.
func TestOddRecords(t *testing.T) {
	w := newWorld()
	p := w.process()
	for detail, want := range map[string]int{`{"sink":"oncall"}`: 0, `{"sink":"nobody"}`: 0, `[]`: 1, `"x"`: 1, `null`: 1, `{"sink":"slack","x":1}`: 1} {
		w.slack.summaries = nil
		w.pass(7 * 24 * time.Hour)
		r := w.asks(t, p, w.now().Format(time.RFC3339), detail)
		if r.Err() != nil || len(r.Records[0].Findings) > 0 || len(w.slack.summaries) != want {
			t.Errorf("%s: %v, %d summaries, want %d", detail, r.Err(), len(w.slack.summaries), want)
		}
	}
	none := summary.New(summary.Options{})
	if done, err := none.Duty().Do(t.Context(), events.Envelope{}); err != nil || len(done.Sayings) > 0 || none.Counts() {
		t.Errorf("without a sink: %+v, %v", done, err)
	}
}

// A week ends with the Sunday before.
func TestWhichWeek(t *testing.T) {
	for at, want := range map[string]string{
		"2026-03-23T00:00:00Z": "summary/slack/2026-W12", "2026-03-22T23:59:59Z": "summary/slack/2026-W11", "2026-03-29T12:00:00Z": "summary/slack/2026-W12",
		"2026-03-23T00:30:00+01:00": "summary/slack/2026-W11", "2027-01-04T08:00:00Z": "summary/slack/2026-W53", "2026-01-05T08:00:00Z": "summary/slack/2026-W01",
	} {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := summary.Example("slack", when).Word.ID; got != want {
			t.Errorf("%s: got %s, want %s", at, got, want)
		}
	}
}

// Two deployments that tell one place of their weeks are not taken for one.
func TestWeeksOfTwoDeployments(t *testing.T) {
	c := summary.New(summary.Options{
		Store: table.NewMemory(), Sinks: []string{"slack"}, Now: time.Now, Trouble: func(err error) { t.Error(err) },
		Names: func(context.Context) map[string]string { return nil },
	})
	var ids []string
	for _, region := range []string{"eu-west-1", "us-east-1"} {
		done, err := c.Duty().Do(t.Context(), events.Envelope{Account: "111122223333", Region: region, Time: time.Date(2026, 3, 23, 7, 0, 0, 0, time.UTC)})
		if err != nil || len(done.Sayings) != 1 {
			t.Fatalf("got %+v, %v", done, err)
		}
		word := done.Sayings[0].Notification.Word
		if !slices.ContainsFunc(word.Values, func(v notify.Value) bool { return v.Text == region }) {
			t.Errorf("the summary does not say its region: %+v", word)
		}
		ids = append(ids, word.ID)
	}
	if ids[0] == ids[1] {
		t.Errorf("both are %s", ids[0])
	}
}

// What others have put into the name of a resource is cut, and a text all the same.
func TestOddNames(t *testing.T) {
	w := newWorld()
	p := w.process()
	for _, name := range []string{"", " ", strings.Repeat("é", 1_000), "a\u0000b", "x y z", "<!channel> *b*"} {
		w.finds(t, p, 5, prod, name)
	}
	for name := range w.numbers(t, "2026-03-09") {
		if len(name) > 2+64 {
			t.Errorf("%d bytes: %s", len(name), name)
		}
	}
	w.asks(t, p, "2026-03-16T07:00:00Z", `{}`)
	message := formatter.New(w.slack.summaries[0], formatter.Style{})
	if len(message.Groups) != 4 || strings.Contains(message.Title+message.Description, "{") || !strings.Contains(message.Title, ": 6 ") {
		t.Errorf("got %+v", message)
	}
}
