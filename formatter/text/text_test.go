package text_test

import (
	"flag"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/text"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

var update = flag.Bool("update", false, "write the golden files anew")

func message(t testing.TB, f finding.Finding, settings map[string]string) formatter.Message {
	t.Helper()
	return formattertest.Message(t, formattertest.Case{Notification: notify.Notification{Findings: []finding.Finding{f}}, Settings: settings})
}

func TestGolden(t *testing.T) {
	for name, c := range formattertest.Cases() {
		m := formattertest.Message(t, c)
		formattertest.Golden(t, name+".txt", text.Subject(m)+"\n\n"+text.Render(m, 256<<10)+"\n", *update)
	}
}

// check holds the text and the subject of a message against their limits.
func check(t testing.TB, m formatter.Message) {
	t.Helper()
	for _, limit := range []int{256 << 10, 10_000, 300} {
		formattertest.CheckText(t, text.Render(m, limit), limit)
	}
	formattertest.CheckSubject(t, text.Subject(m))
}

func TestAttacksAreDead(t *testing.T) { formattertest.Attacked(t, formattertest.Attacks(), check) }

// The same holds for whole events of every source, whichever member is an attacker's.
func TestWholeEventsAreDead(t *testing.T) {
	formattertest.AttackedWhole(t, func(t testing.TB, m formatter.Message) {
		formattertest.CheckText(t, text.Render(m, 256<<10), 256<<10)
		formattertest.CheckSubject(t, text.Subject(m))
		formattertest.CheckLinks(t, m)
	})
}

// A finding of any size fits, and its text still says what happened.
func TestHugeFindings(t *testing.T) {
	formattertest.Oversized(t, formattertest.Huge(), func(t testing.TB, m formatter.Message) {
		for _, limit := range []int{262_144, 3_000, 1_000, 300} {
			got := text.Render(m, limit)
			formattertest.CheckText(t, got, limit)
			if !strings.HasPrefix(got, m.LevelName) {
				t.Errorf("in %d bytes the headline is lost: %.80q", limit, got)
			}
		}
		formattertest.CheckSubject(t, text.Subject(m))
	})
}

func TestLastResortFits(t *testing.T) {
	m := formatter.New(formattertest.Filled(strings.Repeat("é", 1000)), formatter.Style{})
	for limit := range 400 {
		if got := text.Render(m, limit); len(got) > limit || !utf8.ValidString(got) {
			t.Fatalf("%d bytes of at most %d", len(got), limit)
		}
	}
}

// A link that does not fit is left out: half of one leads elsewhere.
func TestLinksAreWhole(t *testing.T) {
	messages := []formatter.Message{
		message(t, formattertest.Exfiltration(), map[string]string{"RUNBOOK_URL": "https://wiki.example.com/{type}"}),
		message(t, formattertest.Filled(strings.Repeat("&<>", 400)).Findings[0], map[string]string{"RUNBOOK_URL": "https://wiki.example.com/runbook"}),
	}
	for limit := 0; limit < 2_000; limit += 11 {
		for _, m := range messages {
			got := text.Render(m, limit)
			for _, link := range m.Links {
				got = strings.ReplaceAll(got, link.URL, "")
			}
			if i := strings.Index(got, "https"); i >= 0 {
				t.Fatalf("half a link: %.80q", got[i:])
			}
		}
	}
}

// Plain text and subjects have no way to call people.
func TestMentionsAreLeftOut(t *testing.T) {
	m := message(t, formattertest.Exfiltration(), map[string]string{"MENTION": "<!channel> <@U012AB3CD> <!subteam^S012AB3CD>"})
	if len(m.Mentions) != 3 {
		t.Errorf("got the mentions %v", m.Mentions)
	}
	if got := text.Subject(m) + text.Render(m, 10_000); strings.ContainsAny(got, "<!@") {
		t.Errorf("got %s", got)
	}
}

// The escape sequences of a terminal are those of the headline alone.
func TestColoured(t *testing.T) {
	for severity, sequence := range map[finding.Severity]string{9: "1;97;41", 8: "1;31", 5: "1;33", 2: "1;34", 0: "1"} {
		f := formattertest.Exfiltration()
		f.Severity = severity
		m := message(t, f, nil)
		plain := text.Render(m, 10_000)
		headline, rest, _ := strings.Cut(plain, "\n")
		if got, want := text.Coloured(m, 10_000), "\x1b["+sequence+"m"+headline+"\x1b[0m\n"+rest; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// What is over is grey, however bad it was.
func TestColourOfTheEnd(t *testing.T) {
	n := formattertest.Ended()
	n.Findings[0].Severity = 9.5
	m := formatter.New(n, formatter.Style{})
	if got := text.Coloured(m, 10_000); !strings.HasPrefix(got, "\x1b[1;90mCRITICAL  [CLOSED] CVE-2026-0001") {
		t.Errorf("got %q", got)
	}
}

// The message that a page shows is the one that Tocsin writes, but for the ends of addresses.
func TestPagesShowTheMessage(t *testing.T) {
	body, err := os.ReadFile("../../events/testdata/recipe.json")
	if err != nil {
		t.Fatal(err)
	}
	opened, err := events.Open(events.Table(), body)
	if err != nil {
		t.Fatal(err)
	}
	recipe := events.Parse(events.Table(), opened.Records[0].Envelope)[0]
	recipe.Account.Name = "prod"
	brute := formattertest.Instance()
	brute.Description = ""
	for path, rendered := range map[string]string{
		"../../README.md":        text.Render(message(t, recipe, nil), 10_000),
		"../../README.ja.md":     text.Render(message(t, recipe, map[string]string{"MESSAGE_LANG": "ja"}), 10_000),
		"../../docs/messages.md": text.Render(message(t, brute, nil), 10_000),
	} {
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, example, _ := strings.Cut(string(page), "\n```\n")
		example, _, _ = strings.Cut(example, "\n```\n")
		written := strings.Split(rendered, "\n")
		shown := strings.Split(example, "\n")
		if len(shown) < 10 {
			t.Errorf("%s shows no message", path)
		}
		for i, line := range shown {
			line = strings.TrimSuffix(line, "...")
			if i >= len(written) || !strings.HasPrefix(written[i], line) {
				t.Errorf("%s shows %q in line %d of its message", path, line, i+1)
			}
		}
	}
}

func FuzzRender(f *testing.F) {
	formattertest.Seed(f, formattertest.Attacks())
	styles := []formatter.Style{{}, formattertest.Everything(f)}
	f.Fuzz(func(t *testing.T, attack string) {
		for _, style := range styles {
			m := formatter.New(formattertest.Filled(attack), style)
			formattertest.CheckText(t, text.Render(m, 2000), 2000)
			formattertest.CheckSubject(t, text.Subject(m))
		}
	})
}
