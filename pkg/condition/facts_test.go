package condition_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// vulnerable is a finding with all that conditions can ask of what it is about.
func vulnerable() finding.Finding {
	return finding.Finding{
		Severity: finding.Untriaged, Activity: finding.Activity{State: finding.Resolved},
		Place:    finding.Place{Account: finding.Account{ID: "111122223333"}},
		Resource: finding.Resource{ARN: "arn:aws:ecr:eu-west-1:444455556666:repository/shop/sha256:1", Tags: []finding.Tag{{Key: "team", Value: "shop"}}},
		Matter: finding.Matter{
			Vulnerability: finding.Vulnerability{ID: "CVE-2026-1", Score: 9.8, EPSS: 0.97, Exploit: finding.Yes, Fix: finding.InPart},
			Check:         finding.Check{Control: "S3.9", Standards: []string{"standards/pci-dss/v/4.0.1", "standards/nist-800-53"}, Result: "FAILED"},
			Facts:         finding.Attributes{{Name: "actionability", Value: "ACTION_REQUIRED"}},
		},
		Origin: finding.Origin{Road: "securityhub"},
		About:  finding.About{Product: "Inspector"},
	}
}

// A finding is asked for by its own name, whatever road it came by.
func TestKey(t *testing.T) {
	f := vulnerable()
	f.ID, f.Native = "passed", finding.Native{Source: "aws.inspector2", ID: "own"}
	for text, want := range map[string]bool{
		fmt.Sprintf("key == %q", f.Key()): true, `key endsWith "/own"`: true, `key contains "passed"`: false, `key == "aws.inspector2/111122223333/eu-west-1/other"`: false,
	} {
		if holds, err := compile(t, text).MustHold(condition.NewFacts(f)); holds != want || err != nil {
			t.Errorf("%s: got %v, %v", text, holds, err)
		}
	}
}

// What a finding is about can be asked for with its type; what is not stated is empty, 0 or false.
func TestMatter(t *testing.T) {
	for _, text := range []string{
		`status == "resolved" and archived`, `status in ["resolved", "closed"]`, `product == "Inspector"`, `road == "securityhub"`,
		`cve == "CVE-2026-1"`, `score >= 9.8 and epss > 0.9`, `fixable and exploit`, `control == "S3.9"`, `standard contains "pci-dss"`,
		`any(standards, # startsWith "standards/nist")`, `len(standards) == 2`, `compliance == "FAILED"`, `resource.account == "444455556666"`,
		`resource.tags.team == "shop"`, `facts.actionability == "ACTION_REQUIRED"`, `facts["actionability"] != "" and facts.nothing == ""`,
		`level == "untriaged" and severity == 5`,
	} {
		if holds, err := compile(t, text).MayHold(condition.NewFacts(vulnerable())); !holds || err != nil {
			t.Errorf("%s: got %v, %v", text, holds, err)
		}
		holds, err := compile(t, text).MayHold(condition.NewFacts(finding.Finding{Severity: 8}))
		if holds || err != nil {
			t.Errorf("%s holds where nothing is stated: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		`fixable == "yes"`: "line 1, column 9: == stands between bool and text",
		`score == "high"`:  "line 1, column 7: == stands between number and text",
		`contrl == "S3.9"`: "line 1, column 1: unknown name contrl; did you mean control?",
		`facts.a > 3`:      "line 1, column 9: > stands between text and number",
	} {
		if _, err := condition.Compile(text); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	seen := compile(t, `cve != "" and facts.actionability == "x" and fixable and score > 1`).Seen(condition.NewFacts(vulnerable()))
	want := []condition.Seen{{Name: "cve", Value: `"CVE-2026-1"`}, {Name: "facts.actionability", Value: `"ACTION_REQUIRED"`}, {Name: "fixable", Value: "true"}, {Name: "score", Value: "9.8"}}
	if !slices.Equal(seen, want) {
		t.Errorf("got %v, want %v", seen, want)
	}
}

// A resource belongs to the account that the source states for it, else to that of its ARN, else to
// that of the finding.
func TestResourceAccount(t *testing.T) {
	f := vulnerable()
	for _, test := range []struct {
		resource finding.Resource
		want     string
	}{
		{finding.Resource{}, "111122223333"},
		{finding.Resource{ARN: "arn:aws:s3:::b"}, "111122223333"},
		{finding.Resource{ARN: "b:::::"}, "111122223333"},
		{finding.Resource{ARN: "arn:aws:sqs:eu-west-1:444455556666:q"}, "444455556666"},
		{finding.Resource{ARN: "arn:aws:sqs:eu-west-1:444455556666:q", Attributes: finding.Attributes{{Name: finding.AttrAccount, Value: "777788889999"}}}, "777788889999"},
	} {
		f.Resource = test.resource
		if holds, err := compile(t, `resource.account == "`+test.want+`"`).MayHold(condition.NewFacts(f)); !holds || err != nil {
			t.Errorf("%+v: not %s, %v", test.resource, test.want, err)
		}
	}
}

// The page on routing has a row for every variable, with its members, and for no other.
func TestPageListsVariables(t *testing.T) {
	page, err := os.ReadFile("../../docs/routing.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| variable | type | meaning |\n|---|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var listed []string
	for row := range strings.Lines(table) {
		cell := strings.Split(row, "|")[1]
		top := ""
		for name := range strings.SplitSeq(cell, ",") {
			name = strings.Trim(name, " `")
			if strings.HasPrefix(name, ".") {
				name = top + name
			}
			top, _, _ = strings.Cut(name, ".")
			listed = append(listed, name)
		}
	}
	for _, name := range condition.Names() {
		isObject := slices.ContainsFunc(listed, func(other string) bool { return strings.HasPrefix(other, name+".") })
		if !isObject && !slices.Contains(listed, name) {
			t.Errorf("%s is not on the page", name)
		}
	}
	for _, name := range listed {
		if !slices.Contains(condition.Names(), name) {
			t.Errorf("%s is on the page and no variable", name)
		}
	}
}
