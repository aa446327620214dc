package ledger_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// step is one publication of a finding, and what is made of it.
type step struct {
	hours  float64
	change func(*finding.Finding)
	want   ledger.Verdict
	kind   notify.Kind
	reason string
}

// play claims one publication after another, and says that what is news was sent.
func play(t *testing.T, l *ledger.Ledger, repeat ledger.Repeat, steps []step) {
	t.Helper()
	for i, step := range steps {
		r := request("a", publication(step.hours, step.change), time.Minute)
		r.Repeat = repeat
		c := claim(t, l, r)
		if c.Verdict != step.want || c.Kind != step.kind || !strings.Contains(c.Reason, step.reason) {
			t.Errorf("step %d: got %v %v %q, want %v %v %q", i, c.Verdict, c.Kind, c.Reason, step.want, step.kind, step.reason)
		}
		if c.Verdict.IsNews() {
			must(t, l.Sent(t.Context(), c, notify.Receipt{ID: "first"}))
		}
	}
}

func in(state finding.State) func(*finding.Finding) {
	return func(f *finding.Finding) { f.State = state }
}

// An end is sent once, and so is each return, whatever the rule for repetitions.
func TestEndAndReturn(t *testing.T) {
	for _, repeat := range []string{"changes", "always", "never", "24h"} {
		rule, err := ledger.ParseRepeat(repeat)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(repeat, func(t *testing.T) {
			play(t, ledger.New(table.NewMemory(), nil), rule, []step{
				{0, in(finding.Closed), ledger.Resolved, 0, "it is over (closed), and was not sent before"},
				{0, nil, ledger.First, notify.KindFinding, ""},
				{0, in(finding.Closed), ledger.Update, notify.KindResolved, "it is over (closed), and was sent at"}, // at the same time
				{0, in(finding.Closed), ledger.Duplicate, 0, "that it is over was sent"},
				{5, in(finding.Archived), ledger.Duplicate, 0, "that it is over was sent"},
				{0, nil, ledger.Duplicate, 0, "what is newer of its state"}, // a late copy
				{-1, nil, ledger.Duplicate, 0, "what is newer of its state"},
				{6, nil, ledger.Update, notify.KindUpdate, "it is open again, after it was closed"},
				{5, in(finding.Closed), ledger.Duplicate, 0, "what is newer of its state"}, // older than its return
				{6, in(finding.OK), ledger.Update, notify.KindResolved, "it is over (ok)"},
			})
		})
	}
}

func TestEndAndReturnSayWhatChanged(t *testing.T) {
	l := ledger.New(table.NewMemory(), nil)
	next := func(hours float64, change func(*finding.Finding)) *ledger.Claim {
		c := claim(t, l, request("a", publication(hours, change), time.Minute))
		must(t, l.Sent(t.Context(), c, notify.Receipt{ID: "first"}))
		return c
	}
	next(0, nil)
	end := next(1, func(f *finding.Finding) { f.State, f.Severity = finding.Suppressed, finding.Lowest })
	again := next(2, nil)
	for _, test := range []struct {
		got  *ledger.Claim
		want []notify.Change
	}{
		{end, []notify.Change{{What: "severity", From: "5.0", To: "1.0"}}},
		{again, []notify.Change{{What: "state", From: "suppressed", To: "open"}, {What: "severity", From: "1.0", To: "5.0"}}},
	} {
		if diff := cmp.Diff(test.want, test.got.Changes); diff != "" || test.got.Previous.ID != "first" {
			t.Errorf("after %+v: %s", test.got.Previous, diff)
		}
	}
}

// What could not be sent, and so is a dead letter, has no end to be told of; the end of what was
// sent can be one, and is told of later.
func TestEndAndDeadLetters(t *testing.T) {
	l := ledger.New(table.NewMemory(), nil)
	end := func(minute int) ledger.Request {
		f := version(minute)
		f.State = finding.Resolved
		return request("a", f, time.Minute)
	}
	must(t, l.Dead(t.Context(), claim(t, l, request("a", version(1), time.Minute))))
	if got := claim(t, l, end(1)); got.Verdict != ledger.Resolved {
		t.Errorf("never sent: got %+v", got.Decision)
	}
	must(t, l.Sent(t.Context(), claim(t, l, request("a", version(2), time.Minute)), notify.Receipt{}))
	must(t, l.Dead(t.Context(), claim(t, l, end(2))))
	if got := claim(t, l, end(2)); got.Verdict != ledger.Dead {
		t.Errorf("the end is dead: got %+v", got.Decision)
	}
	replay := end(2)
	replay.Replay = true
	if got := claim(t, l, replay); got.Kind != notify.KindResolved {
		t.Errorf("a replay: got %+v", got.Decision)
	}
}

