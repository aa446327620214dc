package duty_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/action/duty"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/mutelist"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// world is a place in which people press buttons of messages about one finding.
type world struct {
	*testing.T
	store   *failing
	now     time.Time
	told    map[string]ledger.Told
	kept    *mutelist.Kept
	takings *action.Takings
	allowed action.Allowed
	archive func(f *finding.Finding, isUndone bool) error
	reread  int
	log     bytes.Buffer
}

// failing is a table that writes nothing when it is told so.
type failing struct {
	*table.Memory
	err    error
	writes int    // how many succeed before it fails
	list   string // the only one that fails; empty for everything
}

func (f *failing) fails() bool {
	f.writes--
	return f.err != nil && f.writes < 0 && f.list == ""
}

func (f *failing) Save(ctx context.Context, key table.Key, record table.Record, revision int64) error {
	if f.fails() {
		return f.err
	}
	return f.Memory.Save(ctx, key, record, revision)
}

func (f *failing) Append(ctx context.Context, list string, item table.Item) error {
	if f.list == list || f.fails() {
		return f.err
	}
	return f.Memory.Append(ctx, list, item)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, store: &failing{Memory: table.NewMemory()}, now: time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return w.now }
	w.told = map[string]ledger.Told{
		"slack": {Receipt: notify.Receipt{ID: "1.1", Place: "C1"}}, "oncall": {Receipt: notify.Receipt{ID: "dedup"}},
		"digested": {}, "mail": {Receipt: notify.Receipt{ID: "mail"}},
	}
	w.kept = &mutelist.Kept{Store: w.store, Now: clock, Patience: time.Minute}
	w.takings = action.NewTakings(w.store, clock)
	w.allowed = action.Allowed{Users: []string{"U012AB3CD"}}
	return w
}

func (w *world) duties() *duty.Duties {
	o := duty.Options{
		Store: w.store, Sinks: []string{"slack", "oncall", "digested", "never"}, Allowed: w.allowed, Log: report.NewLog(&w.log),
		Told:  func(context.Context, string) (map[string]ledger.Told, error) { return w.told, nil },
		Mutes: duty.Mutes{Kept: w.kept, Judge: judge, Reread: func() { w.reread++ }}, Now: func() time.Time { return w.now },
	}
	if w.archive != nil {
		o.Archive = func(_ context.Context, f *finding.Finding, isUndone bool) error { return w.archive(f, isUndone) }
	}
	return duty.New(o)
}

// judge takes one type for a slip, as the judge of conditions does.
func judge(m mute.Mute) error {
	if strings.Contains(m.When.Text(), `type == "Recon:EC2/Portscn"`) {
		return errors.New("did you mean Recon:EC2/Portscan?")
	}
	return nil
}

func threat() finding.Finding {
	f := finding.Finding{ID: "f1", Source: "aws.macie", Type: `Policy:"X" <&>`, Severity: 8}
	f.Account.ID, f.Region, f.Resource.ID = "111122223333", "eu-west-1", `bucket\"1`
	return f
}

func jane() notify.Person { return notify.Person{ID: "U012AB3CD", Name: "jane"} }

// request is one of jane's.
func (w *world) request(id, what string) action.Request {
	f := threat()
	return action.Request{
		ID: id, What: what, Subject: action.SubjectOf(&f), By: jane(), At: w.now, From: action.From{Sink: "slack", Place: "C1", Message: "1.9"},
	}
}

// try lets the record of a request be done once.
func (w *world) try(r action.Request) (pipeline.Done, error) {
	w.Helper()
	record, err := r.Record()
	if err != nil {
		w.Fatal(err)
	}
	var envelope struct{ Detail json.RawMessage }
	if err := json.Unmarshal(record, &envelope); err != nil {
		w.Fatal(err)
	}
	return w.duties().Duty().Do(w.Context(), events.Envelope{Detail: envelope.Detail})
}

// do lets it be done, and a copy too, which says the same.
func (w *world) do(r action.Request) []pipeline.Saying {
	w.Helper()
	first, err := w.try(r)
	if err != nil {
		w.Fatal(err)
	}
	again, err := w.try(r)
	if diff := cmp.Diff(first, again); err != nil || diff != "" {
		w.Errorf("a copy: %v %s", err, diff)
	}
	return first.Sayings
}

func (w *world) has() notify.Taken {
	w.Helper()
	f := threat()
	taken, err := w.takings.Of(w.Context(), f.Key())
	if err != nil {
		w.Fatal(err)
	}
	return taken
}

