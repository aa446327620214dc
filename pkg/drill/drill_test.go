package drill_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/drill"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// nine is when the rounds begin.
func nine(day int) time.Time { return time.Date(2026, 3, day, 9, 0, 0, 0, time.UTC) }

// site is the duties over a table, on a clock of its own.
type site struct {
	*testing.T
	store   table.Store
	sinks   []string
	now     time.Time
	trouble []string
}

func newSite(t *testing.T, sinks ...string) *site {
	t.Helper()
	return &site{T: t, store: table.NewMemory(), sinks: sinks, now: nine(2)}
}

// do hands over a record; the error is the duty's.
func (s *site) do(record string) (pipeline.Done, error) {
	s.Helper()
	opened, err := events.Open(events.Table(), []byte(record))
	if err != nil || len(opened.Records) != 1 {
		s.Fatalf("%s: %v", record, err)
	}
	d := &drill.Drills{
		Store: s.store, Sinks: s.sinks, Now: func() time.Time { return s.now },
		Trouble: func(err error) { s.trouble = append(s.trouble, err.Error()) },
	}
	for _, duty := range d.Duties() {
		if duty.DetailType == opened.Records[0].Envelope.DetailType {
			return duty.Do(s.Context(), opened.Records[0].Envelope)
		}
	}
	s.Fatalf("nothing is done about %s", record)
	return pipeline.Done{}, nil
}

// said hands over a record that is done, and gives what is said to whom, by their IDs.
func (s *site) said(record string) []string {
	s.Helper()
	done, err := s.do(record)
	if err != nil {
		s.Fatal(err)
	}
	var said []string
	for _, saying := range done.Sayings {
		said = append(said, saying.Sink+" "+saying.Notification.Word.ID)
	}
	return said
}

// byRule is a drill as a rule hands it over, in the documented form.
func byRule(rule string, at time.Time) string { return in("111122223333", rule, at) }

func in(account, rule string, at time.Time) string {
	stamp := at.Format(time.RFC3339)
	return fmt.Sprintf(`{"version":"0","id":"6d1c4d5e-0000-4000-8000-%012d","detail-type":"Tocsin Drill","source":"tocsin","account":%q,"time":%q,`+
		`"region":"eu-west-1","resources":[],"detail":{"rule":%q,"drill":%q,"at":%q}}`, at.Unix()%1e12, account, stamp, rule, stamp, stamp)
}

// asks is a check as the schedule puts it into the queue.
func asks(at time.Time, within string, rules ...string) string {
	names, _ := json.Marshal(rules)
	return fmt.Sprintf(`{"version":"0","id":"d32c5kddcf5bb8c3","source":"tocsin","detail-type":"Tocsin Drill Check","account":"111122223333",`+
		`"region":"eu-west-1","time":%q,"detail":{"rules":%s,"within":%q}}`, at.Format(time.RFC3339), names, within)
}

// checked hands over a check a quarter of an hour later, and gives its metric and what it says.
func (s *site) checked(at time.Time, within string, rules ...string) (metric int, words []string) {
	s.Helper()
	s.now = at.Add(15*time.Minute + 20*time.Second)
	done, err := s.do(asks(at, within, rules...))
	if err != nil || len(done.Gauges) != 1 {
		s.Fatalf("got %v, %v", done.Gauges, err)
	}
	for _, saying := range done.Sayings {
		words = append(words, saying.Notification.Word.Name+" to "+saying.Sink)
	}
	return done.Gauges["Drill"], words
}

// The drills of a round are one message, whether their schedules have one time or each its own; those of
// another day are another one. A copy is of the round that it was of.
func TestOneMessageForARound(t *testing.T) {
	s := newSite(t, "slack", "oncall")
	s.now = nine(2).Add(25 * time.Minute)
	first := []string{"slack drill/2026-03-02T09:00:00Z", "oncall drill/2026-03-02T09:00:00Z"}
	for i, rule := range []string{"findings", "findings-health", "hub-findings"} {
		if got := s.said(byRule(rule, nine(2).Add(time.Duration(i)*10*time.Minute))); cmp.Diff(first, got) != "" {
			t.Errorf("%s: %v", rule, got)
		}
	}
	s.now = nine(3).Add(time.Minute)
	if got := s.said(byRule("findings", nine(3))); len(got) != 2 || got[0] != "slack drill/2026-03-03T09:00:00Z" {
		t.Errorf("the next day: %v", got)
	}
	if got := s.said(byRule("hub-findings", nine(2).Add(20*time.Minute))); cmp.Diff(first, got) != "" {
		t.Errorf("a copy: %v", got)
	}
	if got := s.said(byRule("findings", nine(2))); got != nil {
		t.Errorf("a copy of one that is followed by another: %v", got)
	}
	if metric, _ := s.checked(nine(3), "30m", "findings"); metric != 1 {
		t.Error("the copy of an old drill has taken the place of the new one")
	}
	if len(s.trouble) > 0 {
		t.Error(s.trouble)
	}
}