// An end that comes while somebody is sending the finding waits for what comes of that. One that
// comes before the next try makes that try needless, but for what opens again later.
func TestEndOfWhatIsOnItsWay(t *testing.T) {
	l := ledger.New(table.NewMemory(), nil)
	end := version(2)
	end.State = finding.Closed
	first := claim(t, l, request("a", version(1), time.Minute))
	if got := claim(t, l, request("b", end, time.Minute)); got.Verdict != ledger.Busy {
		t.Errorf("while it is sent: got %+v", got.Decision)
	}
	must(t, l.Release(t.Context(), first))
	for _, test := range []struct {
		f    finding.Finding
		want ledger.Verdict
	}{{end, ledger.Resolved}, {end, ledger.Resolved}, {version(1), ledger.Resolved}, {version(2), ledger.Resolved}, {version(3), ledger.First}} {
		if got := claim(t, l, request("b", test.f, time.Minute)); got.Verdict != test.want {
			t.Errorf("at %s, over: %v: got %+v", test.f.Updated, test.f.State, got.Decision)
		}
	}
}

// The same of what was sent: the last word on its state is what the sink is left with, whatever was
// handed back before.
func TestStateOfWhatIsOwed(t *testing.T) {
	at := func(minute int, state finding.State) ledger.Request {
		f := version(minute)
		f.State = state
		r := request("b", f, time.Minute)
		r.Repeat = ledger.Repeat{Kind: ledger.OnChanges}
		return r
	}
	l := ledger.New(table.NewMemory(), nil)
	must(t, l.Sent(t.Context(), claim(t, l, at(1, finding.Open)), notify.Receipt{}))
	must(t, l.Release(t.Context(), claim(t, l, at(2, finding.Closed)))) // the end is owed
	for i, step := range []struct {
		minute int
		state  finding.State
		want   ledger.Verdict
	}{
		{3, finding.Open, ledger.Repeated}, {2, finding.Closed, ledger.Duplicate}, {4, finding.Closed, ledger.Update},
		{5, finding.Open, ledger.Update}, {6, finding.Closed, ledger.Duplicate}, {5, finding.Open, ledger.Duplicate}, {7, finding.Open, ledger.Update},
	} {
		c := claim(t, l, at(step.minute, step.state))
		if c.Verdict != step.want {
			t.Errorf("step %d: got %+v", i, c.Decision)
		}
		switch {
		case step.minute == 5 && c.Verdict.IsNews():
			must(t, l.Release(t.Context(), c)) // its return is owed
		case c.Verdict.IsNews():
			must(t, l.Sent(t.Context(), c, notify.Receipt{}))
		}
	}
}

// readOnly is a store that keeps nothing any more.
type readOnly struct {
	table.Store
	is bool
}

func (r *readOnly) Save(ctx context.Context, key table.Key, record table.Record, revision int64) error {
	if r.is {
		return errors.New("throttled")
	}
	return r.Store.Save(ctx, key, record, revision)
}

// An end that cannot be remembered while the finding is owed comes again: nobody else tells it.
func TestEndThatCannotBeRemembered(t *testing.T) {
	store := &readOnly{Store: table.NewMemory()}
	l := ledger.New(store, nil)
	must(t, l.Release(t.Context(), claim(t, l, request("a", version(1), time.Minute))))
	end := version(2)
	end.State, store.is = finding.Closed, true
	if c, err := l.Claim(t.Context(), request("b", end, time.Minute)); err == nil {
		t.Errorf("got %+v", c.Decision)
	}
	store.is = false
	if c := claim(t, l, request("b", end, time.Minute)); c.Verdict != ledger.Resolved {
		t.Errorf("got %+v", c.Decision)
	}
}

func TestEndWithoutTimes(t *testing.T) {
	f := finding.Finding{ID: "f", Source: "s", Origin: finding.Origin{Document: []byte("1")}}
	l := ledger.New(table.NewMemory(), nil)
	must(t, l.Sent(t.Context(), claim(t, l, request("a", f, time.Minute)), notify.Receipt{}))
	f.State, f.Document = finding.Passed, []byte("2")
	if end := claim(t, l, request("a", f, time.Minute)); end.Kind != notify.KindResolved {
		t.Errorf("got %+v", end.Decision)
	}
}

// counting is a store that counts its calls.
type counting struct {
	table.Store
	loads, saves int
}

