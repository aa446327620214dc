package mute

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Entry is a mute as it is written.
type Entry struct {
	Name         string `json:"name"                    yaml:"name"`
	When         string `json:"when"                    yaml:"when"`
	Until        string `json:"until"                   yaml:"until"`
	Reason       string `json:"reason"                  yaml:"reason"`
	By           string `json:"by,omitempty"            yaml:"by,omitempty"`
	EvenCritical bool   `json:"even_critical,omitempty" yaml:"even_critical,omitempty"`
	// Created is when it was made; MUTES does not say that.
	Created time.Time `json:"created,omitzero" yaml:"-"`
}

// EntryOf returns a mute as it was written.
func EntryOf(m Mute) Entry {
	return Entry{Name: m.Name, When: m.When.Text(), Until: m.End, Reason: m.Reason, By: m.By, EvenCritical: m.EvenCritical}
}

// Mute reads the entry, by the rules of Parse. The error joins one error for each mistake, which
// begins with the key and shows no value.
func (e Entry) Mute() (Mute, error) {
	m := Mute{EvenCritical: e.EvenCritical}
	var mistakes []error
	for _, part := range []struct {
		key, value string
		isOptional bool
	}{{"name", e.Name, false}, {"when", e.When, false}, {"until", e.Until, false}, {"reason", e.Reason, false}, {"by", e.By, true}} {
		isEmpty := strings.TrimSpace(part.value) == ""
		if isEmpty && part.isOptional {
			continue
		}
		if isEmpty {
			mistakes = append(mistakes, fmt.Errorf("%s: is missing", part.key))
		} else if err := m.set(part.key, part.value); err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s: %w", part.key, err))
		}
	}
	return m, errors.Join(mistakes...)
}

// HasEnded reports whether the entry's end is known, and over.
func (e Entry) HasEnded(now time.Time) bool {
	_, end, err := until(strings.TrimSpace(e.Until))
	return err == nil && !now.Before(end)
}

// YAML returns a list as MUTES takes it.
func YAML(entries []Entry) ([]byte, error) {
	if len(entries) == 0 {
		return []byte("[]\n"), nil
	}
	text, err := yaml.Marshal(entries)
	if err != nil {
		return nil, fmt.Errorf("the mutes have no YAML form: %w", err)
	}
	return text, nil
}
