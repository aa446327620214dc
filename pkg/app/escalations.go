package app

import (
	"cmp"
	"context"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/escalation"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/queue"
)

// rulesOf returns of which findings of which sink another one is told.
func rulesOf(c config.Config) (rules []escalation.Rule) {
	for _, sink := range c.Sinks {
		if e := sink.Escalation; e.After > 0 {
			rules = append(rules, escalation.Rule{Sink: sink.Name, To: e.To, After: e.After, MinSeverity: e.MinSeverity})
		}
	}
	return rules
}

// escalations returns what tells another sink of a finding that nobody has taken on. Without the table and the queue,
// as on a laptop, and in a dry run, it tells of none, and a record of it is still no finding.
func (a *App) escalations(o Options, known *ledger.Ledger, client *queue.Client) *escalation.Escalations {
	options := escalation.Options{Store: a.kept, Ledger: known, Acts: a.parts.Acts, Now: o.Now, Log: a.parts.Log}
	if options.Now == nil {
		options.Now = time.Now
	}
	if a.config.Ledger == config.LedgerDynamoDB && a.config.QueueURL != "" && o.DryRun == nil {
		options.Rules = a.rules
	}
	options.Send = func(ctx context.Context, record []byte, delay time.Duration) error {
		return client.Delayed(ctx, a.config.QueueURL, record, delay)
	}
	options.Restore = func(ctx context.Context, f *finding.Finding) {
		f.Account.Name = cmp.Or(a.AccountNames(ctx)[f.Account.ID], f.Account.Name)
		events.Describe(a.parts.Sources, f)
	}
	options.Muted = func(ctx context.Context, f finding.Finding) string {
		return a.parts.Mutes.Held(ctx, f, digest.Names(), a.parts.Log)
	}
	return escalation.New(options)
}
