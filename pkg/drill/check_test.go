package drill_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A drill that is swallowed shows in the metric, in the log with when it last came, and at the sinks that
// accept drills; that all have come again is said once.
func TestSwallowed(t *testing.T) {
	s := newSite(t, "slack")
	all := []string{"findings", "findings-health", "hub-findings"}
	round := func(day int, rules ...string) {
		s.now = nine(day).Add(30 * time.Second)
		for _, rule := range rules {
			s.said(byRule(rule, nine(day)))
		}
	}
	round(2, all...)
	if metric, words := s.checked(nine(2), "30m", all...); metric != 1 || words != nil || s.trouble != nil {
		t.Fatalf("all have come: %d, %v, %v", metric, words, s.trouble)
	}
	round(3, "findings", "hub-findings")
	for _, again := range []string{"the check", "a copy of it"} {
		if metric, words := s.checked(nine(3), "30m", all...); metric != 0 || !slices.Equal(words, []string{"drill_missed to slack"}) {
			t.Errorf("%s: %d, %v", again, metric, words)
		}
	}
	const want = "the drill of the rule findings-health in 111122223333 eu-west-1 was missed: the last one came 2026-03-02T09:00:00Z, " +
		"and one should have come since 2026-03-03T08:45:00Z"
	if cmp.Diff([]string{want}, s.trouble) != "" {
		t.Errorf("the log: %q", s.trouble)
	}
	round(4, all...)
	for _, again := range []string{"the check", "a copy of it"} {
		if metric, words := s.checked(nine(4), "30m", all...); metric != 1 || !slices.Equal(words, []string{"drill_back to slack"}) {
			t.Errorf("%s of the next day: %d, %v", again, metric, words)
		}
	}
	round(5, all...)
	if metric, words := s.checked(nine(5), "30m", all...); metric != 1 || words != nil {
		t.Errorf("the day after: %d, %v", metric, words)
	}
}

// However late a check comes, it looks at the moment for which it was asked, and a newer one stands.
func TestLateCheck(t *testing.T) {
	s := newSite(t, "slack")
	s.said(byRule("findings", nine(2)))
	s.now = nine(3).Add(5 * time.Hour)
	if done, err := s.do(asks(nine(2), "30m", "findings")); err != nil || done.Gauges["Drill"] != 1 {
		t.Errorf("a check that comes 29 hours late: %v, %v", done.Gauges, err)
	}
	if metric, _ := s.checked(nine(3), "30m", "findings"); metric != 0 {
		t.Error("the check of the next day takes the drill of the day before")
	}
	// A drill that comes after the check does not change what it says when it is asked again.
	s.said(byRule("findings", s.now))
	if metric, _ := s.checked(nine(3), "30m", "findings"); metric != 0 {
		t.Error("a copy of the check says another thing")
	}
	if done, err := s.do(asks(nine(2), "30m", "findings", "none is known")); err != nil || done.Gauges["Drill"] != 0 {
		t.Errorf("an older check: %v, %v", done.Gauges, err)
	}
	if metric, words := s.checked(nine(3).Add(time.Minute), "30m", "findings"); metric != 1 || !slices.Equal(words, []string{"drill_back to slack"}) {
		t.Errorf("the older check has taken the place of the newer one: %d, %v", metric, words)
	}
}

// By a rate, the drills of a rule come at a time of their own, up to a round before the check. The one that
// did not come leaves an older one.
func TestRate(t *testing.T) {
	for _, before := range []time.Duration{time.Minute, 20 * time.Minute, 5 * time.Hour, 23 * time.Hour} {
		s := newSite(t, "slack")
		s.said(byRule("findings", nine(2).Add(-before)))
		if metric, _ := s.checked(nine(2), "24h10m0s", "findings"); metric != 1 {
			t.Errorf("%v before the check: missed", before)
		}
		if metric, _ := s.checked(nine(3), "24h10m0s", "findings"); metric != 0 {
			t.Errorf("%v before the check of the day before: not missed", before)
		}
	}
}

// A rule of the same name in another account or region is another rule, and so is one that nobody asks for.
func TestOtherRules(t *testing.T) {
	s := newSite(t, "slack")
	s.said(in("444455556666", "findings", nine(2)))
	s.said(strings.Replace(byRule("findings", nine(2)), "eu-west-1", "eu-west-2", 1))
	s.said(byRule("findings2", nine(2)))
	if metric, _ := s.checked(nine(2), "30m", "findings"); metric != 0 || !strings.Contains(s.trouble[0], "none is known") {
		t.Errorf("got %d, %v", metric, s.trouble)
	}
}

// A check that cannot be answered counts as missed, blames no rule, and does not come again.
func TestNoAnswer(t *testing.T) {
	many := make([]string, 301)
	for i := range many {
		many[i] = fmt.Sprint("r", i)
	}
	good := asks(nine(2), "25h", "findings")
	for name, record := range map[string]string{
		"no rules": asks(nine(2), "25h"), "too many rules": asks(nine(2), "25h", many...), "no time": asks(nine(2), "", "findings"),
		"a time that is none": asks(nine(2), "1 day", "findings"), "a time in the future": asks(nine(2), "-1h", "findings"),
		"what is no rule":    asks(nine(2), "25h", "findings", "<!channel>"),
		"without an account": strings.Replace(good, `"account":`, `"no":`, 1),
		"no detail":          strings.Replace(good, `"detail":{`, `"detail":[],"x":{`, 1),
	} {
		s := newSite(t, "slack")
		s.said(byRule("findings", nine(2)))
		done, err := s.do(record)
		if err != nil || done.Gauges["Drill"] != 0 || len(done.Gauges) != 1 || done.Sayings != nil || len(s.trouble) != 1 || strings.Contains(s.trouble[0], "channel") {
			t.Errorf("%s: got %+v, %v, %v", name, done, err, s.trouble)
		}
	}
	s := newSite(t, "slack")
	s.store = nil
	if got := s.said(byRule("findings", nine(2))); len(got) != 1 {
		t.Errorf("without a table, a drill says %v", got)
	}
	if metric, words := s.checked(nine(2), "25h", "findings"); metric != 0 || words != nil || !strings.Contains(s.trouble[0], "LEDGER=dynamodb") {
		t.Errorf("without a table: %d, %v, %v", metric, words, s.trouble)
	}
}