// Rounds stay apart where the schedule is every hour, and a drill that comes a day late, with those of today, is
// said with them.
func TestRoundsApart(t *testing.T) {
	s := newSite(t, "slack")
	for _, hour := range []time.Duration{0, 1, 2} {
		s.now = nine(2).Add(hour*time.Hour + time.Second)
		at := nine(2).Add(hour * time.Hour)
		if got := s.said(byRule("findings", at)); got[0] != "slack drill/"+at.Format(time.RFC3339) {
			t.Errorf("hour %d: %v", hour, got)
		}
	}
	if got := s.said(byRule("late", nine(1))); got[0] != "slack drill/2026-03-02T11:00:00Z" {
		t.Errorf("a drill that comes late: %v", got)
	}
	if got := s.said(byRule("other", nine(2).Add(2*time.Hour+time.Second))); got[0] != "slack drill/2026-03-02T11:00:00Z" {
		t.Errorf("after it: %v", got)
	}
}

// What is said names the rule, worries nobody, and is Tocsin's heartbeat.
func TestWords(t *testing.T) {
	s := newSite(t, "slack")
	done, err := s.do(byRule("findings", nine(2)))
	if err != nil {
		t.Fatal(err)
	}
	n := done.Sayings[0].Notification
	if n.Kind != notify.KindHeartbeat || n.Word.Name != "drill" || n.Word.Severity != 0 || n.Word.Values[0] != (notify.Value{Name: "rule", Text: "findings"}) {
		t.Errorf("got %+v", n)
	}
	missed, back := drill.MissedWord(ireland(), []string{"a", "b"}, nine(2)), drill.BackWord(ireland(), nine(3))
	if missed.Kind != notify.KindNotice || missed.Word.Severity.Level().String() != "high" || missed.Word.Values[0].Text != "a, b" {
		t.Errorf("got %+v", missed)
	}
	if missed.FindingID() != back.FindingID() || !back.Word.IsOver || missed.MessageID("x") == back.MessageID("x") {
		t.Error("the recovery does not end what was missed")
	}
}

// A drill that comes by no rule is said, and leaves nothing that a check would take for one that did.
func TestByHand(t *testing.T) {
	record, err := drill.ByHand("hand-1", nine(2))
	if err != nil {
		t.Fatal(err)
	}
	byBus := byRule("findings", nine(2))
	for name, record := range map[string]string{
		"by hand": string(record), "marked": strings.Replace(byBus, `"at":`, `"byHand":true,"at":`, 1),
		"without an id":      strings.Replace(byBus, `"id":`, `"no":`, 1),
		"without an account": strings.Replace(byBus, `"account":`, `"no":`, 1),
		"without a region":   strings.Replace(byBus, `"region":`, `"no":`, 1),
		"without a time":     strings.Replace(byBus, `"time":`, `"no":`, 1),
	} {
		s := newSite(t, "slack")
		if got := s.said(record); len(got) != 1 || !strings.HasPrefix(got[0], "slack drill_by_hand/") {
			t.Errorf("%s: %v", name, got)
		}
		if metric, _ := s.checked(nine(2), "30m", "findings"); metric != 0 {
			t.Errorf("%s: a check takes it for a drill by the rule", name)
		}
	}
}

// Nobody wants drills: they are noted all the same.
func TestNobodyWantsDrills(t *testing.T) {
	s := newSite(t)
	if got := s.said(byRule("findings", nine(2))); got != nil {
		t.Errorf("said %v", got)
	}
	if metric, words := s.checked(nine(2), "30m", "findings"); metric != 1 || words != nil {
		t.Errorf("got %d, %v", metric, words)
	}
	s.sinks = []string{"slack"} // whoever wants them from now on gets a copy too
	if got := s.said(byRule("findings", nine(2))); len(got) != 1 || got[0] != "slack drill/2026-03-02T09:00:00Z" {
		t.Errorf("said %v", got)
	}
}

// What no rule can be called is not noted, and what others write stays short. The log shows none of it.
func TestAttacks(t *testing.T) {
	for name, change := range map[string]struct{ old, new string }{
		"a link":             {`"rule":"findings"`, `"rule":"https://evil.example/x"`},
		"a mention":          {`"rule":"findings"`, `"rule":"<!channel>"`},
		"lines":              {`"rule":"findings"`, `"rule":"a\nb"`},
		"a path":             {`"rule":"findings"`, `"rule":"../check"`},
		"no name":            {`"rule":"findings"`, `"rule":""`},
		"a long name":        {`"rule":"findings"`, `"rule":"` + strings.Repeat("x", 401) + `"`},
		"another type":       {`"rule":"findings"`, `"rule":{"a":1}`},
		"another account":    {`"account":"111122223333"`, `"account":"evil/111122223333"`},
		"another region":     {`"region":"eu-west-1"`, `"region":"` + strings.Repeat("e", 33) + `"`},
		"no detail":          {`"detail":{`, `"detail":[],"x":{`},
		"a detail of a text": {`"detail":{`, `"detail":"evil","x":{`},
	} {
		s := newSite(t, "slack")
		record := strings.Replace(byRule("findings", nine(2)), change.old, change.new, 1)
		if got := s.said(record); got != nil || len(s.trouble) != 1 || strings.Contains(s.trouble[0], "evil") || len(s.trouble[0]) > 100 {
			t.Errorf("%s: said %v, logged %v", name, got, s.trouble)
		}
	}
	s := newSite(t, "slack")
	got := s.said(strings.Replace(byRule("findings", nine(2)), `"drill":"`, `"drill":"`+strings.Repeat("x", 10_000), 1))
	if len(got) != 1 || len(got[0]) > 80 {
		t.Errorf("a long round: %v", got)
	}
}

