// Package finding is the domain of Tocsin: what a security finding is, whatever service it came
// from. It uses the standard library only, and every other package speaks its words.
//
// A value that the source did not state is the zero value (the empty string, the zero time, 0,
// nil). Nothing is filled in by guessing, so that what a message shows is what the source said.
//
// Every text in a Finding comes from the event and may have been written by an attacker. It is kept
// here as it came; escaping is the work of the formatter, for each channel.
package finding

import (
	"encoding/json"
	"time"
)

// Finding is one thing that a source has found: who did what to which resource, where, when and how
// bad it is. Later publications of the same finding have the same Key and another Version.
type Finding struct {
	// ID is the source's own name for the finding, the same for each of its publications.
	ID string
	// Source is the EventBridge source, such as "aws.macie".
	Source string
	// Type is the source's name for this sort of finding, such as "Trojan:EC2/DNSDataExfiltration".
	Type string
	// Title and Description are the source's own words.
	Title, Description string
	// Severity is on the common scale. The zero value is unknown; Unstated is a value of its own.
	Severity Severity

	Place
	Activity

	// Resource is what it happened to; Related are further resources that the source names.
	Resource Resource
	Related  []Resource
	// Actor is who did it, Action what was done.
	Actor  Actor
	Action Action
	// Threats are the malicious files and threat lists that the source names as evidence.
	Threats []Threat
	// Sequence is set when the finding ties several signals together, as an attack sequence does.
	Sequence *Sequence
	Matter
	Origin

	// About is what the source says of the finding beside the event.
	About About `json:"-"`
}

// Place says where something happened.
type Place struct {
	// Account is the account that it happened in: the member's, not the administrator's.
	Account Account
	// Region is an AWS region code such as "eu-central-1".
	Region string
	// Partition is the name of one of the Partitions, such as "aws".
	Partition string
}

// Account is an AWS account. ID is text, since it can begin with zeros.
type Account struct {
	ID string
	// Name is the operator's own name for the account, else the one that the event states.
	Name string
}

// String returns "name (id)", or the one of the two that is known.
func (a Account) String() string {
	switch {
	case a.Name == "":
		return a.ID
	case a.ID == "":
		return a.Name
	default:
		return a.Name + " (" + a.ID + ")"
	}
}

// Activity says when and how often, and in what state the finding is.
type Activity struct {
	// Count is how many times the source saw it; 0 when the source does not count.
	Count int
	// FirstSeen and LastSeen bound the activity itself.
	FirstSeen, LastSeen time.Time
	// Created and Updated are the finding's own history; they are equal at the first publication.
	Created, Updated time.Time
	// Planned is when something is to happen, or has to be done: a time that is no sighting.
	Planned Window
	// Sample marks a finding that was generated to try things out.
	Sample bool
	// State says whether it is over at the source, and how.
	State State
}

// Window is a span of time. Either end may be unknown.
type Window struct{ Starts, Ends time.Time }

// Origin is where a finding comes from, and the document that it was read from.
type Origin struct {
	// Road is the ID of the entry in the table of sources whose parser has read it. The same
	// finding can come by several.
	Road string
	// Native names the finding at the source that has found it, where another one passes it on.
	Native Native
	// Part tells apart the documents that hold one publication together, such as the pages of a
	// long list; empty for one that is whole.
	Part string
	// IsBursty says that findings of its kind come by the thousand at once.
	IsBursty bool
	// IsAsked says that a person wants it told now, whatever was told of it before.
	IsAsked bool
	// Published is the time in the envelope: when the source handed this publication over.
	Published time.Time
	// Document is the finding's own JSON as it came: the event's detail, or its part of it.
	Document json.RawMessage
	// Event is the whole event that held the finding, as it came.
	Event json.RawMessage
}

// Native names a finding by the EventBridge source and the id of whoever has found it, and that
// one's own spelling of its product. The zero value is a finding of the source's own. Where nothing
// is known of the source, the id has the product in it: those of two products can be the same.
type Native struct{ Source, ID, Product string }

// Resource is a thing that a finding is about.
type Resource struct {
	// Type is the source's word for it, such as "Instance", or "S3Bucket"; Kind knows what it
	// means.
	Type string
	// ID is what the resource is called in its own service; Name is a human's name for it.
	ID, Name string
	// ARN is its Amazon Resource Name, where the source gives one.
	ARN string
	// Attributes are the few facts that matter for its kind, the most telling first.
	Attributes Attributes
	// Tags are the resource's tags in the order of the source.
	Tags []Tag
}

// Tag is a key and value that the owner has put on a resource.
type Tag struct{ Key, Value string }

