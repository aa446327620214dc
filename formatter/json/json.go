// Package json gives a finding as JSON for programs: one documented form, with a version, whatever
// the source. Its schema is docs/schema/finding.v1.json.
//
// The texts are the finding's own, neither cleaned nor defanged, since a program may need them as
// they are. Whoever shows them to people escapes them; as JSON they hold no control character, so
// that a terminal can show the lines.
package json

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Version is the number of the form. A change that a reader could stumble over makes it the next
// one; a new field does not.
const Version = 1

// What a document holds at the most, so that no finding fills what reads it.
const (
	maxText = 10_000 // bytes of one text
	maxList = 500    // elements of one list
)

// text returns a text that is not too long.
func text(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + "…"
}

// first returns the first elements of a list.
func first[T any](list []T) []T { return list[:min(len(list), maxList)] }

// each returns what is made of the first elements of a list.
func each[From, To any](list []From, of func(From) To) []To {
	var all []To
	for _, element := range first(list) {
		all = append(all, of(element))
	}
	return all
}

// Finding is a finding as a notification holds it. What is not known is left out.
type Finding struct {
	Version int `json:"version"`
	// Kind is the kind of the notification that holds it, Changes what is new since the last one.
	Kind    notify.Kind     `json:"kind"`
	Changes []notify.Change `json:"changes,omitempty"`
	// Taken is who has taken it on; missing where nobody has, or where that is not known.
	Taken *Taken `json:"taken,omitempty"`

	Key         string   `json:"key"`
	ID          string   `json:"id,omitempty"`
	Source      string   `json:"source,omitempty"`
	Type        string   `json:"type,omitempty"`
	Title       string   `json:"title,omitempty"`
	Description string   `json:"description,omitempty"`
	Severity    Severity `json:"severity"`
	Place
	Activity
	Subject
	Matter
	// Shortened says that a document which had to be small holds less than is known.
	Shortened bool `json:"shortened,omitempty"`
}

// Taken is who has taken a finding on. ID is the channel's name of them that they did it in, Name what they call
// themselves.
type Taken struct {
	ID   string    `json:"id"`
	Name string    `json:"name,omitempty"`
	At   time.Time `json:"at"`
}

// takenOf returns who has taken a finding on, or nil for nobody.
func takenOf(n notify.Notification) *Taken {
	if !n.Taken.IsTaken() {
		return nil
	}
	return &Taken{text(n.Taken.By.ID), text(n.Taken.By.Name), n.Taken.At.UTC()}
}

// Severity is on a scale of 1 to 10. Value is left out when Level is "unknown" or "untriaged", and
// for a source that states no severity by design, whose Level is "medium".
type Severity struct {
	Value float64       `json:"value,omitempty"`
	Level finding.Level `json:"level"`
}

// Account is an AWS account, with the operator's name for it.
type Account struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// Place says where it happened.
type Place struct {
	Account   Account `json:"account,omitzero"`
	Region    string  `json:"region,omitempty"`
	Partition string  `json:"partition,omitempty"`
}

// Activity says when and how often, in RFC 3339 and UTC.
type Activity struct {
	Count     int       `json:"count,omitempty"`
	FirstSeen time.Time `json:"first_seen,omitzero"`
	LastSeen  time.Time `json:"last_seen,omitzero"`
	Created   time.Time `json:"created,omitzero"`
	Updated   time.Time `json:"updated,omitzero"`
	Published time.Time `json:"published,omitzero"`
	Sample    bool      `json:"sample,omitempty"`
	Archived  bool      `json:"archived,omitempty"`
}

// Lines returns the findings of a notification as JSON, one on each line. A heartbeat has none.
func Lines(n notify.Notification) ([]byte, error) {
	kind, changes := kindOf(n)
	var all []byte
	for _, f := range n.Findings {
		d := findingOf(f)
		d.Kind, d.Changes, d.Taken = kind, changes, takenOf(n)
		line, err := json.Marshal(d)
		if err != nil {
			return nil, fmt.Errorf("the finding has no JSON form: %w", err)
		}
		all = append(append(all, Escape(line)...), '\n')
	}
	return all, nil
}

// kindOf returns the kind of a notification and what is new. Version 1 has no kind of its own for a
// finding that is over: it is an update of the finding's state.
func kindOf(n notify.Notification) (notify.Kind, []notify.Change) {
	changes := each(n.Changes, func(c notify.Change) notify.Change {
		return notify.Change{What: text(c.What), From: text(c.From), To: text(c.To)}
	})
	if n.Kind != notify.KindResolved {
		return n.Kind, changes
	}
	isState := func(c notify.Change) bool { return c.What == "state" }
	if slices.ContainsFunc(changes, isState) {
		return notify.KindUpdate, changes
	}
	return notify.KindUpdate, slices.Insert(changes, 0, notify.Change{What: "state", To: endOf(n)})
}

// endOf returns the state in which a finding has come to its end, where it states one.
func endOf(n notify.Notification) string {
	if len(n.Findings) > 0 && n.Findings[0].State.Over() {
		return n.Findings[0].State.String()
	}
	return n.Kind.String()
}

func findingOf(f finding.Finding) Finding {
	d := Finding{
		Version: Version, Key: text(f.Key()), ID: text(f.ID), Source: text(f.Source), Type: text(f.Type),
		Title: text(f.Title), Description: text(f.Description), Severity: Severity{Level: f.Severity.Level()},
		Place: Place{accountOf(f.Account), text(f.Region), text(f.Partition)},
		Activity: Activity{
			f.Count, f.FirstSeen.UTC(), f.LastSeen.UTC(), f.Created.UTC(), f.Updated.UTC(), f.Published.UTC(), f.Sample, f.State.Over(),
		},
		Subject: subjectOf(f),
		Matter:  matterOf(f),
	}
	if f.Severity.Known() {
		d.Severity.Value = float64(f.Severity)
	}
	return d
}

func accountOf(a finding.Account) Account { return Account{text(a.ID), text(a.Name)} }
