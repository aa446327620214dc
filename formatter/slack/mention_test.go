package slack_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/slack"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// inJSON is how encoding/json writes a mention.
func inJSON(mention string) string {
	return strings.NewReplacer("<", `\u003c`, ">", `\u003e`).Replace(mention)
}

func TestParseMention(t *testing.T) {
	for text, want := range map[string]formatter.Mention{
		"<!channel>":           {Kind: formatter.MentionChannel},
		"<!here>":              {Kind: formatter.MentionHere},
		"<!everyone>":          {Kind: formatter.MentionEveryone},
		"<@U012AB3CD>":         {Kind: formatter.MentionUser, ID: "U012AB3CD"},
		"<!subteam^S012AB3CD>": {Kind: formatter.MentionGroup, ID: "S012AB3CD"},
	} {
		if got, ok := slack.ParseMention(text); got != want || !ok {
			t.Errorf("%s: got %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{
		"", "<!channel", "!channel>", "@channel", "<!Channel>", "<!channel><!here>", "<@>", "<@U>", "<@u012>", "<@U012|x>", "<@U012 >", "<!subteam^S1|x>",
		"<!subteam^>", "<@" + strings.Repeat("U", 33) + ">", "<#C012>", "<https://evil.example>", "<!date^1^{date}|x>", "<@80351110224678912>",
	} {
		if got, ok := slack.ParseMention(text); ok {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

// The mentions stand in a message once, as Slack writes them.
func TestMentions(t *testing.T) {
	const mentions = "<!everyone> <!here> <!channel> <@U012AB3CD> <!subteam^S012AB3CD>"
	m := message(t, formattertest.Exfiltration(), map[string]string{"MENTION": mentions})
	for _, minimal := range []bool{false, true} {
		m.Minimal = minimal
		if n := strings.Count(string(slack.Render(m, slack.Post{})), inJSON(mentions)); n != 1 {
			t.Errorf("minimal %v: the mentions stand in the message %d times", minimal, n)
		}
	}
	// What Slack has no form of is left out, and no id makes something else of a mention.
	m.Mentions = []formatter.Mention{{}, {Kind: 99, ID: "U012"}, {Kind: formatter.MentionUser, ID: "U012><!channel"}, {Kind: formatter.MentionGroup}}
	check(t, m)
}

// A list of mentions of any length leaves a message that Slack takes and that says what happened.
func TestLongMentions(t *testing.T) {
	const one, most = "<@U012AB3CD>", 77
	escaped := inJSON(one)
	usual := notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}
	for _, n := range []notify.Notification{usual, formattertest.Filled(strings.Repeat("&<>", 3_000))} {
		m := formatter.New(n, formatter.Style{}.WithParts())
		for _, many := range []int{1, 77, 78, 110, 115, 116, 200, 231, 232, 5_000} {
			m.Mentions = nil
			for range many {
				m.Mentions = append(m.Mentions, formatter.Mention{Kind: formatter.MentionUser, ID: "U012AB3CD"})
			}
			for _, minimal := range []bool{false, true} {
				m.Minimal = minimal
				body := string(slack.Render(m, slack.Post{}))
				if got, want := strings.Count(body, escaped), min(many, most); got != want {
					t.Errorf("minimal %v: %d of %d mentions, want %d", minimal, got, many, want)
				}
				if !strings.Contains(body, m.LevelName) {
					t.Errorf("minimal %v: the headline is lost", minimal)
				}
				formattertest.CheckSlack(t, []byte(strings.ReplaceAll(body, escaped, strings.Repeat("m", len(one)))))
			}
		}
	}
}
