package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/setting"
)

const (
	actionsAllow   = "ACTIONS_ALLOW"
	actionsArchive = "ACTIONS_ARCHIVE"
)

// Actions is what people may do about findings where they read them.
type Actions struct {
	// AreOn says that the messages of an instance have buttons.
	AreOn bool
	// Allow is who may do what not everybody may, as it is written.
	Allow string
	// Archive says that a finding can be archived at its source.
	Archive bool
}

// actions reads what people may do. Who has taken a finding on has to outlive every process. A laptop, on which SINKS
// has a default, may read settings that are to have their table in Lambda.
func (l *loader) actions(c Config) Actions {
	const needsTable = "needs a table, in which stands who has taken a finding on; set LEDGER=%s and LEDGER_TABLE, or unset this"
	isSaid := slices.ContainsFunc(l.mistakes, func(m error) bool { return strings.HasSuffix(m.Error(), fmt.Sprintf(needsTable, LedgerDynamoDB)) })
	a := Actions{Allow: l.actionText(actionsAllow, c.Sinks), Archive: l.archive(l.actionText(actionsArchive, c.Sinks))}
	for _, sink := range c.Sinks {
		if !l.hasButtons(sink) {
			continue
		}
		a.AreOn = true
		isLater := l.text("LEDGER") == "" && l.options.DefaultSinks != ""
		if isSaid || c.Ledger == LedgerDynamoDB || isLater || l.isWrong("LEDGER") || l.isUnread("LEDGER") || sink.Type == "" {
			continue
		}
		l.mistake(setting.Variable(sink.Name, l.options.Pressed[sink.Type]), needsTable, LedgerDynamoDB)
	}
	// A program that knows of no buttons cannot say that there are none.
	isUnread := len(l.options.Pressed) == 0 || l.isUnread(sinksVariable) || l.isWrong(sinksVariable) || slices.ContainsFunc(c.Sinks, func(s Sink) bool { return s.IsUnread })
	if a.Allow != "" && !a.AreOn && !isUnread {
		l.mistake(actionsAllow, "needs buttons%s", l.remedyOfButtons(c.Sinks...))
	}
	if a.Archive && !a.AreOn && !isUnread {
		l.mistake(actionsArchive, "needs buttons%s", l.remedyOfButtons(c.Sinks...))
	}
	return a
}

// actionText returns the text of a setting of actions, unless an instance named actions has that variable.
func (l *loader) actionText(name string, sinks []Sink) string {
	if l.isOtherwise(name, name, sinks) {
		return ""
	}
	return l.text(name)
}

// archive reads whether findings can be archived.
func (l *loader) archive(text string) bool {
	switch strings.ToLower(text) {
	case "true":
		return true
	case "", "false":
	default:
		l.mistake(actionsArchive, "says whether findings can be archived at their source by a button: want true or false")
	}
	return false
}
