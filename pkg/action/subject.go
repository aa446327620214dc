package action

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// maxValue is how long the value of a button may be, in bytes. Slack takes 2,000 characters:
// https://docs.slack.dev/reference/block-kit/block-elements/button-element
const maxValue = 1_900

// Subject is the finding that an action is about, as a button carries it: what names it, and what a mute is made
// of. Its texts can be an attacker's.
type Subject struct {
	// Source is the EventBridge source that has found it, and ID its id there: with Account and Region they
	// are its key.
	Source  string `json:"s"`
	Account string `json:"a,omitempty"`
	Region  string `json:"r,omitempty"`
	ID      string `json:"i"`
	// Type is the finding's type, Resource the id of its resource. Where there is no room for them, they are
	// empty.
	Type     string           `json:"t,omitempty"`
	Resource string           `json:"o,omitempty"`
	Severity finding.Severity `json:"v,omitempty"`
	// Mute is the name of the mute that a button ends; empty for any other button.
	Mute string `json:"m,omitempty"`
}

// SubjectOf returns the subject of a finding.
func SubjectOf(f *finding.Finding) Subject {
	s := Subject{
		Source: f.Source, Account: f.Account.ID, Region: f.Region,
		Type: f.Type, Resource: f.Resource.ID, Severity: f.Severity,
	}
	if f.Native.Source != "" {
		s.Source = f.Native.Source
	}
	s.ID = strings.TrimPrefix(f.Key(), strings.Join([]string{s.Source, s.Account, s.Region, ""}, "/"))
	return s
}

// Key returns the finding's key.
func (s Subject) Key() string { f := s.Finding(); return f.Key() }

// Finding returns a finding of which no more is known than the subject: its key is the same.
func (s Subject) Finding() finding.Finding {
	f := finding.Finding{ID: s.ID, Source: s.Source, Type: s.Type, Severity: s.Severity}
	f.Account.ID, f.Region, f.Resource.ID = s.Account, s.Region, s.Resource
	return f
}

// Value returns the subject as a button carries it. Of one that is too long, what only a mute needs is left out;
// ok is false where even that is not enough.
func (s Subject) Value() (value string, ok bool) {
	if text := s.text(); len(text) <= maxValue {
		return text, true
	}
	s.Type, s.Resource = "", ""
	text := s.text()
	return text, len(text) <= maxValue
}

func (s Subject) text() string {
	text, err := json.Marshal(s)
	if err != nil {
		return strings.Repeat(" ", maxValue+1) // texts and a number: it cannot be
	}
	return string(text)
}

// errNoSubject says that a button's value names no finding.
var errNoSubject = errors.New("the button is of no finding that this version of Tocsin can read")

// ReadSubject reads the value of a button.
func ReadSubject(value string) (Subject, error) {
	var s Subject
	if len(value) > maxValue {
		return s, errNoSubject
	}
	if err := json.Unmarshal([]byte(value), &s); err != nil {
		return s, fmt.Errorf("%w", errNoSubject)
	}
	if s.Source == "" || s.ID == "" {
		return s, errNoSubject
	}
	return s, nil
}
