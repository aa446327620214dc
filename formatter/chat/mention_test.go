package chat_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/chat"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

func TestParseMention(t *testing.T) {
	for text, want := range map[string]formatter.Mention{
		"<users/all>":                   {Kind: formatter.MentionChannel},
		"<users/123456789012345678901>": {Kind: formatter.MentionUser, ID: "users/123456789012345678901"},
	} {
		if got, ok := chat.ParseMention(text); got != want || !ok {
			t.Errorf("%s: got %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{
		"", "<users/all", "users/all>", "@all", "<users/All>", "<users/>", "<users/1><users/2>", "<users/1|x>", "<users/a@example.com>", "<users/app>",
		"<users/" + strings.Repeat("1", 33) + ">", "<@80351110224678912>", "<@U012AB3CD>", "<!channel>", "<spaces/1>", "<users/１>",
	} {
		if got, ok := chat.ParseMention(text); ok {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

func textOf(t *testing.T, m formatter.Message) string {
	t.Helper()
	var b body
	if err := json.Unmarshal(render(t, m), &b); err != nil {
		t.Fatal(err)
	}
	return b.Text
}

// The mentions begin the text, each once, and nobody else's are in it.
func TestMentions(t *testing.T) {
	m := formatter.New(notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}, formatter.Style{})
	m.Mentions = []formatter.Mention{
		{Kind: formatter.MentionChannel}, {Kind: formatter.MentionHere}, {Kind: formatter.MentionUser, ID: "users/1234"},
		{Kind: formatter.MentionUser, ID: "U012AB3CD"}, {Kind: formatter.MentionUser, ID: "80351110224678912"}, {Kind: formatter.MentionGroup, ID: "users/1"}, {},
		{Kind: formatter.MentionUser, ID: "users/1> <users/all"}, {Kind: formatter.MentionChannel, ID: "C1"}, {Kind: 99, ID: "users/1"},
	}
	for _, isMinimal := range []bool{false, true} {
		m.Minimal = isMinimal
		if text := textOf(t, m); !strings.HasPrefix(text, "<users/all> <users/1234>\nHIGH · ") || strings.Count(text, "<users/") != 2 {
			t.Errorf("minimal %v: got %s", isMinimal, text)
		}
	}
	m.Minimal, m.Mentions = false, nil
	if text := textOf(t, m); text != "" {
		t.Errorf("a text beside the card that calls nobody: %s", text)
	}
}

// A list of mentions of any length leaves a message that says what happened.
func TestLongMentions(t *testing.T) {
	m := formatter.New(formattertest.Filled(strings.Repeat("&<>", 3_000)), formatter.Style{})
	for i := range 5_000 {
		m.Mentions = append(m.Mentions, formatter.Mention{Kind: formatter.MentionUser, ID: "users/1000" + strings.Repeat("1", i%9) + strings.Repeat("2", i%7)})
	}
	for _, isMinimal := range []bool{false, true} {
		m.Minimal = isMinimal
		if text := textOf(t, m); !strings.Contains(text, "\n"+m.LevelName) || len(text) > 4_000 {
			t.Errorf("minimal %v: got %d bytes: %.300s", isMinimal, len(text), text)
		}
	}
}
