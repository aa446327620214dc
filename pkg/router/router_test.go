package router_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

func TestDecide(t *testing.T) {
	routes := []router.Route{{Sink: "all", MinSeverity: 0}, {Sink: "some", MinSeverity: 4}, {Sink: "few", MinSeverity: 9}}
	for _, test := range []struct {
		severity float64
		want     [3]router.Verdict
	}{
		{1, [3]router.Verdict{router.Send, router.Below, router.Below}},
		{3.95, [3]router.Verdict{router.Send, router.Below, router.Below}},
		{4, [3]router.Verdict{router.Send, router.Send, router.Below}},
		{9, [3]router.Verdict{router.Send, router.Send, router.Send}},
		{0, [3]router.Verdict{router.Send, router.Send, router.Send}},
		{-3, [3]router.Verdict{router.Send, router.Send, router.Send}},
	} {
		decisions := router.Decide(finding.Finding{Severity: finding.NewSeverity(test.severity)}, routes, nil)
		for i, decision := range decisions {
			if decision.Verdict != test.want[i] || decision.Reason == "" {
				t.Errorf("severity %v for %s: got %+v, want verdict %v and a reason", test.severity, routes[i].Sink, decision, test.want[i])
			}
		}
	}
}

// What is over goes everywhere, with a reason: whoever was sent it is told, and the ledger knows who
// was.
func TestNothingHoldsAnEndBack(t *testing.T) {
	routes := []router.Route{{MinSeverity: 4}, {MinSeverity: 9}, {When: when(t, `level == "high" and not archived`), Variable: "WHEN"}}
	mutes := []mute.Mute{{Name: "all", When: when(t, `true`), End: "2026-12-01", Reason: "x"}}
	for state, word := range map[finding.State]string{finding.Archived: "archived", finding.Closed: "closed", finding.OK: "ok"} {
		f := finding.Finding{Severity: finding.Lowest, Activity: finding.Activity{State: state, Sample: true}}
		want := router.Decision{Reason: "it is over (" + word + "): the ledger decides"}
		if diff := cmp.Diff([]router.Decision{want, want, want}, router.Decide(f, routes, mutes)); diff != "" {
			t.Error(diff)
		}
	}
}

// A default sink that is sent to alone is not sent what the others take.
func TestDefaultAlone(t *testing.T) {
	routes := []router.Route{{
		Sink: "security", MinSeverity: 4, When: when(t, `account == "444455556666"`), Variable: "SECURITY_WHEN", IsDefault: true,
		Others: []router.Route{{Sink: "shop", MinSeverity: 7, When: when(t, `account == "111122223333"`)}},
	}}
	for _, test := range []struct {
		account  string
		severity float64
		want     router.Verdict
	}{{"111122223333", 8, router.Unmatched}, {"111122223333", 5, router.Send}, {"777788889999", 8, router.Send}, {"777788889999", 3, router.Below}} {
		f := finding.Finding{Severity: finding.Severity(test.severity)}
		f.Account.ID = test.account
		if got := router.Decide(f, routes, nil)[0]; got.Verdict != test.want {
			t.Errorf("%v: got %q: %s", test, got.Verdict, got.Reason)
		}
	}
}

