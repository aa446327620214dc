package guardduty_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events/guardduty"
)

func TestEveryEntryIsWholeAndFound(t *testing.T) {
	var types []string
	for entry := range guardduty.All() {
		types = append(types, entry.Type)
		found, ok := guardduty.Lookup(entry.Type)
		if !ok || found != entry {
			t.Errorf("%s: looked up %+v, listed %+v", entry.Type, found, entry)
		}
		if !slices.Contains([]string{"", "low", "medium", "high", "critical"}, entry.Level) {
			t.Errorf("%s: level %q", entry.Type, entry.Level)
		}
		purpose, rest, _ := strings.Cut(entry.Type, ":")
		if _, name, ok := strings.Cut(rest, "/"); !ok || purpose == "" || name == "" || entry.ResourceType == "" {
			t.Errorf("odd entry %+v", entry)
		}
		page, err := url.Parse(entry.Documentation)
		if err != nil || page.Host != "docs.aws.amazon.com" || page.Fragment == "" {
			t.Errorf("%s: page %s: %v", entry.Type, entry.Documentation, err)
		}
	}
	if len(types) != 236 || !slices.IsSorted(types) || len(slices.Compact(types)) != 236 {
		t.Errorf("got %d types, want 236, sorted, each once", len(types))
	}
}

func TestUnknownTypes(t *testing.T) {
	for _, unknown := range []string{"", "Trojan", "Trojan:EC2/New", "high", "Trojan:EC2/DNSDataExfiltration|high", "a\nb"} {
		if entry, ok := guardduty.Lookup(unknown); ok {
			t.Errorf("%q: got %+v", unknown, entry)
		}
	}
}

func ExampleLookup() {
	entry, ok := guardduty.Lookup("Trojan:EC2/DNSDataExfiltration")
	fmt.Println(ok, entry.Level, entry.ResourceType)
	fmt.Println(entry.Documentation)
	// Output:
	// true high Instance
	// https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-ec2.html#trojan-ec2-dnsdataexfiltration
}

func BenchmarkLookup(b *testing.B) {
	for b.Loop() {
		guardduty.Lookup("UnauthorizedAccess:S3/TorIPCaller")
	}
}
