package finding_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// A finding is in the groups of its vulnerability, its control and its resource, unless that is the
// whole account.
func TestGroups(t *testing.T) {
	for name, test := range map[string]struct {
		resource string
		want     []string
	}{
		"an instance":                    {"i-1", []string{"control IAM.4", "resource 111122223333 eu-west-1 i-1"}},
		"a bucket named for its account": {"logs-111122223333", []string{"control IAM.4", "resource 111122223333 eu-west-1 logs-111122223333"}},
		"the account":                    {"AWS::::Account:111122223333", []string{"control IAM.4"}},
		"the account, by its number":     {"111122223333", []string{"control IAM.4"}},
		"nothing":                        {"", []string{"control IAM.4"}},
	} {
		f := finding.Finding{
			Place:    finding.Place{Account: finding.Account{ID: "111122223333"}, Region: "eu-west-1"},
			Resource: finding.Resource{ID: test.resource}, Matter: finding.Matter{Check: finding.Check{Control: "IAM.4"}},
		}
		if diff := cmp.Diff(test.want, f.Groups()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := (&finding.Finding{Resource: finding.Resource{ID: "i-1"}}).Groups(); len(got) != 1 {
		t.Errorf("without an account: got %q", got)
	}
}
