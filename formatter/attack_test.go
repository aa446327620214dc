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
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// active matches what must never stand in a message: an address that a reader's program makes a link of.
var active = regexp.MustCompile(`(?i)\b(https?|ftp|slack|mailto|javascript|tel):(//)?[a-z0-9+]|evil[.。．｡]example|[a-z0-9]\.xn--|` +
	`\bs3[a-z0-9-]*[.。．｡][a-z0-9.-]*amazonaws\.com[a-z.]*([/\\?#]|:[0-9])`)

func TestAttacksAreDead(t *testing.T) {
	if n := len(formattertest.Attacks()); n < 40 {
		t.Errorf("only %d attacks", n)
	}
	hostile := everything(t)
	for name, text := range formattertest.Attacks() {
		t.Run(name, func(t *testing.T) {
			for _, minimal := range []bool{false, true} {
				n := formattertest.Filled(text)
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
			n := formattertest.Filled(text)
			n.Kind, n.Findings = notify.KindDigest, append(n.Findings, n.Findings[0])
			checkSlack(t, formatter.Slack(formatter.New(n, formatter.Style{}), formatter.SlackPost{}))
			checkText(t, formatter.Text(formatter.New(n, formatter.Style{}), 10_000), 10_000)
		})
	}
}

// What lies in S3 can be anybody's, whichever way its bucket is named. The names of AWS's services can not.
func TestAddressesInS3AreDead(t *testing.T) {
	for text, want := range map[string]string{
		"https://s3.amazonaws.com/bucket/key":                "hxxps://s3[.]amazonaws[.]com/bucket/key",
		"see s3.amazonaws.com/bucket.":                       "see s3[.]amazonaws[.]com/bucket.",
		"S3.AmazonAWS.com./bucket":                           "S3[.]AmazonAWS[.]com./bucket",
		"s3.amazonaws.com:443/bucket":                        "s3[.]amazonaws[.]com:443/bucket",
		`s3.amazonaws.com\bucket`:                            `s3[.]amazonaws[.]com\bucket`,
		"s3-eu-west-1.amazonaws.com/bucket":                  "s3-eu-west-1[.]amazonaws[.]com/bucket",
		"s3.amazonaws.com.cn/bucket":                         "s3[.]amazonaws[.]com[.]cn/bucket",
		"https://s3.eu-west-1.amazonaws.com/bucket/key":      "hxxps://s3[.]eu-west-1[.]amazonaws[.]com/bucket/key",
		"https://s3.dualstack.eu-west-1.amazonaws.com/b/k":   "hxxps://s3[.]dualstack[.]eu-west-1[.]amazonaws[.]com/b/k",
		"https://bucket.s3.amazonaws.com/key":                "hxxps://bucket[.]s3[.]amazonaws[.]com/key",
		"https://bucket.s3.eu-west-1.amazonaws.com":          "hxxps://bucket[.]s3[.]eu-west-1[.]amazonaws[.]com",
		"http://b.s3-website-eu-west-1.amazonaws.com":        "hxxp://b[.]s3-website-eu-west-1[.]amazonaws[.]com",
		"PutObject of s3.amazonaws.com":                      "",
		"s3.amazonaws.com: denied, as by s3.amazonaws.com.":  "",
		"role/aws-service-role/guardduty.amazonaws.com/Role": "",
	} {
		if want == "" {
			want = text
		}
		m := formatter.New(notify.Notification{Findings: []finding.Finding{{Description: text, Severity: 8}}}, formatter.Style{})
		if got := formatter.Text(m, 10_000); !strings.Contains(got, want) {
			t.Errorf("%s: %s is not in:\n%s", text, want, got)
		}
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
	m := formatter.New(formattertest.Filled(strings.Repeat("é", 1000)), formatter.Style{})
	for limit := range 400 {
		if text := formatter.Text(m, limit); len(text) > limit || !utf8.ValidString(text) {
			t.Fatalf("%d bytes of at most %d", len(text), limit)
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, text := range formattertest.Attacks() {
		if len(text) < 1000 {
			f.Add(text)
		}
	}
	styles := []formatter.Style{{}, everything(f)}
	f.Fuzz(func(t *testing.T, text string) {
		for _, style := range styles {
			m := formatter.New(formattertest.Filled(text), style)
			checkText(t, formatter.Text(m, 2000), 2000)
			checkSubject(t, formatter.Subject(m))
			checkSlack(t, formatter.Slack(m, formatter.SlackPost{}))
		}
	})
}

func ExampleSubject() {
	m := formatter.New(notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}, formatter.Style{})
	fmt.Println(formatter.Subject(m))
	// Output: [HIGH] GuardDuty: Trojan:EC2/DNSDataExfiltration in prod (ap-northeast-1)
}

func BenchmarkSlack(b *testing.B) {
	n := notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}}
	for b.Loop() {
		formatter.Slack(formatter.New(n, formatter.Style{}), formatter.SlackPost{})
	}
}
