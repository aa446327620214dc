package app

import (
	"slices"

	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/notice"
	"github.com/tocsin-sec/tocsin/pkg/queueurl"
)

// notices returns what lets the fallback say that another sink takes nothing; nil where there is none, or
// where it is not sent to.
func (a *App) notices(o Options) *notice.Keeper {
	name := a.config.FallbackSink
	isThere := slices.ContainsFunc(a.config.Sinks, func(s config.Sink) bool { return s.Name == name })
	if name == "" || !isThere || a.kept == nil || o.DryRun != nil {
		return nil
	}
	return notice.New(notice.Options{Fallback: name, Of: deploymentOf(a.config.DeadLetterQueueURL), Store: a.kept, Now: o.Now, Trouble: a.parts.Log.Trouble})
}

// deploymentOf returns whose the sinks are, as the URL of the dead-letter queue says it: of the settings that each
// deployment has, it is the one that names an account. Without such a queue nothing is known.
func deploymentOf(deadLetters string) notice.Deployment {
	queue, err := queueurl.Parse(deadLetters)
	if err != nil {
		return notice.Deployment{}
	}
	account, name, isQueue := queue.Queue()
	if !isQueue {
		return notice.Deployment{}
	}
	return notice.Deployment{Account: account, Region: queue.Region, Name: name}
}
