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
	Type     string
	Text     *slackText
	Fields   []slackText
	Elements []slackElement
	BlockID  string `json:"block_id"`
}

type slackText struct{ Type, Text string }

// slackElement is a text or a button, the text of which is an object of its own.
type slackElement struct {
	Type       string
	Text       json.RawMessage
	ActionID   string `json:"action_id"`
	URL, Value string
	Confirm    *struct{ Title, Text, Confirm, Deny slackText }
}

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
		texts := slices.Concat(b.Fields, elementTexts(t, b))
		if b.Text != nil {
			texts = append(texts, *b.Text)
		}
		if len(b.Fields) > 10 || len(b.Elements) > 10 || len(texts) == 0 || len(b.BlockID) > 255 || !isNamed(b) {
			t.Errorf("a block with %d texts", len(texts))
		}
		for i, text := range texts {
			checkSlackText(t, text.Text, limit)
			if i < len(b.Fields) {
				checkSlackText(t, text.Text, 2000)
			}
			if text.Type == "mrkdwn" {
				checkMarkup(t, text.Text)
			}
			total += utf8.RuneCountInString(text.Text)
		}
	}
	if total > 12_000 || len(blocks) > 50 {
		t.Errorf("%d characters in %d blocks", total, len(blocks))
	}
}

// isNamed reports whether a block has an id that says what it is, where it is one that is found by its id.
func isNamed(b slackBlock) bool {
	switch kind, _, _ := strings.Cut(b.BlockID, "-"); b.Type {
	case "actions":
		return kind == "links" || kind == "acts"
	case "context":
		return kind == "" || kind == "taken"
	default:
		return kind == ""
	}
}

// elementTexts returns the texts of a context, or of buttons, which are pressed or lead to pages of ours alone.
func elementTexts(t testing.TB, b slackBlock) []slackText {
	t.Helper()
	var texts []slackText
	ids := map[string]bool{}
	for _, e := range b.Elements {
		text := slackText{Type: e.Type}
		into := any(&text.Text)
		if e.Type == "button" {
			into = &text
		}
		if err := json.Unmarshal(e.Text, into); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
		if (e.Type == "button") != (b.Type == "actions") || e.Type != "button" && e.URL+e.ActionID != "" {
			t.Errorf("a %s in a block of %s", e.Type, b.Type)
		}
		if e.Type != "button" {
			continue
		}
		if text.Type != "plain_text" || utf8.RuneCountInString(text.Text) > 75 || e.ActionID == "" || len(e.ActionID) > 255 || ids[e.ActionID] {
			t.Errorf("a button %q with the text %q", e.ActionID, text.Text)
		}
		ids[e.ActionID] = true
		isAct := strings.HasPrefix(b.BlockID, "acts-")
		if len(e.URL) > 3000 || ours.FindString(e.URL) != e.URL || isAct != (e.URL == "") {
			t.Errorf("a button leads to %.400q", e.URL)
		}
		if utf8.RuneCountInString(e.Value) > 2000 || isAct != (e.Value != "") {
			t.Errorf("a button %q has a value of %d bytes", e.ActionID, len(e.Value))
		}
		if ask := e.Confirm; ask != nil {
			checkSlackText(t, ask.Title.Text, 100)
			checkSlackText(t, ask.Text.Text, 300)
			checkSlackText(t, ask.Confirm.Text, 30)
			checkSlackText(t, ask.Deny.Text, 30)
		}
	}
	return texts
}

var (
	// inSlack matches what is marked up by the renderer itself: its links and dates, code, and a
	// label at the beginning of a line, which a coloured sign can stand before.
	inSlack = regexp.MustCompile("`[^`\n]+`|" + oursInSlack.String() + "|" + date.String() + `|(?m:^([⚪⚫🔵🟠🔴🟥🟣] )?\*[^*_~` + "`" + `\n]+\*(  |$))`)
	// alive matches what Slack reads as bold, italic, struck, code, a mention, a channel, an emoji or
	// a quotation.
	alive = regexp.MustCompile("`" + `|(^|[^A-Za-z0-9])[*_~]|[*_~]($|[^A-Za-z0-9])|[@#]|:([^\s:]?|[^\s:]{3,}|[^\s:]*[^\s:0-9][^\s:]*):|(?m:^(&gt;|>))`)
)

// checkMarkup wants nothing in a mrkdwn text to be read as markup that the renderer has not made.
func checkMarkup(t testing.TB, text string) {
	t.Helper()
	if match := alive.FindString(inSlack.ReplaceAllString(text, "x")); match != "" {
		t.Fatalf("%q is alive in %.400q", match, text)
	}
}

var (
	// date matches the one form of a date that a message holds.
	date = regexp.MustCompile(`<!date\^[0-9]{1,12}\^\{date_short_pretty\} \{time\}\|[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} UTC>`)
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
	rest := date.ReplaceAllString(oursInSlack.ReplaceAllString(text, ""), "")
	checkDead(t, rest)
	rest = entity.ReplaceAllString(rest, "")
	if i := strings.IndexAny(rest, "<>&"); i >= 0 {
		t.Fatalf("not escaped, or cut inside an escape: %.80q", rest[max(i-20, 0):])
	}
}
