package discord_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/discord"
)

// body is a message as Discord reads it.
type body struct {
	Content string
	Embeds  []struct {
		Title, URL, Description string
		Color                   int
		Fields                  []struct{ Name, Value string }
		Footer                  *struct{ Text string }
	}
	Allowed struct{ Parse, Users, Roles []string } `json:"allowed_mentions"`
	Flags   int
}

func read(t testing.TB, encoded []byte) body {
	t.Helper()
	var b body
	if err := json.Unmarshal(encoded, &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// check renders a message without mentions and holds it against Discord's limits and its markup.
func check(t testing.TB, m formatter.Message) {
	t.Helper()
	b := read(t, discord.Render(m, discord.Post{}))
	if len(b.Allowed.Parse)+len(b.Allowed.Users)+len(b.Allowed.Roles) != 0 || b.Allowed.Parse == nil {
		t.Errorf("the message may call %+v", b.Allowed)
	}
	if (b.Content == "") == (len(b.Embeds) == 0) {
		t.Errorf("%d embeds beside %q", len(b.Embeds), b.Content)
	}
	urls := map[string]bool{}
	for _, link := range m.Links {
		urls[link.URL] = true
	}
	for _, entry := range m.Entries {
		urls[entry.Link.URL] = true
	}
	c := checker{t, urls}
	total := 0
	text := func(text string, limit int) {
		t.Helper()
		size := utf8.RuneCountInString(text)
		if total += size; size == 0 || size > limit || strings.TrimSpace(text) == "" {
			t.Errorf("%d characters of at most %d: %.80q", size, limit, text)
		}
	}
	if b.Content != "" {
		text(b.Content, 2_000)
		c.dead(b.Content)
		return
	}
	e := b.Embeds[0]
	text(e.Title, 256)
	c.dead(e.Title)
	if e.Description != "" {
		text(e.Description, 4_096)
		c.dead(e.Description)
	}
	if e.URL != "" && !urls[e.URL] {
		t.Errorf("the title leads to %s", e.URL)
	}
	for _, f := range e.Fields {
		text(f.Name, 256)
		text(f.Value, 1_024)
		c.dead(f.Name)
		c.dead(f.Value)
	}
	if e.Footer != nil { // which knows no markup
		text(e.Footer.Text, 2_048)
		c.plain(e.Footer.Text)
	}
	if len(e.Fields) > 25 || total > 6_000 {
		t.Errorf("%d characters, %d fields", total, len(e.Fields))
	}
}

// checker reads Discord's markup back.
type checker struct {
	testing.TB
	urls map[string]bool
}

var (
	link     = regexp.MustCompile(`^\[((?:\\.|[^\\\[\]])+)\]\(<(https://[^\s<>()]+)>\)`)
	lineMark = regexp.MustCompile(`^\s*(#{1,3} |-# |[-*+] |\d+[.)] |>)`)
	emoji    = regexp.MustCompile(`^:[A-Za-z0-9_+-]+:`)
	address  = regexp.MustCompile(`(?i)^(https?|discord)://|^discord\.gg\b|^discord(app)?\.com\b`)
)

// dead wants a text in which nothing is markup but code, bold around a whole line, and our links.
func (c checker) dead(text string) {
	c.Helper()
	for line := range strings.SplitSeq(text, "\n") {
		if inner, isBold := strings.CutPrefix(line, "**"); isBold && strings.HasSuffix(inner, "**") {
			line = strings.TrimSuffix(inner, "**")
		}
		if lineMark.MatchString(line) {
			c.Fatalf("a mark at the start of %.80q", line)
		}
		c.line(line)
	}
}

func (c checker) line(line string) {
	c.Helper()
	for at := 0; at < len(line); {
		rest := line[at:]
		switch {
		case rest[0] == '\\':
			if len(rest) < 2 || rest[1] >= utf8.RuneSelf || unicode.IsLetter(rune(rest[1])) || unicode.IsDigit(rune(rest[1])) || rest[1] == ' ' {
				c.Fatalf("a backslash that escapes nothing: %.80q", rest)
			}
			at += 2
		case rest[0] == '`':
			end := strings.IndexByte(rest[1:], '`')
			if end < 1 {
				c.Fatalf("code without an end: %.80q", rest)
			}
			c.plain(rest[1 : end+1])
			at += end + 2
			if at < len(line) && line[at] == '`' {
				c.Fatalf("two marks of code: %.80q", rest)
			}
		case link.MatchString(rest):
			m := link.FindStringSubmatch(rest)
			if !c.urls[m[2]] {
				c.Fatalf("a link that is not ours: %.200s", m[2])
			}
			at += len(m[0])
		case strings.IndexByte("*_~|<>[]", rest[0]) >= 0, emoji.MatchString(rest):
			c.Fatalf("%.80q is alive in %.300q", rest, line)
		default:
			c.plain(rest[:1])
			if address.MatchString(rest) && (at == 0 || !isWord(line[at-1])) {
				c.Fatalf("%.80q is alive in %.300q", rest, line)
			}
			if rest[0] == '@' && isCall(rest[1:]) {
				c.Fatalf("%.80q calls", rest)
			}
			at++
		}
	}
}

// plain wants a text that shows as it is, and calls nobody by its looks.
func (c checker) plain(text string) {
	c.Helper()
	for i, r := range text {
		if r != '\u200b' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			c.Fatalf("holds %U", r)
		}
		if r == '@' && isCall(text[i+1:]) {
			c.Fatalf("%.80q calls", text[i:])
		}
	}
}

func isCall(after string) bool {
	after = strings.ToLower(after)
	return strings.HasPrefix(after, "everyone") || strings.HasPrefix(after, "here")
}

func isWord(c byte) bool {
	return c >= utf8.RuneSelf || c == '-' || c == '_' || unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c))
}
