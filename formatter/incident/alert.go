package incident

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/text"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// The limits of an alert, in characters. https://docs.opsgenie.com/docs/alert-api
const (
	maxMessage      = 130
	maxAlias        = 512
	maxDescription  = 15_000
	maxTags, maxTag = 20, 50
	maxDetails      = 8_000 // all names and values together
	maxEntity       = 512
	maxSource       = 100
	maxNote         = 25_000
	// maxDetail bounds one value: the description holds all of it.
	maxDetail = 500
)

// alert is what creates an alert.
type alert struct {
	Message     string   `json:"message"`
	Alias       string   `json:"alias"`
	Description string   `json:"description,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	Details     details  `json:"details,omitempty"`
	Entity      string   `json:"entity,omitempty"`
	Priority    string   `json:"priority"`
	by
}

// by is who does something to an alert.
type by struct {
	Source string `json:"source"`
	User   string `json:"user"`
}

// RenderAlert returns the message as the JSON that creates an alert of Jira Service Management or of
// Opsgenie, whose name is alias. Message and description are read as HTML, so their text is escaped;
// the rest is plain, and has none of the signs that HTML is made of. What does not fit in the
// description goes in the order of Message.Smaller.
// https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v1/api-group-integration-events/
func RenderAlert(m formatter.Message, alias string) []byte {
	a := alert{
		Message: escapedLine(cmp.Or(m.Line(between), tocsin), maxMessage), Alias: cut(alias, maxAlias),
		Description: escapedText(m, maxDescription), Priority: priorityOf(m), by: byOf(m),
	}
	if !m.Minimal {
		a.Tags, a.Details, a.Entity = tagsOf(m), fewDetails(m), cut(harmless(sourceOf(m)), maxEntity)
	}
	return encoded(a)
}

// RenderNote returns the message as the JSON that adds a note to an alert, or acknowledges or closes it
// with one: the newest state, and of an end what it is that ended.
func RenderNote(m formatter.Message) []byte {
	if m.Kind == notify.KindResolved {
		m.Summary, m.Description, m.Facts, m.Links = "", "", nil, m.Links[:min(len(m.Links), 1)]
	}
	return encoded(struct {
		Note string `json:"note"`
		by
	}{cut(harmless(text.Render(m, maxNote)), maxNote), byOf(m)})
}

// RenderBy returns the JSON that asks for something to be done to an alert of which there is nothing to be said.
func RenderBy(m formatter.Message) []byte { return encoded(byOf(m)) }

func encoded(body any) []byte {
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil // texts alone cannot fail
	}
	return encoded
}

func byOf(m formatter.Message) by {
	return by{Source: cut(harmless(cmp.Or(m.Source, tocsin)), maxSource), User: tocsin}
}

// escaped returns a text in which HTML is made of nothing.
func escaped(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// harmless returns a text that is the same whether it is read as plain text or as HTML, but for
// names of characters. It is for the fields of which nobody states how they are read.
func harmless(text string) string {
	return strings.NewReplacer("->", "→", "<", "‹", ">", "›").Replace(text)
}

// escapedLine escapes a line, which is cut so that no escape is.
func escapedLine(line string, limit int) string {
	for most := limit; ; most-- {
		if text := escaped(cut(line, most)); length(text) <= limit {
			return text
		}
	}
}

// escapedText returns the message as escaped text.
func escapedText(m formatter.Message, limit int) string {
	for most := 3 * limit; ; most = most * 3 / 4 { // a character has three bytes or fewer for each unit of UTF-16
		if text := escaped(text.Render(m, most)); length(text) <= limit {
			return text
		}
	}
}

// priorityOf returns the priority. A level that is unknown may be any, so it is the highest; what
// calls for no work is the lowest.
func priorityOf(m formatter.Message) string {
	const highest, high, medium, low, lowest = "P1", "P2", "P3", "P4", "P5"
	if m.IsOver || m.Kind.CallsNobody() {
		return lowest
	}
	switch m.Level {
	case finding.LevelLow:
		return low
	case finding.LevelMedium, finding.LevelUntriaged:
		return medium
	case finding.LevelHigh:
		return high
	default:
		return highest
	}
}

// tagsOf returns what people look for among alerts. A comma or a space would end a tag; a hyphen in
// its place could make a name of a domain: "evil.xn--p1ai" of "evil.xn, p1ai".
func tagsOf(m formatter.Message) []string {
	tags := []string{strings.ToLower(tocsin)}
	for _, trait := range traits(m) {
		if trait.name == "severity" || trait.name == "type" && !formatter.IsTelling(m.Type) {
			continue // a number for each alert, or a category that is a sentence
		}
		tag := strings.Map(func(r rune) rune {
			if r == ' ' || r == ',' {
				return '_'
			}
			return r
		}, harmless(trait.value))
		tags = append(tags, cut(tag, maxTag))
	}
	return tags[:min(len(tags), maxTags)]
}

// fewDetails returns the values that rules can ask for, as many as fit, and the links. The
// description, which stands in the alert anyway, is not repeated.
func fewDetails(m formatter.Message) details {
	all := traits(m)
	for _, l := range m.Links {
		if strings.HasPrefix(l.URL, "https://") && length(l.URL) <= maxDetails/4 {
			all.add("link_"+l.Name, l.URL)
		}
	}
	for _, one := range detailsOf(m) {
		if one.name != "description" && one.name != "findings" {
			all.add(one.name, cut(harmless(one.value), maxDetail))
		}
	}
	var few details
	room := maxDetails
	for _, one := range all {
		if !strings.HasPrefix(one.name, "link_") {
			one.value = cut(harmless(one.value), maxDetail)
		}
		if one.name = harmless(one.name); length(one.name)+length(one.value) <= room {
			few.add(one.name, one.value)
			room -= length(one.name) + length(one.value)
		}
	}
	return few
}

// SizesOfAlert measures the JSON of an alert, or of a note, as the service does.
func SizesOfAlert(body []byte) ([]notify.Size, error) {
	var a struct {
		Message, Alias, Description, Note *string

		Details map[string]string
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, fmt.Errorf("measuring the alert: %w", err)
	}
	var sizes []notify.Size
	add := func(what string, text *string, limit int) {
		if text != nil {
			sizes = append(sizes, notify.Size{What: "characters of the " + what, Value: length(*text), Limit: limit})
		}
	}
	add("message", a.Message, maxMessage)
	add("alias", a.Alias, maxAlias)
	add("description", a.Description, maxDescription)
	add("note", a.Note, maxNote)
	all := ""
	for name, value := range a.Details {
		all += name + value
	}
	if all != "" {
		add("details", &all, maxDetails)
	}
	return sizes, nil
}
