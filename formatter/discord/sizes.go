package discord

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// sizes measures an embed as Discord does, against Discord's limits.
func (e embed) sizes() []notify.Size {
	length := func(text string) int { return utf8.RuneCountInString(strings.TrimSpace(text)) }
	foot := ""
	if e.Footer != nil {
		foot = e.Footer.Text
	}
	name, value := 0, 0
	total := length(e.Title) + length(e.Description) + length(foot)
	for _, f := range e.Fields {
		name, value = max(name, length(f.Name)), max(value, length(f.Value))
		total += length(f.Name) + length(f.Value)
	}
	return []notify.Size{
		{What: "characters in the embed", Value: total, Limit: maxTotal},
		{What: "characters in the title", Value: length(e.Title), Limit: maxTitle},
		{What: "characters in the description", Value: length(e.Description), Limit: maxDescription},
		{What: "fields", Value: len(e.Fields), Limit: maxFields},
		{What: "characters in the longest field's name", Value: name, Limit: maxName},
		{What: "characters in the longest field", Value: value, Limit: maxValue},
		{What: "characters in the footer", Value: length(foot), Limit: maxFooter},
	}
}

// Sizes measures a body as Discord does, in characters, against Discord's limits.
func Sizes(encoded []byte) ([]notify.Size, error) {
	var b body
	if err := json.Unmarshal(encoded, &b); err != nil {
		return nil, fmt.Errorf("measuring the message: %w", err)
	}
	all := []notify.Size{
		{What: "characters beside the embed", Value: utf8.RuneCountInString(b.Content), Limit: maxContent},
		{What: "people and roles that may be called", Value: max(len(b.Allowed.Users), len(b.Allowed.Roles)), Limit: maxAllowed},
	}
	for _, e := range b.Embeds {
		all = append(all, e.sizes()...)
	}
	return all, nil
}
