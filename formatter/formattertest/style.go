package formattertest

import (
	"errors"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/slack"
)

// Style builds a style from the settings that differ from the defaults.
func Style(t testing.TB, settings map[string]string) formatter.Style {
	t.Helper()
	get := func(setting string) (string, string) { return setting, settings[setting] }
	style, err := formatter.NewStyle(get, ParseMention, events.Words(events.Table()))
	if err != nil {
		t.Fatal(err)
	}
	return style.WithParts() // so that each renderer is tried with what any channel asks for
}

// Message builds the message of a case.
func Message(t testing.TB, c Case) formatter.Message {
	t.Helper()
	return formatter.New(c.Notification, Style(t, c.Settings).WithActs())
}

// Everything is a style that shows whatever a finding holds, by every road that a style has.
func Everything(t testing.TB) formatter.Style {
	t.Helper()
	return Style(t, map[string]string{
		"FIELDS": strings.Join(formatter.Fields(), ","), "SHOW_TAGS": "*", "MESSAGE_LANG": "ja", "RUNBOOK_URL": "https://docs.aws.amazon.com/{type}?x={type}",
		"TITLE_TEMPLATE": "{{.title}}{{.description}}.{{.resource.id}}",
		"BODY_TEMPLATE": `{{.type}} {{.id}} https://{{.region}}.{{.account_name}} <{{.actor.domain}}|{{.actor.user}}> ` +
			"\n" + `{{range $key, $value := .resource.tags}}{{$key}}://{{$value}} {{end}}{{event "title"}} {{.facts.process}}{{.facts.threats}}` +
			"\n" + `{{tag "x"}} {{.action.kind}} {{.action.text}} {{.actor.user_agent}} {{upper .source}} {{cut 50 .description}}`,
	}).WithActs()
}

// ParseMention reads a mention as Slack writes it, as NewStyle wants it.
func ParseMention(text string) (formatter.Mention, error) {
	if m, ok := slack.ParseMention(text); ok {
		return m, nil
	}
	return formatter.Mention{}, errors.New("want mentions as Slack writes them")
}
