// Package incident renders a message for services that call out people: as an event of PagerDuty
// and as an alert of Jira Service Management or Opsgenie.
//
// Such a service shows a line of text first, by telephone even, and beside it values by name, which
// its own rules can ask for. The names are the same in every language. All texts stay plain text.
package incident

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/tocsin-sec/tocsin/formatter"
)

// between separates the parts of a headline.
const between = " · "

// detail is one value by its name.
type detail struct{ name, value string }

// details are values in the order in which people read them, each name once.
type details []detail

// add adds a value, unless it is empty or there is one of that name.
func (d *details) add(name, value string) {
	isSame := func(other detail) bool { return other.name == name }
	if value != "" && !slices.ContainsFunc(*d, isSame) {
		*d = append(*d, detail{name, value})
	}
}

// MarshalJSON returns a JSON object in which every value is a text.
func (d details) MarshalJSON() ([]byte, error) {
	var object bytes.Buffer
	object.WriteByte('{')
	for i, one := range d {
		if i > 0 {
			object.WriteByte(',')
		}
		object.Write(quoted(one.name))
		object.WriteByte(':')
		object.Write(quoted(one.value))
	}
	object.WriteByte('}')
	return object.Bytes(), nil
}

func quoted(text string) []byte {
	encoded, err := json.Marshal(text)
	if err != nil {
		return []byte(`""`) // a text cannot fail
	}
	return encoded
}

// traits are what rules ask for first: how bad, who says so, what and where.
func traits(m formatter.Message) details {
	var d details
	if m.LevelName != "" {
		d.add("level", m.Level.String())
		d.add("severity", m.Severity)
	}
	d.add("type", m.Type)
	d.add("source", m.Source)
	d.add("account", m.Account)
	d.add("region", m.Region)
	return d
}

// detailsOf returns all that a message says.
func detailsOf(m formatter.Message) details {
	var d details
	d.add("changes", strings.Join(m.Changes, "\n"))
	d.add("taken", m.Taken.Value)
	d.add("description", m.Paragraph())
	for _, trait := range traits(m) {
		d.add(trait.name, trait.value)
	}
	for _, fact := range m.Facts {
		d.add(fact.Name, fact.Value)
	}
	for _, group := range m.Groups {
		d.add("by_"+group.Name, counts(group))
	}
	d.add("findings", entries(m))
	return d
}

// counts returns a line for each value of a group: "3 HIGH".
func counts(g formatter.Group) string {
	var lines []string
	for _, count := range g.Counts {
		lines = append(lines, strconv.Itoa(count.N)+" "+count.Value)
	}
	if g.More != "" {
		lines = append(lines, g.More)
	}
	return strings.Join(lines, "\n")
}

// entries returns a line for each of the worst findings.
func entries(m formatter.Message) string {
	var lines []string
	for _, entry := range m.Entries {
		lines = append(lines, entry.Line(between))
	}
	if m.More != "" {
		lines = append(lines, m.More)
	}
	return strings.Join(lines, "\n")
}

// length is how many characters a text has. They are counted as UTF-16 does, which is never fewer
// than what any other way of counting characters gives.
func length(text string) int {
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}

// cut returns a text of at most limit characters; what was cut shows as an ellipsis.
func cut(text string, limit int) string {
	if len(text) <= limit || length(text) <= limit {
		return text
	}
	n := 0
	for i, r := range text {
		if n += utf16.RuneLen(r); n >= limit {
			return strings.TrimRight(text[:i], " ") + "…"
		}
	}
	return text
}
