package formatter

import (
	"strings"
	"sync"

	"github.com/tocsin-sec/tocsin/formatter/lang"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// english is the language whose words are complete: every other falls back to it.
const english = lang.English

// language is Tocsin's own words in one language.
type language struct {
	// code is what MESSAGE_LANG calls it, and HTML's lang attribute.
	code string
	// words returns the texts by their keys. A text has {} where a value stands.
	words func() map[string]string
	// fallback is English, or nil where the language is that.
	fallback *language
}

// newLanguage returns a language with the words of the sources by code. Its tables are read when it
// is first asked for a word, so that it costs nothing at start.
func newLanguage(code string, sources map[string]string) *language {
	l := &language{code: code}
	if code != english {
		l.fallback = newLanguage(english, sources)
	}
	l.words = sync.OnceValue(func() map[string]string {
		return lang.Read(lang.Files()[code] + "\n" + sources[code])
	})
	return l
}

// word returns the text of a key, in English where the language has none.
func (l *language) word(key string) string {
	if text := l.words()[key]; text != "" || l.fallback == nil {
		return text
	}
	return l.fallback.word(key)
}

// say returns the phrase of a key with a value, or nothing when there is no value.
func (l *language) say(key, value string) string {
	if value == "" {
		return ""
	}
	return strings.Replace(l.word(key), "{}", value, 1)
}

// level returns the level of a severity as people read it: "HIGH". Where the source states none by
// design, that has a word of its own.
func (l *language) level(severity finding.Severity) string {
	if severity == finding.Unstated {
		return l.word("level.unstated")
	}
	return l.word("level." + severity.Level().String())
}
