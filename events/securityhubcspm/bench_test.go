package securityhubcspm_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/source"
)

// BenchmarkParse reads a finding in ASFF of some 30 KB; the time for a byte is to be no more than
// that of a GuardDuty finding.
func BenchmarkParse(b *testing.B) {
	table := events.Table()
	for name, payload := range map[string][]byte{"ASFF": benchmarked(b), "GuardDuty": native(b, table)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(payload)))
			b.ReportAllocs()
			for b.Loop() {
				delivery, err := events.Open(table, payload)
				if err != nil {
					b.Fatal(err)
				}
				events.Parse(table, delivery.Records[0].Envelope)
			}
		})
	}
}

// benchmarked is a finding of some 30 KB: as many resources as ASFF allows, each with details, and as
// many fields of a product, of which each can have 2,048 characters.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html
func benchmarked(b *testing.B) []byte {
	b.Helper()
	fields, resources := map[string]string{}, []any{}
	for i := range 50 {
		field := "aws/guardduty/service/additionalInfo/portsScannedSample." + string(rune('a'+i%26)) + "_" + string(rune('a'+i/26))
		fields[field] = strings.Repeat("some text of the product ", 9)
	}
	for range 32 {
		resources = append(resources, map[string]any{
			"Type": "AwsEc2Instance", "Id": "arn:aws:ec2:eu-west-1:222233334444:instance/i-0123456789abcdef0", "Region": "eu-west-1", "Tags": map[string]string{"Name": "web", "team": "web"},
			"Details": map[string]any{"AwsEc2Instance": map[string]any{
				"Type": "m5.large", "ImageId": "ami-0123456789abcdef0", "IpV4Addresses": []string{"203.0.113.9", "10.0.4.17"}, "VpcId": "vpc-0123456789abcdef0", "SubnetId": "subnet-0123456789abcdef0",
			}},
		})
	}
	f := map[string]any{}
	if err := json.Unmarshal([]byte(base), &f); err != nil {
		b.Fatal(err)
	}
	f["ProductFields"], f["Resources"] = fields, resources
	text, err := json.Marshal(f)
	if err != nil {
		b.Fatal(err)
	}
	return []byte(event("Security Hub Findings - Imported", "", string(text)))
}

// native is a sample of the first source of the table that has any.
func native(b *testing.B, table []source.Source) []byte {
	b.Helper()
	payload, err := table[0].Samples.Event(table[0].Samples.Types()[0], source.SampleOptions{Time: time.Date(2026, 5, 2, 10, 0, 0, 0, time.UTC)})
	if err != nil {
		b.Fatal(err)
	}
	return payload
}
