package sinks

import (
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/slack"
)

// NewStyle builds the style of a sink's messages, as formatter.NewStyle does. MENTION is written as Slack writes
// mentions, whatever the sink, so that one text can stand for all sinks.
func NewStyle(get func(setting string) (variable, text string), words map[string]string) (formatter.Style, error) {
	return formatter.NewStyle(get, slack.ParseMentions, words)
}
