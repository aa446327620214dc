package formattertest

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
)

// active matches what must never stand in a message: an address that a reader's program makes a
// link of.
var active = regexp.MustCompile(`(?i)\b(https?|ftp|slack|mailto|javascript|tel):(//)?[a-z0-9+]|evil[.。．｡]example|[a-z0-9]\.xn--|` +
	`\bs3[a-z0-9-]*[.。．｡][a-z0-9.-]*amazonaws\.com[a-z.]*([/\\?#]|:[0-9])`)

// pages is what the addresses of the links begin with that the formatter makes itself, and of those
// to pages where the vendor alone writes.
const pages = `https://([a-z0-9-]+\.console\.aws\.amazon\.com|((docs|health|alas)\.)?aws\.amazon\.com|nvd\.nist\.gov|` +
	`security-tracker\.debian\.org|(www\.)?cve\.org|ubuntu\.com|access\.redhat\.com)/`

// ours matches these addresses.
var ours = regexp.MustCompile(pages + `[!-;=?-{}~]*`)

func checkDead(t testing.TB, text string) {
	t.Helper()
	if match := active.FindString(ours.ReplaceAllString(text, "")); match != "" {
		t.Fatalf("%.80q is alive in %.400q", match, text)
	}
}

// CheckText holds a plain text against its limit in bytes: it has no control character, and no link
// but ours.
func CheckText(t testing.TB, text string, limit int) {
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
		checkDead(t, line)
	}
}

// CheckSubject wants a subject as SNS takes it, without a link.
func CheckSubject(t testing.TB, subject string) {
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

// CheckLinks wants every link of a message to lead to a host of a vendor's, and to name no other.
func CheckLinks(t testing.TB, m formatter.Message) {
	t.Helper()
	for _, link := range m.Links {
		u, err := url.Parse(link.URL)
		if err != nil || u.User != nil || u.Port() != "" || !strings.HasPrefix(link.URL, "https://") ||
			strings.Contains(u.Host, "evil") || strings.Contains(u.EscapedPath(), "//") || strings.ContainsAny(link.URL, "<>\"|`\\ \r\n") {
			t.Errorf("the link %s", link.URL)
		}
	}
}

type slackBody struct {
	Text        string
	Blocks      []slackBlock
	Attachments []struct{ Blocks []slackBlock }
}

type slackBlock struct {
	Type             string
	Text             *slackText
	Fields, Elements []slackText
}

type slackText struct{ Type, Text string }

// CheckSlack holds the body of a Slack message without mentions against Slack's limits: everything
// is escaped, and there is no link but ours.
func CheckSlack(t testing.TB, body []byte) {
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

var (
	// entity matches what Slack's escaping makes of its three characters.
	entity = regexp.MustCompile(`&(amp|lt|gt);`)
	// oursInSlack matches links to them as Slack writes them.
	oursInSlack = regexp.MustCompile(`<` + pages + `[^<>|]*\|[\p{L} ]+>`)
)

func checkSlackText(t testing.TB, text string, limit int) {
	t.Helper()
	if size := utf8.RuneCountInString(text); size > limit || size == 0 {
		t.Errorf("%d characters of at most %d", size, limit)
	}
	rest := oursInSlack.ReplaceAllString(text, "")
	checkDead(t, rest)
	rest = entity.ReplaceAllString(rest, "")
	if i := strings.IndexAny(rest, "<>&"); i >= 0 {
		t.Fatalf("not escaped, or cut inside an escape: %.80q", rest[max(i-20, 0):])
	}
}
