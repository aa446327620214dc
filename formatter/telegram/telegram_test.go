package telegram_test

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/telegram"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	for name, c := range formattertest.Cases() {
		formattertest.Golden(t, name+".json", formattertest.Indented(t, telegram.Render(formattertest.Message(t, c), telegram.Post{Chat: "-1001234567890"})), *update)
	}
}

// attacks are those of every channel, and what Telegram finds by itself.
func attacks() map[string]string {
	all := formattertest.Attacks()
	for name, text := range map[string]string{
		"Telegram names":     "@durov (@durov) x@durov @a_b_c ＠durov /@durov @@durov",
		"Telegram tags":      "#tag #тег x#tag ##tag $USD $BTC $1INCH x$USD ＃tag ＄USD",
		"Telegram commands":  "/start /start@evil_bot (/help) x/start //start /a/b",
		"Telegram addresses": "t.me/evil telegram.me/evil tg://resolve?domain=evil ton://transfer/x readme.md setup.py evil.example.com/x a@b.co 198.51.100.7:80/x",
		"Telegram numbers":   "+1-212-555-0123 +12125550123 8 (800) 555-35-35 111122223333 4111 1111 1111 1111 5555-5555-5555-4444 12.34.56.78.90",
		"Telegram markup":    "*b* _i_ __u__ ~s~ ||x|| `c` ```p``` [a](https://evil.example) <b>x</b> <a href='tg://user?id=1'>y</a> <tg-spoiler>z</tg-spoiler>",
		"wide characters":    "🔥@durov🔥#tag🔥 𝐀.𝐁 é.é",
		"ends":               "@ # $ / . + 1",
		"long names":         strings.Repeat("@durov ", 10_000),
		"long numbers":       strings.Repeat("1", 10_000),
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
	for text, id := range map[string]string{
		"t.me/durov": "@durov", "t.me/Tocsin_On_Call1": "@Tocsin_On_Call1", "tg://user?id=123456789": "tg://user?id=123456789", "tg://user?id=1": "tg://user?id=1",
	} {
		if got, ok := telegram.ParseMention(text); !ok || got != (formatter.Mention{Kind: formatter.MentionUser, ID: id}) {
			t.Errorf("%s: got %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{
		"", "@", "durov", "@durov", "@here", "@everyone", "t.me/", "t.me/bob", "t.me/1durov", "t.me/_durov", "t.me/du-rov", "t.me/durov ", "t.me/@durov",
		"t.me/" + strings.Repeat("x", 33), "t.me/dürov1", "https://t.me/durov", "t.me/durov/1",
		"tg://user?id=", "tg://user?id=x", "tg://user?id=0", "tg://user?id=-1", "tg://user?id=+1", "tg://user?id=99999999999999999999", "tg://user?id=9007199254740993",
		"123456789", "<@80351110224678912>", "<@U012AB3CD>", "<!channel>",
	} {
		if got, ok := telegram.ParseMention(text); ok {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

// The mentions stand in a message once, behind the headline; what Telegram has no form of is left out.
func TestMentions(t *testing.T) {
	m := formatter.New(formattertest.Filled("@durov tg://user?id=1"), formatter.Style{})
	user := func(id string) formatter.Mention { return formatter.Mention{Kind: formatter.MentionUser, ID: id} }
	m.Mentions = []formatter.Mention{
		user("@oncall"), user("tg://user?id=123456789"), user("80351110224678912"), user("U012AB3CD"), {}, {Kind: formatter.MentionHere},
		{Kind: formatter.MentionGroup, ID: "@oncall"},
	}
	for _, minimal := range []bool{false, true} {
		m.Minimal = minimal
		b := read(t, telegram.Render(m, telegram.Post{}))
		const calls = "\n@oncall 123456789\n"
		if strings.Count(b.Text, calls) != 1 {
			t.Errorf("minimal %v: %q", minimal, b.Text)
		}
		called := 0
		for _, e := range b.Entities {
			if e.Type != "text_mention" {
				continue
			}
			called++
			text := utf16.Encode([]rune(b.Text))[e.Offset : e.Offset+e.Length]
			if string(utf16.Decode(text)) != "123456789" || e.User == nil || e.User.ID != 123456789 {
				t.Errorf("minimal %v: %+v calls %q", minimal, e, string(utf16.Decode(text)))
			}
		}
		if called != 1 {
			t.Errorf("minimal %v: %d people are called by number", minimal, called)
		}
	}
}

// A list of mentions of any length leaves a message that Telegram takes and that says what happened.
func TestLongMentions(t *testing.T) {
	for _, n := range []notify.Notification{{Findings: []finding.Finding{formattertest.Exfiltration()}}, formattertest.Filled(strings.Repeat("🔥@x ", 3_000))} {
		m := formatter.New(n, formatter.Style{})
		for i := range 2_000 {
			m.Mentions = append(m.Mentions, formatter.Mention{Kind: formatter.MentionUser, ID: fmt.Sprintf("tg://user?id=%d", 1_000+i)},
				formatter.Mention{Kind: formatter.MentionUser, ID: fmt.Sprintf("@somebody_%d", i)})
		}
		for _, minimal := range []bool{false, true} {
			m.Minimal = minimal
			encoded := telegram.Render(m, telegram.Post{})
			sizes, err := telegram.Sizes(encoded)
			if err != nil {
				t.Fatal(err)
			}
			for _, size := range sizes {
				if size.Value > size.Limit || size.Value == 0 {
					t.Errorf("minimal %v: %s: %d of %d", minimal, size.What, size.Value, size.Limit)
				}
			}
			if b := read(t, encoded); !strings.Contains(b.Text, m.LevelName) || !strings.Contains(b.Text, "@somebody_0 ") {
				t.Errorf("minimal %v: %.200q", minimal, b.Text)
			}
		}
	}
}

func TestSizes(t *testing.T) {
	for name, c := range formattertest.Cases() {
		encoded := telegram.Render(formattertest.Message(t, c), telegram.Post{})
		sizes, err := telegram.Sizes(encoded)
		if err != nil || len(sizes) != 2 || sizes[0].Value != len(utf16.Encode([]rune(read(t, encoded).Text))) {
			t.Fatalf("%s: %v, %v", name, sizes, err)
		}
		for _, size := range sizes {
			if size.Value > size.Limit {
				t.Errorf("%s: %s: %d of %d", name, size.What, size.Value, size.Limit)
			}
		}
	}
	if _, err := telegram.Sizes([]byte("{")); err == nil {
		t.Error("half a document was measured")
	}
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
