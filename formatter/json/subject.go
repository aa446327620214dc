package json

import (
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Subject says to what, by whom, and what was done.
type Subject struct {
	Resource Resource   `json:"resource,omitzero"`
	Related  []Resource `json:"related,omitempty"`
	Actor    Actor      `json:"actor,omitzero"`
	Action   Action     `json:"action,omitzero"`
	Threats  []Threat   `json:"threats,omitempty"`
	Sequence *Sequence  `json:"sequence,omitempty"`
}

// Resource is a thing that a finding is about. Attributes are named as pkg/finding names them.
type Resource struct {
	Type       string            `json:"type,omitempty"`
	ID         string            `json:"id,omitempty"`
	Name       string            `json:"name,omitempty"`
	ARN        string            `json:"arn,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Tags       map[string]string `json:"tags,omitempty"`
}

// Actor is who did it.
type Actor struct {
	IP           string  `json:"ip,omitempty"`
	Domain       string  `json:"domain,omitempty"`
	City         string  `json:"city,omitempty"`
	Country      string  `json:"country,omitempty"`
	CountryCode  string  `json:"country_code,omitempty"`
	Organization string  `json:"organization,omitempty"`
	ASN          string  `json:"asn,omitempty"`
	Account      Account `json:"account,omitzero"`
	User         User    `json:"user,omitzero"`
	Process      Process `json:"process,omitzero"`
	UserAgent    string  `json:"user_agent,omitempty"`
}

// User is the identity whose rights were used.
type User struct {
	Name        string `json:"name,omitempty"`
	Type        string `json:"type,omitempty"`
	Session     string `json:"session,omitempty"`
	PrincipalID string `json:"principal_id,omitempty"`
	AccessKey   string `json:"access_key,omitempty"`
}

// Process is the program that did it.
type Process struct {
	Name   string `json:"name,omitempty"`
	Path   string `json:"path,omitempty"`
	User   string `json:"user,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	PID    string `json:"pid,omitempty"`
}

// Action is what was done.
type Action struct {
	Kind       string            `json:"kind,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

// Threat is a malicious file or an entry of a threat list.
type Threat struct {
	Name   string `json:"name,omitempty"`
	List   string `json:"list,omitempty"`
	File   string `json:"file,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
}

// Sequence ties several signals together.
type Sequence struct {
	Description string              `json:"description,omitempty"`
	Signals     []Signal            `json:"signals,omitempty"`
	Actors      []Actor             `json:"actors,omitempty"`
	Resources   []Resource          `json:"resources,omitempty"`
	Indicators  map[string][]string `json:"indicators,omitempty"`
}

// Signal is one observation of a sequence.
type Signal struct {
	Name        string    `json:"name,omitempty"`
	Type        string    `json:"type,omitempty"`
	Description string    `json:"description,omitempty"`
	Severity    float64   `json:"severity,omitempty"`
	Count       int       `json:"count,omitempty"`
	FirstSeen   time.Time `json:"first_seen,omitzero"`
	LastSeen    time.Time `json:"last_seen,omitzero"`
}

func subjectOf(f finding.Finding) Subject {
	return Subject{
		Resource: resourceOf(f.Resource),
		Related:  each(f.Related, resourceOf),
		Actor:    actorOf(f.Actor),
		Action:   Action{text(f.Action.Kind), attributesOf(f.Action.Attributes)},
		Threats: each(f.Threats, func(t finding.Threat) Threat {
			return Threat{text(t.Name), text(t.List), text(t.File), text(t.SHA256)}
		}),
		Sequence: sequenceOf(f.Sequence),
	}
}

func resourceOf(r finding.Resource) Resource {
	d := Resource{Type: text(r.Type), ID: text(r.ID), Name: text(r.Name), ARN: text(r.ARN), Attributes: attributesOf(r.Attributes)}
	if len(r.Tags) > 0 {
		d.Tags = map[string]string{}
	}
	for _, tag := range first(r.Tags) {
		d.Tags[text(tag.Key)] = text(tag.Value)
	}
	return d
}

func attributesOf(all finding.Attributes) map[string]string {
	if len(all) == 0 {
		return nil
	}
	d := make(map[string]string, len(all))
	for _, a := range first(all) {
		d[text(a.Name)] = text(a.Value)
	}
	return d
}

func actorOf(a finding.Actor) Actor {
	r, u, p := a.Remote, a.User, a.Process
	return Actor{
		IP: text(r.IP), Domain: text(r.Domain), City: text(r.City), Country: text(r.Country), CountryCode: text(r.CountryCode),
		Organization: text(r.Organization), ASN: text(r.ASN), Account: accountOf(r.Account), UserAgent: text(a.UserAgent),
		User:    User{text(u.Name), text(u.Type), text(u.Session), text(u.PrincipalID), text(u.AccessKey)},
		Process: Process{text(p.Name), text(p.Path), text(p.User), text(p.SHA256), text(p.PID)},
	}
}

func sequenceOf(s *finding.Sequence) *Sequence {
	if s == nil {
		return nil
	}
	d := &Sequence{
		Description: text(s.Description),
		Signals:     each(s.Signals, signalOf),
		Actors:      each(s.Actors, actorOf),
		Resources:   each(s.Resources, resourceOf),
		Indicators:  map[string][]string{},
	}
	for _, i := range first(s.Indicators) {
		d.Indicators[text(i.Key)] = append(d.Indicators[text(i.Key)], each(i.Values, text)...)
	}
	return d
}

func signalOf(s finding.Signal) Signal {
	return Signal{
		text(s.Name), text(s.Type), text(s.Description), max(float64(s.Severity), 0), s.Count, s.FirstSeen.UTC(), s.LastSeen.UTC(),
	}
}
