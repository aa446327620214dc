package events

import (
	"github.com/tocsin-sec/tocsin/events/accessanalyzer"
	"github.com/tocsin-sec/tocsin/events/cloudtrail"
	"github.com/tocsin-sec/tocsin/events/cloudwatch"
	"github.com/tocsin-sec/tocsin/events/config"
	"github.com/tocsin-sec/tocsin/events/generic"
	"github.com/tocsin-sec/tocsin/events/guardduty"
	"github.com/tocsin-sec/tocsin/events/health"
	"github.com/tocsin-sec/tocsin/events/inspector"
	"github.com/tocsin-sec/tocsin/events/macie"
	"github.com/tocsin-sec/tocsin/events/securityhub"
	"github.com/tocsin-sec/tocsin/events/securityhubcspm"
	"github.com/tocsin-sec/tocsin/events/source"
)

// Table returns the sources with a parser of their own. What reads it takes it as an argument.
func Table() []source.Source {
	return []source.Source{
		guardduty.Source(),
		securityhubcspm.Source(), // before securityhub, which passes its findings on
		securityhub.Source(),
		inspector.Source(),
		macie.Source(),
		accessanalyzer.Source(),
		health.Source(),
		cloudwatch.Source(),
		cloudtrail.Source(),
		config.Source(),
		generic.Source(), // reads whatever no other one does
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