// The default sink takes what nobody takes for a condition, from its own threshold on; what a mute
// holds back is taken by nobody.
func TestDefault(t *testing.T) {
	routes := []router.Route{
		{Sink: "shop", MinSeverity: 4, When: when(t, `account == "111122223333"`), Variable: "SHOP_WHEN"},
		{Sink: "security", MinSeverity: 7, When: when(t, `account == "444455556666"`), Variable: "SECURITY_WHEN", IsDefault: true},
	}
	muted := []mute.Mute{{Name: "noise", When: when(t, `type == "noise"`), End: "2026-12-01", Reason: "x"}}
	for _, test := range []struct {
		account, kind string
		severity      float64
		mutes         []mute.Mute
		want          [2]router.Verdict
	}{
		{"111122223333", "", 8, nil, [2]router.Verdict{router.Send, router.Unmatched}},
		{"444455556666", "", 8, nil, [2]router.Verdict{router.Unmatched, router.Send}},
		{"777788889999", "", 8, nil, [2]router.Verdict{router.Unmatched, router.Send}},
		{"777788889999", "", 5, nil, [2]router.Verdict{router.Unmatched, router.Below}},
		{"777788889999", "noise", 8, muted, [2]router.Verdict{router.Unmatched, router.Muted}},
		{"111122223333", "noise", 8, muted, [2]router.Verdict{router.Muted, router.Unmatched}},
		{"777788889999", "other", 8, muted, [2]router.Verdict{router.Unmatched, router.Send}},
	} {
		f := finding.Finding{Type: test.kind, Severity: finding.NewSeverity(test.severity), Place: finding.Place{Account: finding.Account{ID: test.account}}}
		for i, d := range router.Decide(f, routes, test.mutes) {
			if d.Verdict != test.want[i] || d.Reason == "" {
				t.Errorf("%s %s %v: %s is %q (%s), want %q", test.account, test.kind, test.severity, routes[i].Sink, d.Verdict, d.Reason, test.want[i])
			}
		}
	}
	if d := router.Decide(finding.Finding{Severity: 8}, routes, nil)[1]; !strings.Contains(d.Reason, "no other sink takes it") {
		t.Errorf("the reason is %s", d.Reason)
	}
}