// Whoever may put events on the bus can forge drills, of rules and times that he makes up, or by hand: people are
// told of no more than there are half hours.
func TestFlood(t *testing.T) {
	marked := func(record string) string { return strings.Replace(record, `"at":`, `"byHand":true,"at":`, 1) }
	for name, record := range map[string]func(n int) string{
		"times to come":   func(n int) string { return byRule(fmt.Sprint("r", n), nine(2).Add(time.Duration(n)*31*time.Minute)) },
		"times of before": func(n int) string { return byRule(fmt.Sprint("r", n), nine(2).Add(-time.Duration(n)*31*time.Minute)) },
		"marked":          func(n int) string { return marked(byRule("findings", nine(2).Add(time.Duration(20-n)*31*time.Minute))) },
		"without a time": func(n int) string {
			record := strings.Replace(byRule("findings", nine(2)), `"time":`, `"no":`, 1)
			return strings.Replace(record, `"drill":"`, fmt.Sprintf(`"drill":"%d`, n), 1)
		},
	} {
		s := newSite(t, "slack")
		s.said(byRule("findings", nine(2)))
		s.now = s.now.Add(2*time.Hour + time.Minute)
		said := map[string]bool{}
		for n := range 40 {
			for _, one := range s.said(record(n)) {
				said[one] = true
			}
		}
		if len(said) > 5 {
			t.Errorf("%s: %d messages: %v", name, len(said), said)
		}
	}
}

// An item is forgotten after forty days, whoever has written it.
func TestKept(t *testing.T) {
	s := newSite(t, "slack")
	spy := &spy{Store: s.store}
	s.store = spy
	s.said(byRule("findings", nine(2)))
	for key, record := range spy.saved {
		if want := s.now.Add(40 * 24 * time.Hour); key.Partition != "/drill" || !record.Expires.Equal(want) || len(key.Sort) > 500 {
			t.Errorf("%v is kept until %v, want %v", key, record.Expires, want)
		}
	}
	if len(spy.saved) != 2 {
		t.Errorf("%d items, want one of the rule and one of the round", len(spy.saved))
	}
	s.now = s.now.Add(41 * 24 * time.Hour) // the table deletes what has expired some days later
	s.trouble = nil
	if metric, _ := s.checked(s.now, "2000h", "findings"); metric != 0 || !strings.Contains(s.trouble[0], "none is known") {
		t.Errorf("got %d, %v", metric, s.trouble)
	}
}

// spy is a store that remembers what was saved, and can be down or in conflict.
type spy struct {
	table.Store
	saved     map[table.Key]table.Record
	loadErr   error
	conflicts int
}

func (s *spy) Load(ctx context.Context, key table.Key) (table.Record, int64, error) {
	if s.loadErr != nil {
		return table.Record{}, 0, s.loadErr
	}
	return s.Store.Load(ctx, key)
}

func (s *spy) Save(ctx context.Context, key table.Key, record table.Record, revision int64) error {
	if s.conflicts > 0 {
		s.conflicts--
		return table.ErrConflict
	}
	if s.saved == nil {
		s.saved = map[table.Key]table.Record{}
	}
	s.saved[key] = record
	return s.Store.Save(ctx, key, record, revision)
}

// What the table does not take is done again; another execution that was quicker is no error.
func TestTable(t *testing.T) {
	down := &spy{Store: table.NewMemory(), loadErr: errors.New("DynamoDB did not answer in time")}
	s := newSite(t, "slack")
	s.store = down
	for _, record := range []string{byRule("findings", nine(2)), asks(nine(2), "25h", "findings")} {
		if done, err := s.do(record); err == nil || done.Sayings != nil || done.Gauges != nil {
			t.Errorf("got %+v, %v", done, err)
		}
	}
	down.loadErr, down.conflicts = nil, 3
	if got := s.said(byRule("findings", nine(2))); len(got) != 1 {
		t.Errorf("after conflicts: %v", got)
	}
	down.conflicts = 3
	if metric, _ := s.checked(nine(2), "25h", "findings"); metric != 1 {
		t.Errorf("after conflicts: %d", metric)
	}
	down.conflicts = 100
	if _, err := s.do(byRule("other", nine(2))); !errors.Is(err, table.ErrConflict) {
		t.Errorf("conflicts without end: %v", err)
	}
}
