package condition_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/condition"
)

func TestReads(t *testing.T) {
	for text, want := range map[string][]string{
		`type == "x" and resource.id == "y"`:                 {"type", "resource.id"},
		`resource.tags.team == "a" or resource["arn"] != ""`: {"resource.tags.team", "resource.arn"},
		`let r = resource; r.name == "x" and severity > 3`:   {"resource", "severity"},
		`"team" in resource.tags`:                            {"resource.tags"},
		`any(standards, # == "x")`:                           {"standards"},
		`1 == 1`:                                             {},
	} {
		c, err := condition.Compile(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, c.Reads()); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}