func (c *counting) Load(ctx context.Context, key table.Key) (table.Record, int64, error) {
	c.loads++
	return c.Store.Load(ctx, key)
}

// HasFindings says that there never was a record of another form.
func (c *counting) HasFindings(context.Context) (bool, error) { return false, nil }

func (c *counting) Save(ctx context.Context, key table.Key, record table.Record, revision int64) error {
	c.saves++
	return c.Store.Save(ctx, key, record, revision)
}

// An end that nobody is sent costs one read.
func TestEndOfWhatWasNotSentCostsOneCall(t *testing.T) {
	store := &counting{Store: table.NewMemory()}
	l := ledger.New(store, nil)
	another := version(1)
	another.ID = "another"
	claim(t, l, request("a", another, time.Minute)) // which finds out what form the table has
	*store = counting{Store: store.Store}
	play(t, l, ledger.Repeat{}, []step{{0, in(finding.OK), ledger.Resolved, 0, ""}})
	if store.loads != 1 || store.saves != 0 {
		t.Errorf("%d reads and %d writes", store.loads, store.saves)
	}
}

// put stores the text of a record.
func put(t *testing.T, store table.Store, text string) {
	t.Helper()
	f := publication(0, nil)
	record := table.Record{Text: text, Expires: time.Now().Add(time.Hour)}
	must(t, store.Save(t.Context(), table.Key{Partition: f.Key(), Sort: "slack"}, record, 0))
}

// A record from before there were states and roads is open, came by any road, and knows the
// resource, whose type it spells otherwise.
func TestRecordsFromBefore(t *testing.T) {
	const before = `{"last":{"version":{"Updated":"2026-01-01T00:00:00Z","Count":3,"Content":""},"severity":5,"count":3,` +
		`"receipt":{"ID":"m1","Place":"C1"},"at":"2026-01-01T00:00:01Z","seen":["0123456789ab"]},"lease":{"until":"0001-01-01T00:00:00Z"}}`
	native := func(change func(*finding.Finding)) func(*finding.Finding) {
		return func(f *finding.Finding) {
			f.Road, f.Actor.Remote.IP = "guardduty", ""
			if change != nil {
				change(f)
			}
		}
	}
	for name, test := range map[string]step{
		"the same":           {0, native(nil), ledger.Duplicate, 0, "this version or a newer one"},
		"nothing new":        {1, native(nil), ledger.Repeated, 0, "nothing new"},
		"another level":      {1, native(func(f *finding.Finding) { f.Severity = 8 }), ledger.Update, notify.KindUpdate, "the level rose"},
		"its end":            {0, native(in(finding.Archived)), ledger.Update, notify.KindResolved, "it is over (archived)"},
		"what is to be done": {1, native(func(f *finding.Finding) { f.Vulnerability.Exploit, f.Planned.Starts = finding.Yes, f.Updated }), ledger.Repeated, 0, "nothing new"},
		"asked for":          {0, native(func(f *finding.Finding) { f.IsAsked, f.Part = true, "a" }), ledger.Update, notify.KindFinding, "a person asks"},
		"another road": {1, func(f *finding.Finding) {
			f.Road, f.Native, f.Severity = "securityhub", finding.Native{Source: "aws.guardduty", ID: "f"}, 8
		}, ledger.Update, notify.KindUpdate, "the level rose"},
	} {
		t.Run(name, func(t *testing.T) {
			store := text{table.NewMemory()}
			put(t, store, before)
			play(t, ledger.New(store, nil), ledger.Repeat{Kind: ledger.OnChanges}, []step{test})
		})
	}
}

// text is a store that keeps texts, as DynamoDB does.
type text struct{ table.Store }

// What a record remembers is the same after it was written as JSON.
func TestRecordsAreKeptWhole(t *testing.T) {
	play(t, ledger.New(text{table.NewMemory()}, nil), ledger.Repeat{Kind: ledger.OnChanges}, []step{
		{0, by("securityhub-cspm", nil), ledger.First, notify.KindFinding, ""},
		{0, by("guardduty", nil), ledger.Duplicate, 0, ""},
		{1, by("securityhub", in(finding.Closed)), ledger.Update, notify.KindResolved, ""},
		{0.5, by("guardduty", nil), ledger.Duplicate, 0, "what is newer of its state"},
		{2, by("guardduty", nil), ledger.Update, notify.KindUpdate, "it is open again, after it was closed"},
		{3, by("securityhub-cspm", nil), ledger.Duplicate, 0, "sent as it came by guardduty"},
	})
}