func when(t *testing.T, text string) *condition.Condition {
	t.Helper()
	c, err := condition.Compile(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestConditions(t *testing.T) {
	f := finding.Finding{Severity: 5, Type: "Recon:EC2/Portscan"}
	unknown := f
	unknown.Severity = 0
	unstated := f
	unstated.Severity = finding.Unstated
	untriaged := f
	untriaged.Severity = finding.Untriaged
	for _, test := range []struct {
		finding finding.Finding
		route   router.Route
		want    router.Decision
	}{
		{f, router.Route{MinSeverity: 4, When: when(t, `type startsWith "Recon:"`), Variable: "WHEN"},
			router.Decision{Reason: `WHEN holds: type "Recon:EC2/Portscan"`}},
		{f, router.Route{MinSeverity: 4, When: when(t, `level == "high" or count > 3`), Variable: "A_WHEN"},
			router.Decision{Verdict: router.Unmatched, Rule: "A_WHEN", Reason: `A_WHEN does not hold: level "medium", count 0`}},
		{f, router.Route{MinSeverity: 7, When: when(t, `level == "high"`), Variable: "WHEN"},
			router.Decision{Verdict: router.Below, Reason: "severity 5.0 is below the threshold 7.0"}},
		{f, router.Route{MinSeverity: 4, When: when(t, `document.a.b == 1`), Variable: "WHEN"},
			router.Decision{Reason: "WHEN cannot be decided, and is taken to hold: line 1, column 10: cannot fetch a from <nil>"}},
		{f, router.Route{MinSeverity: 4, When: when(t, `false`), Variable: "WHEN"},
			router.Decision{Verdict: router.Unmatched, Rule: "WHEN", Reason: "WHEN does not hold"}},
		{unknown, router.Route{MinSeverity: 9, When: when(t, `severity < 4`), Variable: "WHEN"},
			router.Decision{Reason: "WHEN holds: severity unknown"}},
		{unstated, router.Route{MinSeverity: 7}, router.Decision{Verdict: router.Below, Reason: "severity unstated is below the threshold 7.0"}},
		{unstated, router.Route{MinSeverity: 4}, router.Decision{Reason: "the source states no severity, which counts as medium"}},
		{unstated, router.Route{When: when(t, `severity >= 7`), Variable: "WHEN"},
			router.Decision{Verdict: router.Unmatched, Rule: "WHEN", Reason: "WHEN does not hold: severity unstated"}},
		{unstated, router.Route{When: when(t, `severity == 5 and level == "medium"`), Variable: "WHEN"},
			router.Decision{Reason: `WHEN holds: severity unstated, level "medium"`}},
		{untriaged, router.Route{MinSeverity: 7}, router.Decision{Verdict: router.Below, Reason: "severity untriaged is below the threshold 7.0"}},
		{untriaged, router.Route{MinSeverity: 4}, router.Decision{Reason: "the source has not graded it yet, which counts as medium"}},
		{untriaged, router.Route{When: when(t, `severity == 5 and level == "untriaged"`), Variable: "WHEN"},
			router.Decision{Reason: `WHEN holds: severity untriaged, level "untriaged"`}},
		{unknown, router.Route{MinSeverity: 9, When: when(t, `sample`), Variable: "WHEN"},
			router.Decision{Verdict: router.Unmatched, Rule: "WHEN", Reason: "WHEN does not hold: sample false"}},
	} {
		got := router.Decide(test.finding, []router.Route{test.route}, nil)[0]
		ignored := cmpopts.IgnoreFields(router.Decision{}, "Seen", "Err")
		if diff := cmp.Diff(test.want, got, ignored); diff != "" {
			t.Error(diff)
		}
		if failed := strings.Contains(test.want.Reason, "cannot be decided"); failed != (got.Err != nil) {
			t.Errorf("%s: error %v", got.Reason, got.Err)
		}
	}
}

func TestMutes(t *testing.T) {
	mutes := []mute.Mute{
		{Name: "odd", When: when(t, `document.a == 1`), End: "2026-12-01", Reason: "x"},
		{Name: "scans", When: when(t, `type startsWith "Recon:"`), End: "2026-12-01", Reason: "the audit", By: "alice"},
		{Name: "all", When: when(t, `true`), End: "2026-12-01", Reason: "x"},
	}
	routes := []router.Route{
		{MinSeverity: 7}, {MinSeverity: 4, When: when(t, "sample"), Variable: "WHEN"}, {MinSeverity: 4},
	}
	const odd = `; the mute "odd" cannot be decided, and mutes nothing: line 1, column 10: cannot fetch a from <nil>`
	for _, test := range []struct {
		finding finding.Finding
		mutes   []mute.Mute
		want    []router.Decision
	}{
		{finding.Finding{Severity: 5, Type: "Recon:EC2/Portscan"}, mutes, []router.Decision{
			{Verdict: router.Below, Reason: "severity 5.0 is below the threshold 7.0"},
			{Verdict: router.Unmatched, Rule: "WHEN", Reason: "WHEN does not hold: sample false"},
			{Verdict: router.Muted, Rule: "scans", Reason: `muted by "scans" until 2026-12-01 (the audit; alice)`},
		}},
		{finding.Finding{Severity: 7}, mutes[:2], []router.Decision{
			{Reason: "severity 7.0 is at or above the threshold 7.0" + odd},
			{Verdict: router.Unmatched, Rule: "WHEN", Reason: "WHEN does not hold: sample false"},
			{Reason: "severity 7.0 is at or above the threshold 4.0" + odd},
		}},
		{finding.Finding{Severity: 9, Type: "Recon:EC2/Portscan"}, mutes[1:], []router.Decision{
			{Reason: "severity 9.0 is at or above the threshold 7.0"},
			{Verdict: router.Unmatched, Rule: "WHEN", Reason: "WHEN does not hold: sample false"},
			{Reason: "severity 9.0 is at or above the threshold 4.0"},
		}},
	} {
		got := router.Decide(test.finding, routes, test.mutes)
		if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(router.Decision{}, "Seen", "Err")); diff != "" {
			t.Error(diff)
		}
		if got, want := got[2].Err != nil, test.mutes[0].Name == "odd"; got != want {
			t.Errorf("error %v, want %v", got, want)
		}
	}
}

func ExampleDecide() {
	when, err := condition.Compile(`region startsWith "eu-"`)
	if err != nil {
		fmt.Println(err)
		return
	}
	f := finding.Finding{Severity: 5, Place: finding.Place{Region: "us-east-1"}}
	routes := []router.Route{{MinSeverity: 4}, {MinSeverity: 7}, {MinSeverity: 4, When: when, Variable: "EUROPE_WHEN"}}
	for _, decision := range router.Decide(f, routes, nil) {
		fmt.Println(decision.Verdict == router.Send, "-", decision.Reason)
	}
	// Output:
	// true - severity 5.0 is at or above the threshold 4.0
	// false - severity 5.0 is below the threshold 7.0
	// false - EUROPE_WHEN does not hold: region "us-east-1"
}
