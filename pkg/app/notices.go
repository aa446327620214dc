package app

import (
	"slices"

	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/notice"
)

// notices returns what lets the fallback say that another sink takes nothing; nil where there is none, or
// where it is not sent to.
func (a *App) notices(o Options) *notice.Keeper {
	name := a.config.FallbackSink
	isThere := slices.ContainsFunc(a.config.Sinks, func(s config.Sink) bool { return s.Name == name })
	if name == "" || !isThere || a.kept == nil || o.DryRun != nil {
		return nil
	}
	return notice.New(notice.Options{Fallback: name, Store: a.kept, Now: o.Now, Trouble: a.parts.Log.Trouble})
}
