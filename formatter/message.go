// Package formatter turns a notification into what people read. New builds one channel-neutral
// Message in the operator's Style; each renderer below makes of it what its channel takes.
//
// Text inside a finding is attacker-written. New cleans it once for all channels: no control,
// invisible or direction-changing characters, one line each, addresses defanged. A renderer then
// escapes it for its own channel, measures it in its channel's own unit, and takes the Smaller
// message until that fits. The only links are those that the formatter makes itself.
//
// Everything here is pure: the same notification and style give the same bytes.
package formatter

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Message is a notification in words, before it is rendered for a channel. All texts are clean and
// in the style's language; all but Description are one line; none is escaped. The unknown is empty.
type Message struct {
	// Kind says why it is sent.
	Kind notify.Kind
	// Lang is the language of Tocsin's own words, as HTML's lang attribute wants it: "en".
	Lang string
	Headline
	// Summary is what happened in one sentence: the source's title. Empty if the headline says it.
	Summary string
	// Description is the source's further account, or what the operator's template makes; the
	// template's lines are separated by "\n".
	Description string
	// Changes say what is new since the last message, one line for each: "count 3 -> 120".
	Changes []string
	// Facts say to what, by whom, what, how often, when and where, in the style's order.
	Facts []Fact
	// Groups count the findings of a digest by level, account, type and resource.
	Groups []Group
	// Entries are the worst findings of a digest or a notice, the worst first; More says how many
	// others there are, in words.
	Entries []Entry
	More    string
	// Links lead on; the first is the console.
	Links []Link
	// Acts are what people can do by pressing a button, where the channel has such: see Style.WithActs.
	Acts []Act
	// Taken says who has taken the finding on and when, in one line without a label; its zero value is
	// nobody.
	Taken Fact
	// Said is the title of what somebody did with its parts, of which one is who did it; else empty.
	Said Fact
	// Mentions are the people to call; there are none where nobody is to be called.
	Mentions []Mention
	// IsOver reports whether what the message is about has come to its end: it calls for no work.
	IsOver bool
	// Minimal asks the renderers for the smallest form.
	Minimal bool
	// English is the headline in English, for channels that take ASCII only.
	English Headline
}

// Headline is what stands above everything else: how bad, what, to what, where.
type Headline struct {
	// Level and Severity say how bad it is: "high" and "8.0". LevelName is the level as people read
	// it: "HIGH"; it is empty for a heartbeat, which is about no finding.
	Level     finding.Level
	LevelName string
	Severity  string
	// Title is what happened in a few words: "Data exfiltration through DNS". With a template of
	// the operator's own it is the whole headline, and Target and Place are empty.
	Title string
	// Target is what it happened to: "i-0a1b2c3d4e5f60718 (web-1)". Where no resource is stated it
	// is who did it.
	Target string
	// Place is where: "prod / ap-northeast-1".
	Place string
	// About is who found it, its type and severity: "Macie SensitiveData:S3Object/Personal,
	// severity 8.0". Where the type is a category, the control or the vulnerability is in its place.
	About string
	// Source is who found it, in the vendor's own spelling; Type is the source's name for this sort
	// of finding. Both are empty for several findings.
	Source string
	Type   string
	// Account is where it happened: "prod (111122223333)".
	Account string
	Region  string
	// Marks are words such as "SAMPLE", "ARCHIVED" and "UPDATE" that qualify the whole message.
	Marks []string
	// AccountName is the account's name alone where there is one, otherwise its number: "prod".
	AccountName string
	// IsOwn reports whether Title is what the operator's template makes.
	IsOwn bool
}

// Fact is one labelled value.
type Fact struct {
	// Name is the fact's name in FIELDS, whatever the language: "first_seen".
	Name string
	// Label is what people call it: "First seen".
	Label string
	// Value is all of it in one text, as Parts gives it in pieces.
	Value string
	// marked is the value with the marks of its parts, or empty where all of it is prose.
	marked string
}

// Group counts the findings of a digest by one of their traits.
type Group struct {
	// Name is the trait, whatever the language: "level", "account", "type" or "resource".
	Name string
	// Label is what people call it: "By account".
	Label  string
	Counts []Count
	// More says how many findings are not in Counts, in words; it is empty when all are.
	More string
}

// Count is how many findings share a value.
type Count struct {
	Value string
	N     int
}

// Entry is one finding among several.
type Entry struct {
	Headline
	// Link is the finding in the console; its URL is empty where there is none.
	Link Link
}

// Link leads to a page that is not of the attacker's choosing.
type Link struct {
	// Name is one of the Link constants.
	Name  string
	Label string
	URL   string
}

// The names of links.
const (
	// LinkFinding is the finding in the console, LinkFindings the console's list of findings.
	LinkFinding  = "finding"
	LinkFindings = "findings"
	// LinkNative is the finding in the console of whoever has found it, where another source has
	// passed it on.
	LinkNative = "native"
	// LinkRemedy is the source's own page on what to do.
	LinkRemedy = "remedy"
	// LinkResource is the resource in the console.
	LinkResource = "resource"
	// LinkType is the documentation of the finding's type.
	LinkType = "type"
	// LinkRunbook is the operator's own page on what to do.
	LinkRunbook = "runbook"
)

// The longest texts that a Message holds, in runes: more than a reader reads.
const (
	maxTitle       = 100
	maxTarget      = 80
	maxSummary     = 500
	maxDescription = 1_500
	maxFact        = 1_000
)

// Line returns the headline as one line with separator between its parts: "HIGH [UPDATE] Data
// exfiltration through DNS i-0a1b2c3d4e5f60718 (web-1) prod / ap-northeast-1".
func (h Headline) Line(separator string) string {
	return joined(separator, h.LevelName, h.What(separator))
}

// What returns the same line without the level, for channels that set the level apart.
func (h Headline) What(separator string) string {
	return joined(separator, h.Brackets()+h.Title, h.Target, h.Place)
}

// Brackets returns the marks in brackets, each followed by a space: "[UPDATE] [SAMPLE] ".
func (h Headline) Brackets() string {
	var text strings.Builder
	for _, mark := range h.Marks {
		text.WriteString("[" + mark + "] ")
	}
	return text.String()
}

// Paragraph returns Summary and Description as one text, with a line break between them.
func (m Message) Paragraph() string {
	if m.Summary == "" {
		return m.Description
	}
	summary := m.Summary
	if last, _ := utf8.DecodeLastRuneInString(summary); m.Description != "" && !strings.ContainsRune(".!?。！？…", last) {
		summary += "."
	}
	return joined("\n", summary, m.Description)
}

// joined joins the texts that are not empty.
func joined(separator string, texts ...string) string {
	texts = slices.DeleteFunc(texts, func(text string) bool { return text == "" })
	return strings.Join(texts, separator)
}
