package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/action/duty"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/mutelist"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks"
)

// allowed returns who may do what not everybody may. The error joins one error for each mistake.
func allowed(c config.Config) (action.Allowed, error) {
	all, err := action.ParseAllowed(c.Actions.Allow)
	mistakes := Mistakes(err)
	for i, mistake := range mistakes {
		mistakes[i] = fmt.Errorf("ACTIONS_ALLOW: %w", mistake)
	}
	return all, errors.Join(mistakes...)
}

// acts returns what people can do about findings; nil where no message has buttons.
func acts(c config.Config, table []source.Source) func(*finding.Finding) []notify.Act {
	if !c.Actions.AreOn {
		return nil
	}
	return func(f *finding.Finding) []notify.Act {
		s := action.SubjectOf(f)
		value, ok := s.Value()
		if !ok {
			return nil
		}
		all := []notify.Act{{Name: notify.ActAcknowledge, Value: value}, {Name: notify.ActMute, Value: value}}
		known := s.Finding()
		if a := archiveOf(table, s.Source); c.Actions.Archive && a != nil && a.Takes(&known) {
			all = append(all, notify.Act{Name: notify.ActArchive, Value: value})
		}
		return all
	}
}

// archiveOf returns how the source of a name archives findings; nil where it does not.
func archiveOf(table []source.Source, name string) *source.Archive {
	for _, s := range table {
		if s.Archive != nil && s.Name == name {
			return s.Archive
		}
	}
	return nil
}

// isTold reports whether instances of a type are told what people do about findings.
func isTold(types []sinks.Type, name string) bool {
	for _, kind := range types {
		if kind.Name == name {
			return kind.TakesActions
		}
	}
	return false
}

// actions returns what is done about the buttons that people press. Where nothing may be done, or no message has
// buttons, what is asked for is said in the log alone.
func (a *App) actions(o Options, told *ledger.Ledger, kept *mutelist.Kept) *duty.Duties {
	options := duty.Options{Log: a.parts.Log, Now: o.Now}
	if options.Now == nil {
		options.Now = time.Now
	}
	if !a.config.Actions.AreOn || a.config.Ledger != config.LedgerDynamoDB || o.DryRun != nil {
		return duty.New(options)
	}
	types := o.withTables().Sinks
	options.Store, options.Allowed = a.kept, a.allowed
	for _, sink := range a.config.Sinks {
		if isTold(types, sink.Type) {
			options.Sinks = append(options.Sinks, sink.Name)
		}
	}
	options.Told = func(ctx context.Context, key string) (map[string]ledger.Told, error) {
		return told.Told(ctx, key, a.SinkNames()...)
	}
	options.Mutes = duty.Mutes{Kept: kept, Judge: a.JudgeMute, Reread: a.parts.Mutes.Reread}
	if a.config.Actions.Archive {
		options.Archive = archiver(a.parts.Sources, new(caller))
	}
	return duty.New(options)
}

// archiver returns what archives a finding at its source, or takes that back.
func archiver(table []source.Source, calls source.Caller) func(context.Context, *finding.Finding, bool) error {
	return func(ctx context.Context, f *finding.Finding, isUndone bool) error {
		a := archiveOf(table, f.Source)
		if a == nil {
			return &source.RefusalError{Reason: "the source of this finding cannot archive it"}
		}
		return a.Set(ctx, calls, f, isUndone)
	}
}
