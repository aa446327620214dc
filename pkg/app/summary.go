package app

import "github.com/tocsin-sec/tocsin/pkg/summary"

// counter returns what counts a week and tells of it. Where no sink is told, and in a dry run, it counts
// nothing, and a record that asks for a summary is still no finding.
func (a *App) counter(o Options) *summary.Counter {
	options := summary.Options{Store: a.kept, Names: a.AccountNames, Now: o.Now, Trouble: a.parts.Log.Trouble}
	for _, sink := range a.config.Sinks {
		if sink.HasSummary && a.kept != nil && o.DryRun == nil {
			options.Sinks = append(options.Sinks, sink.Name)
		}
	}
	return summary.New(options)
}
