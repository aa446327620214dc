package formatter

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// language is Tocsin's own words in one language.
type language struct {
	// code is what MESSAGE_LANG calls it, and HTML's lang attribute.
	code string
	// table has one line for each text, key|text, in which {} stands for a value.
	table string
	// more is such a table of the sources' words.
	more string
	// words gives the texts by their keys. Without it the table is searched as it is.
	words func() map[string]string
}

// The languages: lang/en.txt says how such a file is read.
var (
	//go:embed lang/en.txt
	en string
	//go:embed lang/ja.txt
	ja string
)

// english is complete: every other language falls back to it.
func english() language { return language{code: "en", table: en} }

// languages gives every language. A new one is a file in lang, and its line here.
func languages() []language { return []language{english(), {code: "ja", table: ja}} }

// with returns the language with the words of the sources.
func (l language) with(sources map[string]string) language {
	l.more = sources[l.code]
	return l
}

// indexed gives the language for many messages: its table is read when it is first asked for a word, so that it
// costs nothing at start, and then no more.
func (l language) indexed() language {
	l.words = sync.OnceValue(func() map[string]string {
		words := make(map[string]string, strings.Count(l.table, "\n")+strings.Count(l.more, "\n"))
		for _, table := range []string{l.table, l.more} {
			for line := range strings.Lines(table) {
				if key, text, found := strings.Cut(strings.TrimSuffix(line, "\n"), "|"); found {
					words[key] = text
				}
			}
		}
		return words
	})
	return l
}

// look gives the text of a key, or "". A key can hold the text of a finding.
func (l language) look(key string) string {
	if strings.ContainsAny(key, "|\n") {
		return ""
	}
	if l.words != nil {
		return l.words()[key]
	}
	for _, table := range []string{l.table, l.more} {
		if _, rest, found := strings.Cut(table, "\n"+key+"|"); found {
			text, _, _ := strings.Cut(rest, "\n")
			return text
		}
	}
	return ""
}

// word gives the text of a key, in English where the language has none.
func (l language) word(key string) string {
	if text := l.look(key); text != "" || l.code == english().code {
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

// level returns the level of a severity as people read it: "HIGH". Where the source states none by design, that
// has a word of its own.
func (l language) level(severity finding.Severity) string {
	if severity == finding.Unstated {
		return l.word("level.unstated")
	}
	return l.word("level." + severity.Level().String())
}
