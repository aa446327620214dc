package discord_test

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/discord"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	for name, c := range formattertest.Cases() {
		formattertest.Golden(t, name+".json", formattertest.Indented(t, discord.Render(formattertest.Message(t, c), discord.Post{})), *update)
	}
}

// attacks are those of every channel, and those of Discord's own markup.
func attacks() map[string]string {
	all := formattertest.Attacks()
	for name, text := range map[string]string{
		"Discord mentions":    "<@80351110224678912> <@!80351110224678912> <@&165511591545143296> <#103735883630395392> @everyone @here @EVERYONE",
		"Discord times":       "<t:1618953630> <t:1618953630:R> </airhorn:816437322781949972> <id:customize> <id:guide>",
		"Discord emoji":       "<:mmLol:216154654256398347> <a:b1nzy:392938283556143104> :skull: :+1::skin-tone-2: ::: a:b:c",
		"Discord blocks":      "# big\n-# small\n> quote\n>>> all\n- list\n* list\n1. one\n2) two\n   ### deep",
		"Discord spans":       "**b** __u__ ~~s~~ ||spoiler|| ***bi*** _i_ `code` ``x`y`` ```js\nx\n```",
		"Discord links":       "[Open](https://evil.example) [a](<https://evil.example>) <https://evil.example> discord.gg/evil https://discord.com/invite/x discord://-/x",
		"Discord backslashes": `\\*x\\* \`,
		"Discord escapes":     `\*x\* \@everyone \<@1> \\`,
		"half a code span":    "`[x](https://evil.example)",
		"phone and mail":      "<+1 206 555 0123> <a@evil.example> <mailto:a@evil.example> <sms:+1>",
		"only marks":          "**",
		"long marks":          strings.Repeat("*_", 40_000),
	} {
		all[name] = text
	}
	return all
}

func TestAttacksAreDead(t *testing.T) { formattertest.Attacked(t, attacks(), check) }

// The same holds for whole events of every source, whichever member is an attacker's.
func TestWholeEventsAreDead(t *testing.T) { formattertest.AttackedWhole(t, check) }

func TestHugeFindings(t *testing.T) { formattertest.Oversized(t, formattertest.Huge(), check) }

func TestParseMention(t *testing.T) {
	for text, want := range map[string]formatter.Mention{
		"<@80351110224678912>":    {Kind: formatter.MentionUser, ID: "80351110224678912"},
		"<@!80351110224678912>":   {Kind: formatter.MentionUser, ID: "80351110224678912"},
		"<@&165511591545143296>":  {Kind: formatter.MentionGroup, ID: "165511591545143296"},
		"<@1165511591545143296>":  {Kind: formatter.MentionUser, ID: "1165511591545143296"},
		"<@&1165511591545143296>": {Kind: formatter.MentionGroup, ID: "1165511591545143296"},
	} {
		if got, ok := discord.ParseMention(text); got != want || !ok {
			t.Errorf("%s: got %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{
		"", "@everyone", "<@U012AB3CD>", "<!subteam^S012AB3CD>", "<@>", "<@&>", "<@80351110224678912", "80351110224678912", "<@1>",
		"<@&!80351110224678912>", "<@80351110224678912 >", "<#80351110224678912>", "<@" + strings.Repeat("1", 21) + ">", "<@８0351110224678912>",
	} {
		if got, ok := discord.ParseMention(text); ok {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

// The mentions stand in a message once, and nobody else may be called, whatever the finding says.
func TestMentions(t *testing.T) {
	m := formatter.New(formattertest.Filled("@everyone <@80351110224678913> <@&165511591545143297>"), formatter.Style{})
	m.Mentions = []formatter.Mention{
		{Kind: formatter.MentionUser, ID: "80351110224678912"}, {Kind: formatter.MentionGroup, ID: "165511591545143296"},
		{Kind: formatter.MentionUser, ID: "80351110224678912"}, {Kind: formatter.MentionUser, ID: "U012AB3CD"}, {}, {Kind: formatter.MentionGroup},
		{Kind: formatter.MentionHere, ID: "x"},
	}
	const calls = "<@80351110224678912> <@&165511591545143296>"
	for _, minimal := range []bool{false, true} {
		m.Minimal = minimal
		b := read(t, discord.Render(m, discord.Post{}))
		if !strings.HasPrefix(b.Content, calls) || !minimal && b.Content != calls {
			t.Errorf("minimal %v: %q", minimal, b.Content)
		}
		checker{t, nil}.dead(strings.TrimPrefix(b.Content, calls))
		if got := fmt.Sprint(b.Allowed); got != "{[] [80351110224678912] [165511591545143296]}" {
			t.Errorf("minimal %v: the message may call %s", minimal, got)
		}
	}
	for kind, want := range map[formatter.MentionKind]string{
		formatter.MentionEveryone: "@everyone", formatter.MentionChannel: "@everyone", formatter.MentionHere: "@here",
	} {
		m.Mentions = []formatter.Mention{{Kind: kind}}
		b := read(t, discord.Render(m, discord.Post{}))
		if !strings.HasPrefix(b.Content, want+"\n") || strings.Count(b.Content, "@everyone")+strings.Count(b.Content, "@here") != 1 {
			t.Errorf("%q", b.Content)
		}
		if got := fmt.Sprint(b.Allowed); got != "{[everyone] [] []}" {
			t.Errorf("the message may call %s", got)
		}
	}
}

// A list of mentions of any length leaves a message that Discord takes and that says what happened.
func TestLongMentions(t *testing.T) {
	m := formatter.New(notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}, formatter.Style{})
	for i := range 5_000 {
		m.Mentions = append(m.Mentions, formatter.Mention{Kind: formatter.MentionUser, ID: fmt.Sprintf("8035111022467%04d", i)})
	}
	for _, minimal := range []bool{false, true} {
		m.Minimal = minimal
		b := read(t, discord.Render(m, discord.Post{}))
		if n := utf8.RuneCountInString(b.Content); n > 2_000 || len(b.Allowed.Users) == 0 || len(b.Allowed.Users) > 100 {
			t.Errorf("minimal %v: %d characters, %d users", minimal, n, len(b.Allowed.Users))
		}
		if minimal && !strings.Contains(b.Content, "HIGH") {
			t.Error("the headline is lost")
		}
	}
}

func TestSizes(t *testing.T) {
	for name, c := range formattertest.Cases() {
		sizes, err := discord.Sizes(discord.Render(formattertest.Message(t, c), discord.Post{}))
		if err != nil || len(sizes) < 2 {
			t.Fatalf("%s: %v, %v", name, sizes, err)
		}
		for _, size := range sizes {
			if size.Value > size.Limit {
				t.Errorf("%s: %s: %d of %d", name, size.What, size.Value, size.Limit)
			}
		}
	}
	if _, err := discord.Sizes([]byte("{")); err == nil {
		t.Error("half a document was measured")
	}
}

func TestSilent(t *testing.T) {
	m := formatter.New(notify.Notification{Kind: notify.KindHeartbeat}, formatter.Style{})
	if b := read(t, discord.Render(m, discord.Post{Silent: true})); b.Flags != 4096 {
		t.Errorf("got the flags %d", b.Flags)
	}
	check(t, m)
}

func FuzzRender(f *testing.F) {
	formattertest.Seed(f, attacks())
	everything := formattertest.Everything(f)
	f.Fuzz(func(t *testing.T, attack string) {
		n := formattertest.Filled(attack)
		check(t, formatter.New(n, everything))
		n.Minimal = true
		check(t, formatter.New(n, formatter.Style{}))
	})
}
