package duty_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// holds reports whether the only mute of the table holds a finding back.
func (w *world) holds(f finding.Finding) bool {
	w.Helper()
	list, _, err := w.kept.Load(w.Context())
	if err != nil || len(list) != 1 {
		w.Fatal(list, err)
	}
	m, err := list[0].Mute()
	if err != nil {
		w.Fatal(err)
	}
	holds, err := m.Holds(f, condition.NewFacts(f))
	if err != nil {
		w.Fatal(err)
	}
	return holds
}

// A mute holds back what it was made of and nothing else, whatever stands in the texts of the finding.
func TestScopes(t *testing.T) {
	change := func(by func(*finding.Finding)) finding.Finding {
		f := threat()
		by(&f)
		return f
	}
	others := map[string]finding.Finding{
		"itself": threat(), "another finding": change(func(f *finding.Finding) { f.ID = "f2" }),
		"another resource": change(func(f *finding.Finding) { f.ID, f.Resource.ID = "f2", "bucket" }),
		"another region":   change(func(f *finding.Finding) { f.ID, f.Region = "f2", "us-east-1" }),
		"another account":  change(func(f *finding.Finding) { f.ID, f.Account.ID = "f2", "444455556666" }),
		"another type":     change(func(f *finding.Finding) { f.Type = "Policy:Y" }),
		"a critical one":   change(func(f *finding.Finding) { f.Severity = 9 }),
	}
	for scope, want := range map[string][]string{
		action.ScopeFinding:  {"itself", "another type"},
		action.ScopeResource: {"itself", "another finding", "another region"},
		action.ScopeAccount:  {"itself", "another finding", "another resource", "another region"},
	} {
		for _, evenCritical := range []bool{false, true} {
			w := newWorld(t)
			r := w.request("r1", notify.ActMute)
			r.Mute = action.Mute{Scope: scope, For: time.Hour, Reason: "scanner", EvenCritical: evenCritical}
			w.do(r)
			held := map[string]bool{}
			for name, f := range others {
				if w.holds(f) {
					held[name] = true
				}
			}
			wanted := map[string]bool{}
			for _, name := range want {
				wanted[name] = true
			}
			if evenCritical {
				wanted["a critical one"] = true
			}
			if diff := cmp.Diff(wanted, held); diff != "" {
				t.Errorf("%s, even critical %v: %s", scope, evenCritical, diff)
			}
		}
	}
}

// Texts are never taken for more than they are: no text ends the literal that it stands in.
func TestHostileTexts(t *testing.T) {
	for _, text := range []string{
		`" or true or "`, `\`, `\"`, "'", "`", "a\nb", "\u2028", "<script>&", "${x}", `") or ("" == "`, "é漢字🔥", "*", "Recon:*", "Recon:EC2/Portscn", "^.*$", `\Q.*\E`,
	} {
		for _, scope := range []string{action.ScopeFinding, action.ScopeResource, action.ScopeAccount} {
			w := newWorld(t)
			f := threat()
			f.ID, f.Type, f.Resource.ID = "id"+text, text, text
			r := w.request("r1", notify.ActMute)
			r.Subject = action.SubjectOf(&f)
			r.Mute = action.Mute{Scope: scope, For: time.Hour, Reason: text + " x", EvenCritical: true}
			r.By.Name = text
			w.do(r)
			other := threat()
			if !w.holds(f) || w.holds(other) {
				list, _, _ := w.kept.Load(t.Context())
				t.Errorf("%q, %s: holds itself %v, another %v: %+v", text, scope, w.holds(f), w.holds(other), list)
			}
		}
	}
}

// A mute that was made by a button says who made it, why, and until when, and is ended by one.
func TestMuteAndItsEnd(t *testing.T) {
	w := newWorld(t)
	r := w.request("r1", notify.ActMute)
	r.Mute = action.Mute{Scope: action.ScopeAccount, For: 2 * time.Hour, Reason: "the scanner\nof the audit"}
	sayings := w.do(r)
	list, _, err := w.kept.Load(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	f := threat()
	want := mute.Entry{
		Name: "slack-20261129-" + list[0].Name[len(list[0].Name)-6:], Until: "2026-11-29T12:00:00Z", Reason: "the scanner of the audit",
		When: `type == "Policy:\"X\" <&>" and account == "111122223333"`, By: "jane (U012AB3CD)", Created: w.now,
	}
	until := w.now.Add(2 * time.Hour)
	w.now = w.now.Add(time.Second)
	if diff := cmp.Diff(want, list[0]); diff != "" {
		t.Error(diff)
	}
	n := sayings[1].Notification
	values := []notify.Value{
		{Name: "who", Person: jane()}, {Name: "what", Text: "account"}, {Name: "reason", Text: "the scanner of the audit"},
		{Name: "until", Time: until}, {Name: "mute", Text: want.Name},
	}
	if diff := cmp.Diff(values, n.Word.Values); diff != "" || n.Word.Name != "act_mute" || n.Word.About != f.Key() || w.reread != 1 {
		t.Errorf("%s, read again %d times: %s", n.Word.Name, w.reread, diff)
	}
	if len(n.Acts) != 1 || n.Acts[0].Name != notify.ActUnmute {
		t.Fatalf("nothing undoes it: %+v", n.Acts)
	}
	end := w.request("r2", notify.ActUnmute)
	if end.Subject, err = action.ReadSubject(n.Acts[0].Value); err != nil {
		t.Fatal(err)
	}
	sayings = w.do(end)
	if word := sayings[0].Notification.Word; word.Name != "act_unmute" || word.Values[1].Text != want.Name || w.reread != 2 {
		t.Errorf("got %+v", sayings)
	}
	if list, _, err := w.kept.Load(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("the table has %v, %v", list, err)
	}
	w.do(r) // a copy of what was ended
	if list, _, _ := w.kept.Load(t.Context()); len(list) > 0 {
		t.Errorf("a copy brings it back: %v", list)
	}
	history, err := w.kept.History(t.Context())
	if err != nil || len(history) != 2 || history[1].By != "jane (U012AB3CD)" {
		t.Errorf("the history: %v, %v", history, err)
	}
	if got := w.results(); len(got) != 2 || !strings.Contains(w.log.String(), `"mute":"`+want.Name+`"`) {
		t.Errorf("the audit: %v; the log: %s", got, &w.log)
	}
}

// A table that is full says so.
func TestNoRoomForAMute(t *testing.T) {
	w := newWorld(t)
	r := w.request("r", notify.ActMute)
	r.Mute = action.Mute{Scope: action.ScopeFinding, For: time.Hour, Reason: strings.Repeat("é ", 140)}
	for i := range 200 {
		r.ID = strings.Repeat("x", i+1)
		if sayings := w.do(r); sayings[0].Notification.Word.Name == "act_failed" {
			if reason := sayings[0].Notification.Word.Values[2].Text; !strings.Contains(reason, "end some first") {
				t.Errorf("got %q", reason)
			}
			return
		}
	}
	t.Error("the table takes any number of mutes")
}