// results returns what the audit says of the day.
func (w *world) results() (all []string) {
	w.Helper()
	deeds, err := (&action.Audit{Store: w.store, Now: func() time.Time { return w.now }}).Of(w.Context(), w.now)
	if err != nil {
		w.Fatal(err)
	}
	for _, d := range deeds {
		all = append(all, fmt.Sprintf("%s %s: %s", d.ID, d.What, d.Result))
	}
	return all
}

// What somebody takes on is theirs, is said wherever the finding was told, and is kept.
func TestAcknowledge(t *testing.T) {
	w := newWorld(t)
	sayings := w.do(w.request("r1", notify.ActAcknowledge))
	f := threat()
	word := notify.Word{Name: "act_acknowledge", ID: "r1", About: f.Key(), Values: []notify.Value{{Name: "who", Person: jane()}}}
	n := notify.Notification{Kind: notify.KindAction, Findings: []finding.Finding{action.SubjectOf(&f).Finding()}, Word: word}
	slack, oncall := n, n
	slack.Previous, oncall.Previous = notify.Receipt{ID: "1.1", Place: "C1"}, notify.Receipt{ID: "dedup"}
	if diff := cmp.Diff([]pipeline.Saying{{Sink: "oncall", Notification: oncall}, {Sink: "slack", Notification: slack}}, sayings); diff != "" {
		t.Error(diff)
	}
	if has := w.has(); has.By != jane() || !has.At.Equal(w.now) {
		t.Errorf("%+v has it", has)
	}
	if diff := cmp.Diff([]string{"r1 acknowledge: done"}, w.results()); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{
		`"message":"action","action":"acknowledge","id":"r1","finding":"aws.macie/111122223333/eu-west-1/f1","by":"jane (U012AB3CD)","sink":"slack","from":"1.9","result":"done"}`,
		`"message":"metrics by action","Action":"acknowledge","Actions":1`,
	} {
		if strings.Count(w.log.String(), want) != 1 {
			t.Errorf("the log lacks %s, or has it twice:\n%s", want, &w.log)
		}
	}
}

// Records overtake one another; what was pressed last counts.
func TestOrderOfRecords(t *testing.T) {
	w := newWorld(t)
	take := w.request("r1", notify.ActAcknowledge)
	w.now = w.now.Add(time.Minute)
	back := w.request("r2", notify.ActGiveBack)
	w.now = w.now.Add(time.Minute)
	later := w.request("r3", notify.ActAcknowledge)
	later.By = notify.Person{ID: "U2", Name: "ali"}
	w.do(back)
	if sayings := w.do(take); w.has().IsTaken() || len(sayings) != 2 {
		t.Errorf("after it was given back %+v has it, and %d are told", w.has(), len(sayings))
	}
	w.do(later)
	w.do(take)
	w.do(back)
	if has := w.has(); has.By != later.By {
		t.Errorf("%+v has it", has)
	}
	other := newWorld(t) // the function that answers the buttons was quicker than all records
	f := threat()
	if _, err := other.takings.Take(t.Context(), f.Key(), notify.Taken{By: later.By, At: later.At}); err != nil {
		t.Fatal(err)
	}
	other.do(back)
	if sayings := other.do(take); other.has().By != later.By || len(sayings) != 2 {
		t.Errorf("%+v has it, and %d are told", other.has(), len(sayings))
	}
	second := w.request("r4", notify.ActAcknowledge)
	if sayings := w.do(second); len(sayings) != 0 || w.has().By != later.By {
		t.Errorf("who came too late: %+v, %+v has it", sayings, w.has())
	}
}

// Whatever was written before an execution died, the next one ends it: once, and said once by its ID.
func TestDiesInBetween(t *testing.T) {
	for _, what := range []string{notify.ActAcknowledge, notify.ActMute} {
		for writes := range 6 {
			w := newWorld(t)
			r := w.request("r1", what)
			r.Mute = action.Mute{Scope: action.ScopeFinding, For: time.Hour, Reason: "scanner"}
			w.store.err, w.store.writes = errors.New("gone"), writes
			_, err := w.try(r)
			w.store.err = nil
			if isEnough := err == nil; isEnough && writes < 3 {
				t.Fatalf("%s is done with %d writes", what, writes)
			}
			if sayings := w.do(r); len(sayings) != 2 || sayings[0].Notification.Word.ID != "r1" || sayings[0].Notification.Word.Name != "act_"+what {
				t.Errorf("%s after %d writes: %+v", what, writes, sayings)
			}
			list, _, err := w.kept.Load(t.Context())
			if err != nil || len(list) > 1 || (what == notify.ActMute) != (len(list) == 1) {
				t.Errorf("%s after %d writes: %v, %v", what, writes, list, err)
			}
			if diff := cmp.Diff([]string{"r1 " + what + ": done"}, w.results()); diff != "" {
				t.Errorf("%s after %d writes: %s", what, writes, diff)
			}
		}
	}
}

