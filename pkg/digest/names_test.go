package digest_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// A condition that asks for nothing else sees of a stored finding what it saw of the finding.
func TestNames(t *testing.T) {
	f := storedFinding()
	f.State = finding.Open
	f.Actor.Remote.Organization, f.Resource.Tags = "an organization", []finding.Tag{{Key: "team", Value: "red"}}
	f.Vulnerability = finding.Vulnerability{ID: "CVE-2026-1", Score: 9.1, EPSS: 0.5, Exploit: finding.Yes, Fix: finding.Yes}
	f.Check = finding.Check{Control: "S3.1", Result: "FAILED", Standards: []string{"CIS"}}
	f.Road, f.About.Product, f.Resource.ARN = "securityhub", "Security Hub", "arn:aws:s3:::b"
	text, err := digest.Encode(&f)
	if err != nil {
		t.Fatal(err)
	}
	stored, isWhole := digest.Decode(text)
	if !isWhole {
		t.Fatal("it cannot be read")
	}
	stored.About = f.About // as its source says it
	sees := func(name string, f finding.Finding) []condition.Seen {
		c, err := condition.Compile(name + " == " + name)
		if err != nil {
			t.Fatal(err)
		}
		return c.Seen(condition.NewFacts(f))
	}
	for _, name := range digest.Names() {
		saw := sees(name, f)
		if diff := cmp.Diff(saw, sees(name, stored)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if isMissing := slices.Contains([]string{"absent", `""`, "0", "false"}, saw[0].Value); isMissing && name != "archived" {
			t.Errorf("%s is not tried: it is %s", name, saw[0].Value)
		}
	}
	if _, isWhole := digest.Decode("no JSON"); isWhole {
		t.Error("read what cannot be read")
	}
}
