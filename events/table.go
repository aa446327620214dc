package events

import (
	"strings"

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

// Products returns the names of the sources' products as a sentence has them: "Inspector, Macie or Health".
func Products(table []source.Source) string {
	var names []string
	for _, s := range table {
		names = append(names, s.Product)
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " or " + names[last]
	}
	return strings.Join(names, "")
}
