package events

import (
	"github.com/tocsin-sec/tocsin/events/guardduty"
	"github.com/tocsin-sec/tocsin/events/source"
)

// Table returns the sources that have a parser of their own. What reads the table takes it as an
// argument.
func Table() []source.Source {
	return []source.Source{
		guardduty.Source(),
	}
}

// Words returns the words of all sources by language code.
func Words(table []source.Source) map[string]string {
	words := map[string]string{}
	for _, s := range table {
		for code, text := range s.Words {
			if words[code] != "" {
				text = words[code] + "\n" + text
			}
			words[code] = text
		}
	}
	return words
}
