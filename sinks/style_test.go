package sinks_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// callers are three types of sink: one calls people and everybody, one people, one nobody.
func callers() []sinks.Type {
	parse := func(start string) func(string) (formatter.Mention, bool) {
		return func(text string) (formatter.Mention, bool) {
			return formatter.Mention{Kind: formatter.MentionUser, ID: text}, strings.HasPrefix(text, start)
		}
	}
	return []sinks.Type{
		sinks.Of("loud", traits.Traits{Mentions: traits.Mentions{Parse: parse("L"), Forms: "L1", Everybody: true}}, newToy),
		sinks.Of("calm", traits.Traits{Mentions: traits.Mentions{Parse: parse("C"), Forms: "C1"}}, newToy),
		sinks.Of("mute", traits.Traits{}, newToy),
	}
}

// The shared MENTION may hold what any sink has a form of, an instance's own what its type has.
func TestMentions(t *testing.T) {
	user := func(id string) formatter.Mention { return formatter.Mention{Kind: formatter.MentionUser, ID: id} }
	for _, test := range []struct {
		at             int // of callers
		variable, text string
		want           []formatter.Mention
		err            string
	}{
		{0, "MENTION", "L1 C1 @here", []formatter.Mention{user("L1"), user("C1"), {Kind: formatter.MentionHere}}, ""},
		{2, "MENTION", "L1", []formatter.Mention{user("L1")}, ""},
		{0, "MENTION", "X1", nil, "MENTION: want mentions as the channel writes them, separated by spaces: C1 (calm); L1, @channel, @here (loud)"},
		{0, "ONCALL_MENTION", "@everyone @channel", []formatter.Mention{{Kind: formatter.MentionEveryone}, {Kind: formatter.MentionChannel}}, ""},
		{0, "ONCALL_MENTION", "L1 C1", nil, "ONCALL_MENTION: want mentions as the channel writes them, separated by spaces: L1, @channel, @here (loud)"},
		{1, "ONCALL_MENTION", "@here", nil, "ONCALL_MENTION: want mentions as the channel writes them, separated by spaces: C1 (calm)"},
		{2, "ONCALL_MENTION", "L1", []formatter.Mention{user("L1")}, ""}, // without effect, as ever
		{2, "ONCALL_MENTION", "", nil, ""},
	} {
		style, err := callers()[test.at].NewStyle(callers(), func(setting string) (string, string) {
			if setting == "MENTION" {
				return test.variable, test.text
			}
			return setting, ""
		}, nil)
		if err != nil || test.err != "" {
			if err == nil || err.Error() != test.err {
				t.Errorf("%s=%s: got %v", test.variable, test.text, err)
			}
			continue
		}
		f := finding.Finding{Severity: 8}
		m := formatter.New(notify.Notification{Findings: []finding.Finding{f}}, style)
		if diff := cmp.Diff(test.want, m.Mentions); diff != "" {
			t.Errorf("%s=%s: %s", test.variable, test.text, diff)
		}
	}
}
