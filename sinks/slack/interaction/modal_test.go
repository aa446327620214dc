package interaction_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter/lang"
	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/sinks/slack/interaction"
	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

// draft is that of a finding of a severity.
func draft(severity finding.Severity) interaction.Draft {
	return interaction.Draft{
		Subject: action.Subject{Source: "com.example", Account: "111122223333", Region: "eu-west-1", ID: "f1", Type: "T", Resource: "r", Severity: severity},
		From:    action.From{Sink: "slack", Place: "C0123ABCD", Message: "1700000000.000100", Thread: "1700000000.000100"},
	}
}

// Every modal is one that Slack takes, in each language and of each finding.
func TestModals(t *testing.T) {
	hostile, long := draft(8), draft(9.5)
	hostile.Subject.Type, hostile.Subject.Resource = "<!channel>\n*x*", strings.Repeat("<&>", 300)
	long.Subject.ID = strings.Repeat(`"`, 600)
	long.From.Sink = strings.Repeat("s", 32)
	bare := draft(2)
	bare.Subject.Type, bare.Subject.Resource = "", ""
	for code := range lang.Files() {
		w := words(t, code)
		for name, d := range map[string]interaction.Draft{"usual": draft(8), "critical": draft(9.5), "unknown": draft(0), "hostile": hostile, "long": long, "bare": bare} {
			first, err := w.Mute(d)
			if err != nil || slacktest.CheckView(first) != nil {
				t.Fatalf("%s, %s: %v, %v: %s", code, name, err, slacktest.CheckView(first), first)
			}
			if strings.Contains(string(first), "<!channel>\\n") {
				t.Errorf("%s, %s: calls somebody: %s", code, name, first)
			}
			if hasTick := strings.Contains(string(first), `"checkboxes"`); hasTick != (name != "bare") {
				t.Errorf("%s, %s: asks for critical ones: %v", code, name, hasTick)
			}
			d.Mute = action.Mute{Scope: action.ScopeFinding, For: action.LongestMute, Reason: strings.Repeat(`"`, 300), EvenCritical: true}
			second, err := w.Confirm(d)
			if err != nil || slacktest.CheckView(second) != nil {
				t.Errorf("%s, %s: %v, %v: %s", code, name, err, slacktest.CheckView(second), second)
			}
			var carried struct {
				Metadata string `json:"private_metadata"`
			}
			_ = json.Unmarshal(second, &carried)
			got, err := interaction.ReadDraft(carried.Metadata)
			if diff := cmp.Diff(d, got); err != nil || diff != "" {
				t.Errorf("%s, %s: %v, %s", code, name, err, diff)
			}
		}
		if view, err := w.Refusal(w.Denied()); err != nil || slacktest.CheckView(view) != nil {
			t.Errorf("%s: %v, %v", code, err, slacktest.CheckView(view))
		}
	}
	if _, _, ok := interaction.NewWords("tlh"); ok {
		t.Error("it speaks Klingon")
	}
}

// What is more than Slack lets a modal carry cannot be opened.
func TestModalThatCarriesTooMuch(t *testing.T) {
	d := draft(8)
	d.Subject.ID = strings.Repeat("x", 3_000)
	if _, err := words(t, "").Mute(d); !errors.Is(err, interaction.ErrDraft) {
		t.Errorf("got %v", err)
	}
	for _, metadata := range []string{"", "{}", "[]", `{"s":{"s":"a","i":"b"}}`, strings.Repeat(" ", 20_000) + "{}"} {
		if _, err := interaction.ReadDraft(metadata); err == nil {
			t.Errorf("took %.40q", metadata)
		}
	}
}

func TestFilled(t *testing.T) {
	value := func(v interaction.Value) map[string]map[string]interaction.Value {
		return map[string]map[string]interaction.Value{"x": {"x": v}}
	}
	values := func(scope, length, why string, tick bool) map[string]map[string]interaction.Value {
		all := map[string]map[string]interaction.Value{
			"scope": {"scope": {Option: &interaction.Option{Value: scope}}}, "for": {"for": {Option: &interaction.Option{Value: length}}}, "why": {"why": {Text: why}},
		}
		if tick {
			all["critical"] = map[string]interaction.Value{"critical": {Options: []interaction.Option{{Value: "tick"}}}}
		}
		return all
	}
	bare := draft(5)
	bare.Subject.Account = ""
	for name, test := range map[string]struct {
		draft  interaction.Draft
		values map[string]map[string]interaction.Value
		want   action.Mute
		wrong  string
	}{
		"this finding":            {draft(5), values("finding", "1d", " a\tb ", false), action.Mute{Scope: "finding", For: 24 * time.Hour, Reason: "a b"}, ""},
		"Japanese":                {draft(5), values("account", "1h", "監査　スキャナー", false), action.Mute{Scope: "account", For: time.Hour, Reason: "監査 スキャナー"}, ""},
		"critical, ticked":        {draft(9), values("finding", "4h", "x", true), action.Mute{Scope: "finding", For: 4 * time.Hour, Reason: "x", EvenCritical: true}, ""},
		"critical, not ticked":    {draft(9), values("finding", "4h", "x", false), action.Mute{}, "critical"},
		"unknown, not ticked":     {draft(0), values("finding", "4h", "x", false), action.Mute{}, "critical"},
		"type of a critical":      {draft(9), values("resource", "7d", "x", false), action.Mute{Scope: "resource", For: 7 * 24 * time.Hour, Reason: "x"}, ""},
		"without an account":      {bare, values("account", "1h", "x", false), action.Mute{}, "scope"},
		"the longest reason":      {draft(5), values("finding", "30d", strings.Repeat("x", 300), false), action.Mute{Scope: "finding", For: action.LongestMute, Reason: strings.Repeat("x", 300)}, ""},
		"a longer one":            {draft(5), values("finding", "30d", strings.Repeat("x", 301), false), action.Mute{}, "why"},
		"a longer one in letters": {draft(5), values("finding", "30d", strings.Repeat("監", 101), false), action.Mute{}, "why"},
		"nothing":                 {draft(5), value(interaction.Value{}), action.Mute{}, "for scope why"},
	} {
		got, wrong := words(t, "").Filled(test.draft, test.values)
		var at []string
		for _, place := range []string{"critical", "for", "scope", "why"} {
			if wrong[place] != "" {
				at = append(at, place)
			}
		}
		if strings.Join(at, " ") != test.wrong || len(at) != len(wrong) || test.wrong == "" && got.Mute != test.want {
			t.Errorf("%s: got %+v, wrong %v", name, got.Mute, wrong)
		}
	}
}