// A mute that was ended is not said to have ended already, since an execution died before it could keep that.
func TestDiesAfterTheEndOfAMute(t *testing.T) {
	for writes := 2; writes < 6; writes++ { // the list and its history
		w := newWorld(t)
		r := w.request("r1", notify.ActMute)
		r.Mute = action.Mute{Scope: action.ScopeFinding, For: time.Hour, Reason: "scanner"}
		name := w.do(r)[0].Notification.Word.Values[4].Text
		w.now = w.now.Add(time.Minute)
		back := w.request("r2", notify.ActUnmute)
		back.Mute.Name = name
		w.store.err, w.store.writes = errors.New("gone"), writes
		_, _ = w.try(back)
		w.store.err = nil
		if sayings := w.do(back); len(sayings) != 2 || sayings[0].Notification.Word.Name != "act_unmute" {
			t.Errorf("after %d writes: %+v", writes, sayings)
		}
		if diff := cmp.Diff([]string{"r1 mute: done", "r2 unmute: done"}, w.results()); diff != "" {
			t.Errorf("after %d writes: %s", writes, diff)
		}
		late := w.request("r3", notify.ActUnmute)
		late.Mute.Name, late.By = name, notify.Person{ID: "U0OTHER"}
		w.allowed.Users = append(w.allowed.Users, late.By.ID)
		if sayings := w.do(late); len(sayings) != 1 || sayings[0].Notification.Word.Name != "act_failed" {
			t.Errorf("somebody else comes too late: %+v", sayings)
		}
	}
}

// Where the history of mutes alone cannot be written, the mute has ended all the same.
func TestHistoryOfMutesFails(t *testing.T) {
	w := newWorld(t)
	r := w.request("r1", notify.ActMute)
	r.Mute = action.Mute{Scope: action.ScopeFinding, For: time.Hour, Reason: "scanner"}
	back := w.request("r2", notify.ActUnmute)
	back.Mute.Name = w.do(r)[0].Notification.Word.Values[4].Text
	w.store.err, w.store.list = errors.New("gone"), "/mute/history"
	if sayings := w.do(back); len(sayings) != 2 || sayings[0].Notification.Word.Name != "act_unmute" || !strings.Contains(w.log.String(), "history of mutes") {
		t.Errorf("%+v\n%s", sayings, &w.log)
	}
}

// What may not be done, and cannot, is said to who has asked for it, and to nobody else.
func TestRefused(t *testing.T) {
	denied := action.Allowed{}
	byGroup := action.Allowed{Groups: []string{"S0614TZR7"}}
	hour := action.Mute{Scope: action.ScopeFinding, For: time.Hour, Reason: "scanner"}
	with := func(change func(*action.Mute)) action.Mute {
		m := hour
		change(&m)
		return m
	}
	for name, test := range map[string]struct {
		what    string
		allowed action.Allowed
		mute    action.Mute
		err     error
		want    string // "" where it is done
	}{
		"nobody is allowed":       {notify.ActMute, denied, hour, nil, "ACTIONS_ALLOW does not name"},
		"nobody may unmute":       {notify.ActUnmute, denied, hour, nil, "ACTIONS_ALLOW does not name"},
		"nobody may archive":      {notify.ActArchive, denied, hour, nil, "ACTIONS_ALLOW does not name"},
		"everybody may take":      {notify.ActAcknowledge, denied, hour, nil, ""},
		"in a group":              {notify.ActMute, byGroup, hour, nil, ""},
		"for too long":            {notify.ActMute, byGroup, with(func(m *action.Mute) { m.For = action.LongestMute + 1 }), nil, "30 days at the most"},
		"for no time":             {notify.ActMute, byGroup, with(func(m *action.Mute) { m.For = 0 }), nil, "30 days at the most"},
		"over before it begins":   {notify.ActMute, byGroup, with(func(m *action.Mute) { m.For = 1 }), nil, "before it could begin"},
		"without a reason":        {notify.ActMute, byGroup, with(func(m *action.Mute) { m.Reason = " \n\u202e" }), nil, "has a reason"},
		"of no scope":             {notify.ActMute, byGroup, with(func(m *action.Mute) { m.Scope = "all" }), nil, "does not say enough"},
		"a mute that there isn't": {notify.ActUnmute, byGroup, with(func(m *action.Mute) { m.Name = "x" }), nil, "has ended already"},
		"the source refuses":      {notify.ActArchive, byGroup, hour, &source.RefusalError{Reason: "no detector"}, "no detector"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.allowed, w.archive = test.allowed, func(*finding.Finding, bool) error { return test.err }
			r := w.request("r1", test.what)
			r.Mute = test.mute
			sayings := w.do(r)
			if isDone := len(sayings) == 2; isDone != (test.want == "") {
				t.Fatalf("%d are told: %+v", len(sayings), sayings)
			}
			if test.want == "" {
				return
			}
			n := sayings[0].Notification
			if len(sayings) != 1 || sayings[0].Sink != "slack" || n.Word.Name != "act_failed" || n.Word.Values[1].Text != test.what ||
				!strings.Contains(n.Word.Values[2].Text, test.want) || len(n.Acts) > 0 {
				t.Errorf("got %+v", sayings)
			}
			if results := w.results(); len(results) != 1 || !strings.Contains(results[0], test.want) {
				t.Errorf("the audit says %v", results)
			}
			if !strings.Contains(w.log.String(), `"level":"warn","message":"action"`) {
				t.Errorf("the log: %s", &w.log)
			}
		})
	}
	w := newWorld(t)
	if sayings := w.do(w.request("r1", notify.ActArchive)); len(sayings) != 1 || !strings.Contains(sayings[0].Notification.Word.Values[2].Text, "ACTIONS_ARCHIVE") {
		t.Errorf("without ACTIONS_ARCHIVE: %+v", sayings)
	}
}

