package condition

import (
	"cmp"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/expr-lang/expr/vm"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Facts is a finding as conditions see it. The documents in it are decoded when a condition first
// asks for them. It is not safe for concurrent use.
//
// A finding whose severity is unknown may be anything from harmless to critical. A condition that
// asks for severity or level is therefore run with level "unknown" (and severity 10), and with each
// whole severity from 1 to 10 and its level. What states no severity by design, or is not graded
// yet, has severity 5.
type Facts struct {
	finding         finding.Finding
	event, document func() (any, error)
	// same is what all conditions see alike, and machine what runs them: each finding is held against up to a thousand mutes. It is nil
	// until one asks.
	same    *variables
	machine vm.VM
}

// NewFacts returns the facts of a finding.
func NewFacts(f finding.Finding) *Facts {
	return &Facts{finding: f, event: decoded(f.Event), document: decoded(f.Document), machine: vm.VM{MemoryBudget: budget}}
}

// variables are the names that a condition can use, as docs/routing.md explains them.
type variables struct {
	// Severity is 1 to 10, Level low, medium, high, critical, untriaged or unknown.
	Severity float64 `expr:"severity"`
	Level    string  `expr:"level"`
	// Key is the finding's own name, by which the log calls it.
	Key string `expr:"key"`
	// Type, Title and Source are the source's own words.
	Type   string `expr:"type"`
	Title  string `expr:"title"`
	Source string `expr:"source"`
	// Account is 12 digits, AccountName the operator's name for it.
	Account     string `expr:"account"`
	AccountName string `expr:"account_name"`
	Region      string `expr:"region"`

	Resource resource `expr:"resource"`
	Actor    actor    `expr:"actor"`
	Action   action   `expr:"action"`

	Count    int  `expr:"count"`
	Sample   bool `expr:"sample"`
	Archived bool `expr:"archived"`
	// Status is the state in a word; Archived says whether it is one that is over.
	Status string `expr:"status"`
	matter
	// FirstSeen and LastSeen are nil where the source states no time.
	FirstSeen *time.Time `expr:"first_seen"`
	LastSeen  *time.Time `expr:"last_seen"`

	// Event is the whole event, Document the finding's own part of it.
	Event    any `expr:"event"`
	Document any `expr:"document"`

	// Meter counts the cost of a run; no condition can name it.
	Meter func(...any) any `expr:"$meter"`
}

// matter is what a finding is about, and where it comes from.
type matter struct {
	// Product is the vendor's name of whoever has found it, Road the entry in the table of sources by
	// which it came.
	Product string `expr:"product"`
	Road    string `expr:"road"`
	// CVE is the id of the vulnerability. What the source does not state is empty, 0 or false.
	CVE     string  `expr:"cve"`
	Score   float64 `expr:"score"`
	EPSS    float64 `expr:"epss"`
	Fixable bool    `expr:"fixable"`
	Exploit bool    `expr:"exploit"`
	// Control is the check's short name, Standards the sets of rules that it belongs to, Standard the
	// same as one text; Compliance is the source's word for how it went.
	Control    string   `expr:"control"`
	Standards  []string `expr:"standards"`
	Standard   string   `expr:"standard"`
	Compliance string   `expr:"compliance"`
	// Facts are what else the source states, by name.
	Facts map[string]string `expr:"facts"`
}

type resource struct {
	Type    string            `expr:"type"`
	ID      string            `expr:"id"`
	Name    string            `expr:"name"`
	ARN     string            `expr:"arn"`
	Account string            `expr:"account"`
	Tags    map[string]string `expr:"tags"`
}

type actor struct {
	IP           string `expr:"ip"`
	Country      string `expr:"country"`
	CountryCode  string `expr:"country_code"`
	Organization string `expr:"organization"`
	User         string `expr:"user"`
}

type action struct {
	Kind string `expr:"kind"`
}

// severities returns the severities to run a condition with: that of the finding, and all others
// where it is unknown and asked for.
func (f *Facts) severities(asked bool) []finding.Severity {
	all := []finding.Severity{f.finding.Severity}
	if !asked || f.finding.Severity.Level() != finding.LevelUnknown {
		return all
	}
	for value := finding.Severity(10); value >= 1; value-- {
		all = append(all, value)
	}
	return all
}

// alike returns what all conditions see alike.
func (f *Facts) alike() *variables {
	x := &f.finding
	return &variables{
		Type: x.Type, Title: x.Title, Source: x.Source,
		Account: x.Account.ID, AccountName: x.Account.Name, Region: x.Region,
		Resource: resource{Type: x.Resource.Type, ID: x.Resource.ID, Name: x.Resource.Name, ARN: x.Resource.ARN, Account: owner(x)},
		Actor: actor{
			IP: x.Actor.Remote.IP, Country: x.Actor.Remote.Country, CountryCode: x.Actor.Remote.CountryCode,
			Organization: x.Actor.Remote.Organization, User: x.Actor.User.Name,
		},
		Action: action{Kind: x.Action.Kind},
		Count:  x.Count, Sample: x.Sample, Archived: x.State.Over(), Status: x.State.String(), matter: matterOf(x),
		FirstSeen: stateTime(x.FirstSeen), LastSeen: stateTime(x.LastSeen),
	}
}

// variables returns what a condition sees that is run with a severity. It is good until the next time.
func (f *Facts) variables(u uses, s finding.Severity) (*variables, error) {
	if f.same == nil {
		f.same = f.alike()
	}
	x, v := &f.finding, f.same
	v.Severity, v.Level, v.Meter = s.Counted(), s.Level().String(), newMeter()
	if u.reads(nameKey) && v.Key == "" {
		v.Key = x.Key()
	}
	if u.reads("resource") && v.Resource.Tags == nil {
		v.Resource.Tags = make(map[string]string, len(x.Resource.Tags))
		for _, tag := range x.Resource.Tags {
			v.Resource.Tags[tag.Key] = tag.Value
		}
	}
	if u.reads("facts") && v.Facts == nil {
		v.Facts = make(map[string]string, len(x.Facts))
		for _, fact := range x.Facts {
			v.Facts[fact.Name] = fact.Value
		}
	}
	var errEvent, errDocument error
	if u.reads("event") {
		v.Event, errEvent = f.event()
	}
	if u.reads("document") {
		v.Document, errDocument = f.document()
	}
	return v, errors.Join(errEvent, errDocument)
}

func matterOf(f *finding.Finding) matter {
	v := f.Vulnerability
	return matter{
		Product: f.About.Product, Road: f.Road,
		CVE: v.ID, Score: v.Score, EPSS: v.EPSS, Fixable: v.Fix == finding.Yes || v.Fix == finding.InPart, Exploit: v.Exploit == finding.Yes,
		Control: f.Check.Control, Standards: f.Check.Standards, Standard: strings.Join(f.Check.Standards, ", "), Compliance: f.Check.Result,
	}
}

// owner returns the account of the resource: as the source states it, else as its ARN does, else
// that of the finding.
func owner(f *finding.Finding) string {
	inARN := ""
	if parts := strings.SplitN(f.Resource.ARN, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		inARN = parts[4]
	}
	return cmp.Or(f.Resource.Attributes.Get(finding.AttrAccount), inARN, f.Account.ID)
}

func stateTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// decoded returns a document, which is decoded once.
func decoded(text json.RawMessage) func() (any, error) {
	return sync.OnceValues(func() (value any, err error) {
		if len(text) > 0 && json.Unmarshal(text, &value) != nil {
			err = errors.New("the event cannot be decoded")
		}
		return value, err
	})
}
