package config

import (
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

const summaryVariable = "SUMMARY"

// The values of SUMMARY.
const (
	summaryOff    = "off"
	summaryWeekly = "weekly"
)

// summary reads whether a sink is told what a week was like.
func (l *loader) summary(variable, text string) bool {
	switch text = strings.ToLower(text); text {
	case "", summaryOff:
		return false
	case summaryWeekly:
		return true
	}
	if meant := suggest.Word(text, []string{summaryOff, summaryWeekly}); meant != "" {
		l.mistake(variable, "not how often there is a summary; did you mean %s?", meant)
		return false
	}
	l.mistake(variable, "not how often there is a summary: want %s or %s", summaryWeekly, summaryOff)
	return false
}

// summaries checks that there is a place for what is counted: a week outlives every process. A laptop, on
// which SINKS has a default, may read settings that are to have their table in Lambda.
func (l *loader) summaries(c Config) {
	isLater := l.text("LEDGER") == "" && l.options.DefaultSinks != ""
	if c.Ledger == LedgerDynamoDB || isLater || l.isWrong("LEDGER") || l.isUnread("LEDGER") {
		return
	}
	for _, sink := range c.Sinks {
		if sink.HasSummary {
			variable, _ := sink.Setting(summaryVariable)
			l.mistake(variable, "needs a table, in which each day is counted; set LEDGER=%s and LEDGER_TABLE, or unset this", LedgerDynamoDB)
		}
	}
}
