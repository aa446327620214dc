package document

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
	for _, r := range f.Related {
		s.Related = append(s.Related, resourceOf(r))
	}
	if !f.Actor.Zero() {
		s.Actor = new(actorOf(f.Actor))
	}
	if !f.Action.Zero() {
		s.Action = &Action{f.Action.Kind, attributesOf(f.Action.Attributes)}
	}
	for _, t := range f.Threats {
		s.Threats = append(s.Threats, Threat{t.Name, t.List, t.File, t.SHA256})
	}
	s.Sequence = sequenceOf(f.Sequence)
	return s
}

func resourceOf(r finding.Resource) Resource {
	d := Resource{Type: r.Type, ID: r.ID, Name: r.Name, ARN: r.ARN, Attributes: attributesOf(r.Attributes)}
	for _, tag := range r.Tags {
		if d.Tags == nil {
			d.Tags = map[string]string{}
		}
		d.Tags[tag.Key] = tag.Value
	}
	return d
}

func attributesOf(all finding.Attributes) map[string]string {
	if len(all) == 0 {
		return nil
	}
	d := make(map[string]string, len(all))
	for _, a := range all {
		d[a.Name] = a.Value
	}
	return d
}

func actorOf(a finding.Actor) Actor {
	r := a.Remote
	d := Actor{
		IP: r.IP, Domain: r.Domain, City: r.City, Country: r.Country, CountryCode: r.CountryCode, Organization: r.Organization,
		ASN: r.ASN, Account: accountOf(r.Account), UserAgent: a.UserAgent,
	}
	if u := (User{a.User.Name, a.User.Type, a.User.Session, a.User.PrincipalID, a.User.AccessKey}); u != (User{}) {
		d.User = &u
	}
	if p := (Process{a.Process.Name, a.Process.Path, a.Process.User, a.Process.SHA256, a.Process.PID}); p != (Process{}) {
		d.Process = &p
	}
	return d
}

func sequenceOf(s *finding.Sequence) *Sequence {
	if s == nil {
		return nil
	}
	d := &Sequence{Description: s.Description}
	for _, g := range s.Signals {
		d.Signals = append(d.Signals, Signal{
			g.Name, g.Type, g.Description, max(float64(g.Severity), 0), g.Count, g.FirstSeen.UTC(), g.LastSeen.UTC(),
		})
	}
	for _, a := range s.Actors {
		d.Actors = append(d.Actors, actorOf(a))
	}
	for _, r := range s.Resources {
		d.Resources = append(d.Resources, resourceOf(r))
	}
	for _, i := range s.Indicators {
		if d.Indicators == nil {
			d.Indicators = map[string][]string{}
		}
		d.Indicators[i.Key] = append(d.Indicators[i.Key], i.Values...)
	}
	return d
}
