// Package formatter turns a notification into what people read. New builds one channel-neutral Message;
// each renderer (Text, Subject, Slack) makes of it what its channel takes.
//
// Text inside a finding is attacker-written. New cleans it once for all channels: no control, invisible
// or direction-changing characters, one line each, addresses defanged. A renderer then escapes it for its
// own channel, measures it in its channel's own unit and cuts, in that order. The only links are those
// that the formatter makes itself.
//
// Everything here is pure: the same notification gives the same bytes.
package formatter

import (
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Message is a notification in words, before it is rendered for a channel. All texts are clean and on
// one line; none is escaped.
type Message struct {
	// Kind says why it is sent.
	Kind notify.Kind `json:"kind"`
	Headline
	// Description is the source's own account of what happened.
	Description string `json:"description,omitempty"`
	// Facts say who, what, where, when and how often, the most important first.
	Facts []Fact `json:"facts,omitempty"`
	// Changes say what is new since the last message.
	Changes []notify.Change `json:"changes,omitempty"`
	// Entries stand for the single findings of a digest or a notice.
	Entries []Entry `json:"entries,omitempty"`
	// Links lead on; the first is the console.
	Links []Link `json:"links,omitempty"`
	// Minimal asks the renderers for the smallest form.
	Minimal bool `json:"-"`
}

// Headline is what stands above everything else.
type Headline struct {
	// Title is the source's title.
	Title string `json:"title"`
	// Level and Severity say how bad it is: "high" and "8.0".
	Level    finding.Level `json:"level"`
	Severity string        `json:"severity"`
	// Source is who found it, in the vendor's own spelling.
	Source string `json:"source,omitempty"`
	// Type is the source's name for this sort of finding.
	Type string `json:"type,omitempty"`
	// Account is where it happened: "prod (111122223333)".
	Account string `json:"account,omitempty"`
	Region  string `json:"region,omitempty"`
	// Marks are words such as "SAMPLE", "ARCHIVED" and "UPDATE" that qualify the whole message.
	Marks []string `json:"marks,omitempty"`
}

// Fact is one labelled value.
type Fact struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// line gives the entry as one line, without its level.
func (e Entry) line() string {
	return joined(" in ", strings.TrimSuffix(e.Title, "."), e.place())
}

// Entry is one finding among several.
type Entry struct {
	Headline
	// URL is the finding in the console; empty where there is no link.
	URL string `json:"url,omitempty"`
}

// Link leads to a page that is not of the attacker's choosing.
type Link struct {
	Label string `json:"label"`
	URL   string `json:"url"`
}

// The longest texts that a Message holds, in runes: more than a reader reads.
const (
	maxTitle       = 500
	maxDescription = 5_000
	maxFact        = 1_000
)

// New builds the message for a notification. It never fails: what a finding does not state is left out.
func New(n notify.Notification) Message {
	var f finding.Finding
	if len(n.Findings) > 0 {
		f = n.Findings[0]
	}
	m := Message{
		Kind: n.Kind, Headline: headline(f), Description: cutRunes(clean(f.Description), maxDescription), Links: links(f), Minimal: n.Minimal,
	}
	for _, change := range n.Changes {
		m.Changes = append(m.Changes, notify.Change{
			What: fact(change.What), From: fact(change.From), To: fact(change.To),
		})
	}
	if len(n.Findings) > 1 || n.Kind == notify.KindDigest || n.Kind == notify.KindNotice {
		return several(m, n)
	}
	m.Facts = facts(f)
	if n.Kind == notify.KindUpdate {
		m.Marks = append([]string{"UPDATE"}, m.Marks...)
	}
	return m
}

// fact gives a value that is not too long.
func fact(text string) string { return cutRunes(clean(text), maxFact) }

// several makes the message for more than one finding, the worst of which gives level and place.
func several(m Message, n notify.Notification) Message {
	worst, counts := finding.Finding{}, map[finding.Level]int{}
	for i, f := range n.Findings {
		if i == 0 || urgency(f) > urgency(worst) {
			worst = f
		}
		counts[f.Severity.Level()]++
		entry := Entry{Headline: headline(f)}
		if all := links(f); len(all) > 0 && all[0].Label == consoleLabel {
			entry.URL = all[0].URL
		}
		m.Entries = append(m.Entries, entry)
	}
	title := counted(len(n.Findings), "finding") + ": " + levelsText(counts)
	m.Headline = headline(worst)
	m.Title = title
	if n.Kind == notify.KindNotice {
		m.Title = "Notice about " + title
	}
	m.Type, m.Description, m.Links = "", "", nil
	return m
}

// levelsText gives "1 critical, 2 high".
func levelsText(counts map[finding.Level]int) string {
	var parts []string
	for _, level := range []finding.Level{
		finding.LevelCritical, finding.LevelHigh, finding.LevelMedium, finding.LevelLow, finding.LevelUnknown,
	} {
		if n := counts[level]; n > 0 {
			parts = append(parts, strconv.Itoa(n)+" "+level.String())
		}
	}
	return strings.Join(parts, ", ")
}

// urgency orders findings; an unknown severity may be anything.
func urgency(f finding.Finding) float64 {
	if !f.Severity.Known() {
		return 100
	}
	return float64(f.Severity)
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

func headline(f finding.Finding) Headline {
	h := Headline{
		Title: cutRunes(clean(f.Title), maxTitle), Level: f.Severity.Level(), Severity: f.Severity.String(),
		Source: cutRunes(sourceName(f.Source), maxTitle), Type: cutRunes(findingType(f), maxTitle),
		Account: fact(f.Account.String()), Region: fact(f.Region),
	}
	if h.Title == "" {
		h.Title = firstOf(h.Type, h.Source, "Finding")
	}
	if f.Sample {
		h.Marks = append(h.Marks, "SAMPLE")
		h.Title = withoutSampleMark(h.Title)
	}
	if f.Archived {
		h.Marks = append(h.Marks, "ARCHIVED")
	}
	return h
}

// withoutSampleMark takes off GuardDuty's own mark, since the message has one already.
func withoutSampleMark(title string) string {
	const mark = "[SAMPLE]"
	if len(title) > len(mark) && strings.EqualFold(title[:len(mark)], mark) {
		return strings.TrimSpace(title[len(mark):])
	}
	return title
}

// Label gives the severity as it stands before a title: "HIGH 8.0", or "UNKNOWN".
func (h Headline) Label() string {
	level := strings.ToUpper(h.Level.String())
	if h.Level == finding.LevelUnknown {
		return level
	}
	return level + " " + h.Severity
}

// marked gives the marks in brackets, each followed by a space: "[UPDATE] [SAMPLE] ".
func (h Headline) marked() string {
	var text strings.Builder
	for _, mark := range h.Marks {
		text.WriteString("[" + mark + "] ")
	}
	return text.String()
}

// place gives "prod (111122223333), eu-west-1", or what is known of it.
func (h Headline) place() string {
	return joined(", ", h.Account, h.Region)
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// joined joins the texts that are not empty.
func joined(separator string, texts ...string) string {
	var kept []string
	for _, text := range texts {
		if text != "" {
			kept = append(kept, text)
		}
	}
	return strings.Join(kept, separator)
}
