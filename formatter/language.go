package formatter

import (
	_ "embed"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// language is Tocsin's own words in one language.
type language struct {
	// code is what MESSAGE_LANG calls it, and HTML's lang attribute.
	code string
	// table has one line for each text, key|text, in which {} stands for a value. It is searched as it is,
	// so that it costs nothing at start.
	table string
}

// The languages: lang/en.txt says how such a file is read.
var (
	//go:embed lang/en.txt
	en string
	//go:embed lang/ja.txt
	ja string
)

// english is complete: every other language falls back to it.
func english() language { return language{"en", en} }

// languages gives every language. A new one is a file in lang, and its line here.
func languages() []language { return []language{english(), {"ja", ja}} }

// look gives the text of a key, or "".
func (l language) look(key string) string {
	_, rest, found := strings.Cut(l.table, "\n"+key+"|")
	if !found {
		return ""
	}
	text, _, _ := strings.Cut(rest, "\n")
	return text
}

// word gives the text of a key, in English where the language has none.
func (l language) word(key string) string {
	if text := l.look(key); text != "" {
		return text
	}
	return english().look(key)
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
