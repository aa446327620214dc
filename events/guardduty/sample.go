//go:build !lambda.norpc

package guardduty

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// sampleFiles are the event as templates, and the words in it. Addresses and names in them are from
// the ranges that are kept free for documentation.
//
//go:embed samples/*.tmpl
var sampleFiles embed.FS

// samples makes sample events of the project's own: one for every finding type, marked as samples
// as GuardDuty marks its own.
func samples() source.Samples {
	return source.Samples{Types: sampleTypes, Showcase: showcase, Event: sampleEvent}
}

func sampleTypes() []string {
	var types []string
	for entry := range All() {
		types = append(types, entry.Type)
	}
	types = append(types, operationalTypes()...)
	slices.Sort(types)
	return types
}

func showcase() []string {
	return []string{
		"AttackSequence:S3/CompromisedData",
		"Trojan:EC2/DNSDataExfiltration",
		"UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
		"UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B",
	}
}

func sampleEvent(findingType string, o source.SampleOptions) (json.RawMessage, error) {
	entry, ok := Lookup(findingType)
	if !ok && !slices.Contains(operationalTypes(), findingType) {
		return nil, source.ErrNoType
	}
	entry.Type = findingType
	if err := o.Check(); err != nil {
		return nil, err
	}
	event, err := newSample(entry, o).event()
	if err != nil {
		return nil, fmt.Errorf("sample of %s: %w", findingType, err)
	}
	if o.Unmarked {
		return source.WithoutMarks(event, strings.NewReplacer("i-99999999", "i-0a1b2c3d4e5f60718", "GeneratedFinding", "Example"))
	}
	return event, nil
}

// sample is what the templates of an event can name.
type sample struct {
	Entry
	source.SampleOptions
	// Digest is the hash of type and options, ID the finding's id.
	Digest, ID string
	// purpose, Family and artefact are the parts of the type: Trojan, EC2, DNSDataExfiltration.
	purpose, Family, artefact string
	// Values are what With has given to a template.
	Values []string
}

func newSample(entry Entry, o source.SampleOptions) sample {
	o.Account = cmp.Or(o.Account, "111122223333")
	o.Region = cmp.Or(o.Region, "eu-central-1")
	o.Time = o.Time.UTC()
	s := sample{Entry: entry, SampleOptions: o}
	s.purpose, s.artefact, _ = strings.Cut(entry.Type, ":")
	s.Family, s.artefact, _ = strings.Cut(s.artefact, "/")
	sum := sha256.Sum256([]byte(strings.Join([]string{entry.Type, o.Account, o.Region, o.Time.String()}, "\n")))
	s.Digest = hex.EncodeToString(sum[:])
	s.ID = s.Digest[:32]
	return s
}

// event fills in the templates. Going through the values sorts members and drops white space.
func (s sample) event() (json.RawMessage, error) {
	templates, err := template.ParseFS(sampleFiles, "samples/*.tmpl")
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	name := "event"
	if isOperational(s.Type) {
		name = "operational"
	}
	if err := templates.ExecuteTemplate(&text, name, s); err != nil {
		return nil, err
	}
	var event any
	if err := json.Unmarshal(text.Bytes(), &event); err != nil {
		return nil, err
	}
	return json.Marshal(event)
}

// With returns the sample with values for the template that gets it.
func (s sample) With(values ...string) sample {
	s.Values = values
	return s
}

// EventID has the form of a UUID.
func (s sample) EventID() string {
	d := s.Digest
	return strings.Join([]string{d[32:40], d[40:44], "4" + d[45:48], "8" + d[49:52], d[52:64]}, "-")
}

// Partition returns the name of the partition.
func (s sample) Partition() string { return finding.PartitionOf(s.Region).Name }

// ARN returns the ARN of something in the sample's account and region.
func (s sample) ARN(service, resource string) string {
	return strings.Join([]string{"arn", s.Partition(), service, s.Region, s.Account, resource}, ":")
}

// GlobalARN returns the ARN of something that has no region, and for S3 no account.
func (s sample) GlobalARN(service, resource string) string {
	account := s.Account
	if service == "s3" {
		account = ""
	}
	return strings.Join([]string{"arn", s.Partition(), service, "", account, resource}, ":")
}

// Severity returns a number of the type's level.
func (s sample) Severity() float64 {
	switch s.Level {
	case "low":
		return 2
	case "high":
		return 8
	case "critical":
		return 9
	}
	return 5
}

// Ago returns a time before the event, as GuardDuty writes it.
func (s sample) Ago(span string) (string, error) {
	d, err := time.ParseDuration(span)
	return s.Time.Add(-d).Format("2006-01-02T15:04:05.000Z"), err
}

// Has reports whether one of the words stands in the last part of the type.
func (s sample) Has(words ...string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(s.artefact, word) })
}

// IsMalware reports whether a scan for malware found it.
func (s sample) IsMalware() bool { return s.Has("MaliciousFile", "SuspiciousFile") }

// IsOnVolume reports whether a scan of EBS volumes found it.
func (s sample) IsOnVolume() bool {
	return s.IsMalware() && slices.Contains([]string{"Instance", "EKSCluster", "ECSCluster", "Container"}, s.ResourceType)
}

// IsDataActivity reports whether it is about what was done to the data of a database, of which
// findings have no action.
func (s sample) IsDataActivity() bool {
	return s.ResourceType == "RDSDBInstance" && (s.purpose == "Exfiltration" || s.purpose == "Impact")
}
