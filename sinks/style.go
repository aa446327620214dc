package sinks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
)

// mention is the setting that says whom messages call.
const mention = "MENTION"

// NewStyle builds the style of messages as formatter.NewStyle does. The shared MENTION holds what any
// type of the table has a form of, so that one text can stand for all sinks: each leaves out what it
// has none of.
func NewStyle(table []Type, get func(setting string) (variable, text string), words map[string]string) (formatter.Style, error) {
	return formatter.NewStyle(get, parserOf(table), words)
}

// NewStyle builds the style of an instance's messages as the function of that name does. In a MENTION
// of the instance's own, what its type has no form of is a mistake, unless it calls nobody at all.
func (t Type) NewStyle(
	table []Type, get func(setting string) (variable, text string), words map[string]string,
) (formatter.Style, error) {
	callsSomebody := t.Mentions.Parse != nil || t.Mentions.Everybody
	if variable, _ := get(mention); variable != mention && callsSomebody {
		table = []Type{t}
	}
	return NewStyle(table, get, words)
}

// parserOf returns what reads one mention in the words of any of the types. Its error shows no text.
func parserOf(table []Type) func(text string) (formatter.Mention, error) {
	return func(text string) (formatter.Mention, error) {
		all, isForAll := everybody()[text]
		for _, kind := range table {
			if isForAll && kind.Mentions.Everybody {
				return all, nil
			}
			if kind.Mentions.Parse == nil {
				continue
			}
			if m, ok := kind.Mentions.Parse(text); ok {
				return m, nil
			}
		}
		return formatter.Mention{}, noMention(table)
	}
}

// everybody returns the words for all who are there.
func everybody() map[string]formatter.Mention {
	return map[string]formatter.Mention{
		"@everyone": {Kind: formatter.MentionEveryone}, "@channel": {Kind: formatter.MentionChannel}, "@here": {Kind: formatter.MentionHere},
	}
}

// noMention says which mentions the types have.
func noMention(table []Type) error {
	var forms []string
	for _, kind := range table {
		form := kind.Mentions.Forms
		if kind.Mentions.Everybody {
			form = strings.TrimPrefix(form+", @channel, @here", ", ")
		}
		if form != "" {
			forms = append(forms, form+" ("+kind.Name+")")
		}
	}
	slices.Sort(forms)
	return fmt.Errorf("want mentions as the channel writes them, separated by spaces: %s", strings.Join(forms, "; "))
}