// A finding is archived once for each press; what undoes it has a button, and a late copy undoes nothing.
func TestArchive(t *testing.T) {
	w := newWorld(t)
	var calls []string
	errBusy := errors.New("throttled")
	w.archive = func(f *finding.Finding, isUndone bool) error {
		calls = append(calls, fmt.Sprint(f.Key(), " ", isUndone))
		return errBusy
	}
	r := w.request("r1", notify.ActArchive)
	if done, err := w.try(r); !errors.Is(err, errBusy) || len(done.Sayings) > 0 || len(w.results()) > 0 {
		t.Errorf("what may pass: %+v, %v, %v", done, err, w.results())
	}
	errBusy = nil
	sayings := w.do(r)
	acts := sayings[0].Notification.Acts
	if len(sayings) != 2 || len(acts) != 1 || acts[0].Name != notify.ActUnarchive {
		t.Fatalf("got %+v", sayings)
	}
	subject, err := action.ReadSubject(acts[0].Value)
	if diff := cmp.Diff(r.Subject, subject); err != nil || diff != "" {
		t.Errorf("the button: %v %s", err, diff)
	}
	w.now = w.now.Add(time.Minute)
	back := w.request("r2", notify.ActUnarchive)
	if sayings := w.do(back); len(sayings[0].Notification.Acts) > 0 || sayings[0].Notification.Word.Name != "act_unarchive" {
		t.Errorf("got %+v", sayings)
	}
	late := w.request("r0", notify.ActArchive)
	late.At = r.At
	if sayings := w.do(late); len(sayings) != 0 {
		t.Errorf("a late record: %+v", sayings)
	}
	want := []string{"aws.macie/111122223333/eu-west-1/f1 false", "aws.macie/111122223333/eu-west-1/f1 false", "aws.macie/111122223333/eu-west-1/f1 true"}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Error(diff)
	}
}

// What cannot be read, and what comes where no message has buttons, is said in the log, and does not come again.
func TestNothingToBeDone(t *testing.T) {
	w := newWorld(t)
	none := duty.New(duty.Options{Log: report.NewLog(&w.log)})
	if none.Taken() != nil || w.duties().Taken() == nil {
		t.Error("who has a finding is known without a table, or not with one")
	}
	for name, do := range map[string]func(context.Context, events.Envelope) (pipeline.Done, error){
		"the record asks for no action": w.duties().Duty().Do, "no instance has any": none.Duty().Do,
	} {
		done, err := do(t.Context(), events.Envelope{Detail: json.RawMessage(`{"format":9}`)})
		if err != nil || len(done.Sayings) > 0 || !strings.Contains(w.log.String(), name) {
			t.Errorf("%s: %+v, %v, %s", name, done, err, &w.log)
		}
	}
	if sayings := w.do(w.request("r1", "dance")); len(sayings) > 0 || len(w.results()) != 1 {
		t.Errorf("an unknown action: %+v, %v", sayings, w.results())
	}
}

// Without a ledger that knows the message, what is said goes where the button stands.
func TestMessageThatNobodyKnows(t *testing.T) {
	w := newWorld(t)
	w.told = nil
	r := w.request("r1", notify.ActAcknowledge)
	r.From.Thread = "1.5"
	if sayings := w.do(r); len(sayings) != 1 || sayings[0].Notification.Previous != (notify.Receipt{ID: "1.5", Place: "C1"}) {
		t.Errorf("got %+v", sayings)
	}
}
