package app

import (
	"time"

	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/drill"
)

// drills returns what is done about fire drills: they are noted where the ledger's table outlives the process,
// and said to the sinks that accept them. A dry run notes none.
func (a *App) drills(o Options) *drill.Drills {
	d := &drill.Drills{Now: o.Now, Trouble: a.parts.Log.Trouble}
	if d.Now == nil {
		d.Now = time.Now
	}
	if a.config.Ledger == config.LedgerDynamoDB && o.DryRun == nil {
		d.Store = a.kept
	}
	for _, sink := range a.config.Sinks {
		if sink.Drills || o.AllDrill {
			d.Sinks = append(d.Sinks, sink.Name)
		}
	}
	return d
}