// Zero reports whether nothing is known of the resource.
func (r Resource) Zero() bool {
	return r.Type == "" && r.ID == "" && r.Name == "" && r.ARN == "" &&
		len(r.Attributes) == 0 && len(r.Tags) == 0
}

// Attribute is one named fact. Name is one of the Attr constants of this package.
type Attribute struct{ Name, Value string }

// Attributes is an ordered list of facts; no name stands in it twice, and no value is empty.
type Attributes []Attribute

// Get returns the value of the named attribute, or "".
func (a Attributes) Get(name string) string {
	for _, attribute := range a {
		if attribute.Name == name {
			return attribute.Value
		}
	}
	return ""
}

// typicalAttributes is room for the attributes that a resource has as a rule.
const typicalAttributes = 4

// With returns the list with the attribute at its end. An empty value, or a name that is there
// already, leaves it as it is. Parsers call it hundreds of times: copied to each place by the
// compiler, it would make the bootstrap 200 KB larger.
//
//go:noinline
func (a Attributes) With(name, value string) Attributes {
	if value == "" || a.Get(name) != "" {
		return a
	}
	if a == nil {
		a = make(Attributes, 0, typicalAttributes)
	}
	return append(a, Attribute{name, value})
}

// Replaced returns a copy of the list in which the named attribute has another value.
func (a Attributes) Replaced(name, value string) Attributes {
	all := append(Attributes{}, a...)
	for i := range all {
		if all[i].Name == name {
			all[i].Value = value
		}
	}
	return all
}

// Actor is who did it, as far as the source knows: the remote end of the network, the identity
// whose rights were used, the program that ran.
type Actor struct {
	Remote    Remote
	User      User
	Process   Process
	UserAgent string
}

// Zero reports whether nothing is known of the actor.
func (a Actor) Zero() bool { return a == Actor{} }

// Remote is the other end of a connection or a call.
type Remote struct {
	IP string
	// Country is the name, CountryCode the ISO 3166 code; either may be missing.
	Country, CountryCode, City string
	// Organization is who holds the address, ASN the number of its autonomous system ("AS4134").
	Organization, ASN string
	// Domain is the remote end's domain name, Account the AWS account that it belongs to.
	Domain  string
	Account Account
}

// User is the identity whose rights were used.
type User struct {
	// Name is a user or role name, a Kubernetes user or a database user.
	Name string
	// Type is the source's word: "IAMUser", "AssumedRole", "Root", "Kubernetes", "Database" ...
	Type string
	// Session is the role session's name, PrincipalID the unique id, AccessKey the id of the key.
	Session, PrincipalID, AccessKey string
	// Impersonated is the Kubernetes user that it acted as.
	Impersonated string
}

// Process is the program that did it.
type Process struct {
	Name, Path string
	// User is the operating-system user that it ran as.
	User string
	// SHA256 is the hash of its executable, in hexadecimal.
	SHA256 string
	// PID is its process id, as text.
	PID string
}

// Action is what was done.
type Action struct {
	// Kind is the source's word, such as "AWS_API_CALL" or "DNS_REQUEST".
	Kind string
	// Attributes are the facts of the action, the most telling first.
	Attributes Attributes
}

// Zero reports whether nothing is known of the action.
func (a Action) Zero() bool { return a.Kind == "" && len(a.Attributes) == 0 }

// Threat is a malicious file, or an entry of a threat list, that the source names as evidence.
type Threat struct {
	// Name is the malware's or the threat's name, List the threat list or scanner that knows it.
	Name, List string
	// File is the path of the file, SHA256 its hash in hexadecimal.
	File, SHA256 string
}

// Sequence ties several signals together into one story.
type Sequence struct {
	Description string
	// Signals are in the order of the source.
	Signals    []Signal
	Actors     []Actor
	Resources  []Resource
	Endpoints  []Remote
	Indicators []Indicator
}

// Signal is one observation of a sequence.
type Signal struct {
	Name, Type, Description string
	Severity                Severity
	Count                   int
	FirstSeen, LastSeen     time.Time
}

// Indicator says why the source holds a sequence to be an attack, such as the tactics it shows.
type Indicator struct {
	// Key is the source's word, such as "ATTACK_TACTIC"; Title its text for people.
	Key, Title string
	Values     []string
}

// Indicator returns the values of the indicator with the given key, or nil.
func (s *Sequence) Indicator(key string) []string {
	if s == nil {
		return nil
	}
	for _, indicator := range s.Indicators {
		if indicator.Key == key {
			return indicator.Values
		}
	}
	return nil
}
