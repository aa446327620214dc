package app

import (
	"cmp"

	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/version"
)

// sayStart writes one line to the log that says what runs from now on.
func (a *App) sayStart(message string) {
	release, commit := version.Of()
	s := report.Start{
		Version: cmp.Or(release, "unreleased"), Commit: cmp.Or(commit, "unknown"), Ledger: a.config.Ledger, Warnings: a.startWarnings(),
	}
	for i, instance := range a.config.Sinks {
		_, when := instance.Setting("WHEN")
		s.Sinks = append(s.Sinks, report.StartedSink{
			Name: instance.Name, Type: instance.Type, MinSeverity: instance.MinSeverity.String(), HasWhen: when != "", IsDefault: a.parts.Routes[i].IsDefault,
		})
	}
	a.parts.Log.Start(message, s)
}

// startWarnings returns what is no mistake, and harms a function that lasts no longer than Lambda wants.
func (a *App) startWarnings() (all []string) {
	switch a.config.Ledger {
	case config.LedgerMemory:
		all = append(all, "LEDGER=memory: what was sent is forgotten when this environment ends; LEDGER=dynamodb remembers it")
	case config.LedgerOff:
		all = append(all, "LEDGER=off: what was sent is not remembered, and everything that comes is sent; LEDGER=dynamodb remembers it")
	}
	if a.config.DeadLetterQueueURL == "" {
		all = append(all, "DEAD_LETTER_QUEUE_URL is not set: what can never be sent stays failed, and comes again")
	}
	return all
}
