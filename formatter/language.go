package formatter

import (
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// language is Tocsin's own words in one language. The tables have one line for each entry, key|text, and
// are searched as they are, so that they cost nothing at start. In a text, {} stands for a value. What a
// language has no word for is said in English.
type language struct {
	// code is what MESSAGE_LANG calls it, and HTML's lang attribute.
	code string
	// words are labels and phrases, types short words for finding types; see what.
	words, types string
}

// languages gives every language. A new one is a file with its tables, and a line here.
func languages() []language { return []language{english()} }

// look gives the text of a key in a table, or "".
func look(table, key string) string {
	_, rest, found := strings.Cut(table, "\n"+key+"|")
	if !found {
		return ""
	}
	text, _, _ := strings.Cut(rest, "\n")
	return text
}

// word gives the text of a key.
func (l language) word(key string) string {
	if text := look(l.words, key); text != "" {
		return text
	}
	return look(english().words, key)
}

// say gives the phrase of a key with a value, or nothing when there is no value.
func (l language) say(key, value string) string {
	if value == "" {
		return ""
	}
	return strings.Replace(l.word(key), "{}", value, 1)
}

// level gives the level as people read it: "HIGH".
func (l language) level(level finding.Level) string { return l.word("level." + level.String()) }
