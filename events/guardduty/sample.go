//go:build !lambda.norpc

package guardduty

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// object is a JSON object.
type object = map[string]any

// checkOptions says what is wrong with account and region.
func checkOptions(o source.SampleOptions) error {
	if o.Account != "" && (len(o.Account) != 12 || strings.Trim(o.Account, "0123456789") != "") {
		return fmt.Errorf("an account id has 12 digits, such as 111122223333")
	}
	const letters = "abcdefghijklmnopqrstuvwxyz"
	if o.Region != "" && (strings.Count(o.Region, "-") < 2 || strings.Trim(o.Region, letters+"0123456789-") != "") {
		return fmt.Errorf("a region is a code such as eu-central-1")
	}
	return nil
}

// samples makes sample events of the project's own: one for every finding type, marked as samples as
// GuardDuty marks its own. Addresses and names in them are from the ranges that are kept free for
// documentation.
func samples() source.Samples {
	return source.Samples{Types: sampleTypes, Showcase: showcase, Event: sampleEvent}
}

func sampleEvent(findingType string, o source.SampleOptions) (json.RawMessage, error) {
	entry, ok := Lookup(findingType)
	if !ok {
		return nil, source.ErrNoType
	}
	if err := checkOptions(o); err != nil {
		return nil, err
	}
	s := newSample(entry, o)
	event, err := json.Marshal(object{
		"version": "0", "id": s.eventID(), "detail-type": detailType, "source": sourceName,
		"account": s.Account, "time": s.Time.Format(time.RFC3339), "region": s.Region,
		"resources": []string{}, "detail": s.detail(),
	})
	if err != nil {
		return nil, fmt.Errorf("sample of %s: %w", findingType, err)
	}
	return event, nil
}

func sampleTypes() []string {
	var types []string
	for entry := range All() {
		types = append(types, entry.Type)
	}
	slices.Sort(types)
	return types
}

func showcase() []string {
	return []string{
		"AttackSequence:S3/CompromisedData",
		"Trojan:EC2/DNSDataExfiltration",
		"UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
		"CryptoCurrency:Runtime/BitcoinTool.B",
		"PrivilegeEscalation:Kubernetes/AnomalousBehavior.WorkloadDeployed!PrivilegedContainer",
		"Object:S3/MaliciousFile",
		"UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B",
	}
}

// sample is one event in the making.
type sample struct {
	Entry
	source.SampleOptions
	// purpose, family and artefact are the parts of the type: Trojan, EC2, DNSDataExfiltration.
	purpose, family, artefact string
	digest                    string
}

func newSample(entry Entry, o source.SampleOptions) sample {
	if o.Account == "" {
		o.Account = "111122223333"
	}
	if o.Region == "" {
		o.Region = "eu-central-1"
	}
	o.Time = o.Time.UTC()
	s := sample{Entry: entry, SampleOptions: o}
	s.purpose, s.artefact, _ = strings.Cut(entry.Type, ":")
	s.family, s.artefact, _ = strings.Cut(s.artefact, "/")
	sum := sha256.Sum256([]byte(strings.Join([]string{entry.Type, o.Account, o.Region, o.Time.String()}, "\n")))
	s.digest = hex.EncodeToString(sum[:])
	return s
}

// eventID has the form of a UUID.
func (s sample) eventID() string {
	d := s.digest
	return strings.Join([]string{d[32:40], d[40:44], "4" + d[45:48], "8" + d[49:52], d[52:64]}, "-")
}

func (s sample) partition() string { return finding.PartitionOf(s.Region).Name }

// arn gives the ARN of something in the sample's account and region.
func (s sample) arn(service, resource string) string {
	return strings.Join([]string{"arn", s.partition(), service, s.Region, s.Account, resource}, ":")
}

// globalARN gives the ARN of something that has no region, and for S3 no account.
func (s sample) globalARN(service, resource string) string {
	account := s.Account
	if service == "s3" {
		account = ""
	}
	return strings.Join([]string{"arn", s.partition(), service, "", account, resource}, ":")
}

// severity gives the usual number of the type's level.
func (s sample) severity() float64 {
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

// ago gives a time before the event, as GuardDuty writes it.
func (s sample) ago(d time.Duration) string {
	return s.Time.Add(-d).Format("2006-01-02T15:04:05.000Z")
}

func (s sample) detail() object {
	title, description := s.words()
	id := s.digest[:32]
	const detector = "12abc34d567e8fa901bc2d34e56789f0"
	return object{
		"schemaVersion": "2.0", "accountId": s.Account, "region": s.Region, "partition": s.partition(),
		"id": id, "arn": s.arn("guardduty", "detector/"+detector+"/finding/"+id), "type": s.Type,
		"severity": s.severity(), "title": "[SAMPLE] " + title, "description": description,
		"createdAt": s.ago(time.Minute), "updatedAt": s.ago(time.Minute),
		"resource": s.resource(), "service": s.service(detector),
	}
}
