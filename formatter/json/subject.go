package json

import (
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Subject says to what, by whom, and what was done.
type Subject struct {
	Resource *Resource  `json:"resource,omitempty"`
	Related  []Resource `json:"related,omitempty"`
	Actor    *Actor     `json:"actor,omitempty"`
	Action   *Action    `json:"action,omitempty"`
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
	IP           string   `json:"ip,omitempty"`
	Domain       string   `json:"domain,omitempty"`
	City         string   `json:"city,omitempty"`
	Country      string   `json:"country,omitempty"`
	CountryCode  string   `json:"country_code,omitempty"`
	Organization string   `json:"organization,omitempty"`
	ASN          string   `json:"asn,omitempty"`
	Account      *Account `json:"account,omitempty"`
	User         *User    `json:"user,omitempty"`
	Process      *Process `json:"process,omitempty"`
	UserAgent    string   `json:"user_agent,omitempty"`
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
	var s Subject
	if !f.Resource.Zero() {
		s.Resource = new(resourceOf(f.Resource))
	}
	for _, r := range first(f.Related) {
		s.Related = append(s.Related, resourceOf(r))
	}
	if !f.Actor.Zero() {
		s.Actor = new(actorOf(f.Actor))
	}
	if !f.Action.Zero() {
		s.Action = &Action{text(f.Action.Kind), attributesOf(f.Action.Attributes)}
	}
	for _, t := range first(f.Threats) {
		s.Threats = append(s.Threats, Threat{text(t.Name), text(t.List), text(t.File), text(t.SHA256)})
	}
	s.Sequence = sequenceOf(f.Sequence)
	return s
}

func resourceOf(r finding.Resource) Resource {
	d := Resource{Type: text(r.Type), ID: text(r.ID), Name: text(r.Name), ARN: text(r.ARN), Attributes: attributesOf(r.Attributes)}
	for _, tag := range first(r.Tags) {
		if d.Tags == nil {
			d.Tags = map[string]string{}
		}
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
	r := a.Remote
	d := Actor{
		IP: text(r.IP), Domain: text(r.Domain), City: text(r.City), Country: text(r.Country), CountryCode: text(r.CountryCode),
		Organization: text(r.Organization), ASN: text(r.ASN), Account: accountOf(r.Account), UserAgent: text(a.UserAgent),
	}
	if u := (User{text(a.User.Name), text(a.User.Type), text(a.User.Session), text(a.User.PrincipalID), text(a.User.AccessKey)}); u != (User{}) {
		d.User = &u
	}
	if p := (Process{text(a.Process.Name), text(a.Process.Path), text(a.Process.User), text(a.Process.SHA256), text(a.Process.PID)}); p != (Process{}) {
		d.Process = &p
	}
	return d
}

func sequenceOf(s *finding.Sequence) *Sequence {
	if s == nil {
		return nil
	}
	d := &Sequence{Description: text(s.Description)}
	for _, g := range first(s.Signals) {
		d.Signals = append(d.Signals, Signal{
			text(g.Name), text(g.Type), text(g.Description), max(float64(g.Severity), 0), g.Count, g.FirstSeen.UTC(), g.LastSeen.UTC(),
		})
	}
	for _, a := range first(s.Actors) {
		d.Actors = append(d.Actors, actorOf(a))
	}
	for _, r := range first(s.Resources) {
		d.Resources = append(d.Resources, resourceOf(r))
	}
	for _, i := range first(s.Indicators) {
		if d.Indicators == nil {
			d.Indicators = map[string][]string{}
		}
		for _, value := range first(i.Values) {
			d.Indicators[text(i.Key)] = append(d.Indicators[text(i.Key)], text(value))
		}
	}
	return d
}
