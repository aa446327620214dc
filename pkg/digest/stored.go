package digest

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// maxText bounds each text of a finding in a digest, in bytes.
const maxText = 500

// opened is the record of the digest that a sink's findings are put into.
type opened struct {
	// Lease is always zero. It is in the tables that there are, where all records have one form.
	Lease struct {
		Until time.Time `json:"until"`
	} `json:"lease"`
	// Open is zero when no digest is open.
	Open open `json:"open,omitzero"`
}

// open names an open digest.
type open struct {
	ID string    `json:"id"`
	At time.Time `json:"at"` // when it was last announced
}

// stored is what a digest shows of a finding, in the form in which it waits in the table. The names
// are those of the tables that there are: what they hold is read for as long as table.Retention.
type stored struct {
	ID        string           `json:"ID"`
	Source    string           `json:"Source"`
	Type      string           `json:"Type"`
	Title     string           `json:"Title"`
	Severity  finding.Severity `json:"Severity"`
	Account   storedName       `json:"Account"`
	Region    string           `json:"Region"`
	Partition string           `json:"Partition"`
	storedActivity
	Resource storedResource `json:"Resource"`
	Actor    storedActor    `json:"Actor"`
	storedMatter
}

type storedActivity struct {
	Count     int       `json:"Count"`
	FirstSeen time.Time `json:"FirstSeen"`
	LastSeen  time.Time `json:"LastSeen"`
	Created   time.Time `json:"Created"`
	Updated   time.Time `json:"Updated"`
	Sample    bool      `json:"Sample"`
	// Archived says that it is over, in whatever way; State says in which, where it is over.
	Archived bool   `json:"Archived"`
	State    string `json:"State,omitempty"`
}

// storedMatter is what a digest needs to name a finding in the words of its source, and to group it
// with others. Tables that were filled before do not have it.
type storedMatter struct {
	Road          string              `json:"Road,omitempty"`
	Native        storedNative        `json:"Native,omitzero"`
	Vulnerability storedVulnerability `json:"Vulnerability,omitzero"`
	Check         storedCheck         `json:"Check,omitzero"`
}

type storedNative struct {
	Source  string `json:"Source,omitempty"`
	ID      string `json:"ID,omitempty"`
	Product string `json:"Product,omitempty"`
}

type storedVulnerability struct {
	ID      string         `json:"ID,omitempty"`
	Score   float64        `json:"Score,omitempty"`
	Exploit finding.Answer `json:"Exploit,omitempty"`
	Fix     finding.Answer `json:"Fix,omitempty"`
}

type storedCheck struct {
	Control string `json:"Control,omitempty"`
	Result  string `json:"Result,omitempty"`
}

type storedName struct {
	ID   string `json:"ID"`
	Name string `json:"Name"`
}

type storedResource struct {
	Type string `json:"Type"`
	storedName
	ARN string `json:"ARN,omitempty"`
}

type storedActor struct {
	Remote struct {
		IP      string `json:"IP"`
		Country string `json:"Country"`
	} `json:"Remote"`
}

// Encode returns the stored form of a finding, each text cut to a length that lets thousands of
// them be stored and read.
func Encode(f *finding.Finding) (string, error) {
	s := stored{
		ID: cut(f.ID), Source: cut(f.Source), Type: cut(f.Type), Title: cut(f.Title), Severity: f.Severity,
		Account: storedName(f.Account), Region: f.Region, Partition: f.Partition,
		storedActivity: storedActivity{
			Count: f.Count, FirstSeen: f.FirstSeen, LastSeen: f.LastSeen, Created: f.Created, Updated: f.Updated, Sample: f.Sample, Archived: f.State.Over(),
		},
		Resource:     storedResource{cut(f.Resource.Type), storedName{cut(f.Resource.ID), cut(f.Resource.Name)}, cut(f.Resource.ARN)},
		storedMatter: matterOf(f),
	}
	if f.State.Over() {
		s.State = f.State.String()
	}
	s.Actor.Remote.IP, s.Actor.Remote.Country = cut(f.Actor.Remote.IP), cut(f.Actor.Remote.Country)
	text, err := json.Marshal(s)
	return string(text), err
}

func matterOf(f *finding.Finding) storedMatter {
	v := f.Vulnerability
	return storedMatter{
		Road:          f.Road,
		Native:        storedNative{cut(f.Native.Source), cut(f.Native.ID), cut(f.Native.Product)},
		Vulnerability: storedVulnerability{cut(v.ID), v.Score, v.Exploit, v.Fix},
		Check:         storedCheck{cut(f.Check.Control), cut(f.Check.Result)},
	}
}

// Names returns what conditions ask for that a stored form has as the finding had it, but for long texts.
func Names() []string {
	return []string{
		"key", "severity", "level", "type", "title", "source", "account", "account_name", "region", "resource.type", "resource.id", "resource.name", "resource.arn",
		"actor.ip", "actor.country", "count", "sample", "archived", "status", "product", "road", "cve", "score", "fixable", "exploit", "control", "compliance",
		"first_seen", "last_seen",
	}
}

// decode returns the finding of an item, and a placeholder for one that cannot be read.
func decode(item table.Item) finding.Finding {
	if f, isWhole := Decode(item.Text); isWhole {
		return f
	}
	return finding.Finding{Title: "a finding that cannot be read any more", ID: item.Key}
}

// Decode returns the finding of a stored form; ok is false for one that cannot be read.
func Decode(text string) (f finding.Finding, ok bool) {
	var s stored
	if json.Unmarshal([]byte(text), &s) != nil {
		return finding.Finding{}, false
	}
	v := s.Vulnerability
	return finding.Finding{
		ID: s.ID, Source: s.Source, Type: s.Type, Title: s.Title, Severity: s.Severity,
		Place: finding.Place{Account: finding.Account(s.Account), Region: s.Region, Partition: s.Partition},
		Activity: finding.Activity{
			Count: s.Count, FirstSeen: s.FirstSeen, LastSeen: s.LastSeen, Created: s.Created, Updated: s.Updated, Sample: s.Sample, State: s.state(),
		},
		Resource: finding.Resource{Type: s.Resource.Type, ID: s.Resource.ID, Name: s.Resource.Name, ARN: s.Resource.ARN},
		Actor:    finding.Actor{Remote: finding.Remote{IP: s.Actor.Remote.IP, Country: s.Actor.Remote.Country}},
		Matter: finding.Matter{
			Vulnerability: finding.Vulnerability{ID: v.ID, Score: v.Score, Exploit: v.Exploit, Fix: v.Fix},
			Check:         finding.Check{Control: s.Check.Control, Result: s.Check.Result},
		},
		Origin: finding.Origin{Road: s.Road, Native: finding.Native(s.Native)},
	}, true
}

// state returns the state that is stored. Archived stands for an end that is not known by name.
func (s storedActivity) state() finding.State {
	if !s.Archived {
		return finding.Open
	}
	for state := finding.Archived; state <= finding.OK; state++ {
		if state.String() == s.State {
			return state
		}
	}
	return finding.Archived
}

func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "")
}
