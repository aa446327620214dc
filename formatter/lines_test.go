package formatter_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// digestOf returns the lines of a digest, and what it says of the others.
func digestOf(findings ...finding.Finding) (lines []string, m formatter.Message) {
	m = formatter.New(notify.Notification{Kind: notify.KindDigest, Findings: findings}, formatter.Style{})
	for _, entry := range m.Entries {
		lines = append(lines, entry.Line(" | "))
	}
	return lines, m
}

// A digest has a line for what a reader acts on at once.
func TestLinesOfADigest(t *testing.T) {
	lines, m := digestOf(formattertest.Many().Findings...)
	want := []string{
		"CRITICAL | CVE-2026-0002 - zlib: 37 findings (18 critical, 19 high) on 37 resources in 3 accounts | eu-west-1",
		"HIGH | 30 findings (12 high, 18 medium), the worst: CVE-2025-0024 - zlib | shop/api:1.4.2 | shop-prod / eu-west-1",
		"HIGH | S3.9 buckets should log access: 2 findings on 2 resources | shop-prod / eu-west-1",
		"HIGH | Data exfiltration through DNS queries from EC2 instance i-0a1b2c3d4e5f60718 | i-0a1b2c3d4e5f60718 (web-1) | prod / ap-northeast-1",
		"LOW | [OK] root-usage | shop-prod / eu-west-1",
	}
	if diff := cmp.Diff(want, lines); diff != "" || m.More != "and 1 more" {
		t.Errorf("%s: %s", m.More, diff)
	}
	if m.Title != "72 findings: 18 critical, 34 high, 18 medium, 2 over" || m.LevelName != "CRITICAL" || m.IsOver {
		t.Errorf("got %+v", m.Headline)
	}
}

// What two groups could have goes into the larger one, and what is left of the other stays a line.
func TestLargestGroupComesFirst(t *testing.T) {
	of := func(cve, resource string, severity finding.Severity) finding.Finding {
		f := formattertest.Vulnerable()
		f.Vulnerability.ID, f.Title, f.Resource.ID, f.Severity = cve, "A weakness", resource, severity
		return f
	}
	lines, _ := digestOf(
		of("CVE-1", "a", 5), of("CVE-1", "b", 5), of("CVE-1", "c", 5), of("CVE-1", "d", 8),
		of("CVE-2", "d", 9), of("CVE-3", "d", 9), of("CVE-3", "e", 2), of("CVE-4", "e", 2),
	)
	want := []string{
		"CRITICAL | A weakness: 2 findings | d | shop-prod / eu-west-1",
		"HIGH | CVE-1 A weakness: 4 findings (1 high, 3 medium) on 4 resources | shop-prod / eu-west-1",
		"LOW | A weakness: 2 findings | e | shop-prod / eu-west-1",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

// Few findings of one resource all stand in its line: no attack hides behind a weakness.
func TestNoneHidesBehindTheWorst(t *testing.T) {
	attack, weakness := formattertest.Exfiltration(), formattertest.Vulnerable()
	attack.Title = "Data leaves"
	weakness.Resource, weakness.Place = attack.Resource, attack.Place
	lines, _ := digestOf(attack, attack, weakness)
	want := []string{"CRITICAL | 3 findings (1 critical, 2 high): CVE-2026-0001 - zlib, Data leaves | i-0a1b2c3d4e5f60718 (web-1) | prod / ap-northeast-1"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

// What is over is counted apart, makes nothing critical, and is in no line of others.
func TestOverInADigest(t *testing.T) {
	over := formattertest.Vulnerable()
	over.Severity, over.State = 10, finding.Closed
	open := formattertest.Failed()
	lines, m := digestOf(over, over, open)
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "HIGH | S3.9") || !strings.HasPrefix(lines[1], "CRITICAL | [CLOSED] CVE-2026-0001") {
		t.Errorf("got %q", lines)
	}
	if m.Title != "3 findings: 1 high, 2 over" || m.LevelName != "HIGH" || m.IsOver {
		t.Errorf("got %+v", m.Headline)
	}
	if diff := cmp.Diff([]formatter.Count{{Value: "HIGH", N: 1}, {Value: "OVER", N: 2}}, m.Groups[0].Counts); diff != "" {
		t.Error(diff)
	}
	if _, m = digestOf(over, over); m.Title != "2 findings: 2 over" || m.LevelName != "LOW" || !m.IsOver {
		t.Errorf("got %+v, over: %v", m.Headline, m.IsOver)
	}
	if lines, m = digestOf(open); len(lines) != 1 || m.Title != "1 finding: 1 high" || len(m.Groups) > 0 {
		t.Errorf("got %q of %+v", lines, m.Headline)
	}
}

// A digest counts by vulnerability and control, and not by the category that all have in common.
func TestSortsInADigest(t *testing.T) {
	category := formattertest.Failed()
	category.Check = finding.Check{}
	_, m := digestOf(formattertest.Vulnerable(), formattertest.Failed(), formattertest.Failed(), category)
	want := []formatter.Count{
		{Value: "S3.9 buckets should log access", N: 2}, {Value: "CVE-2026-0001", N: 1},
		{Value: "Software and Configuration Checks/Industry and Regulatory Standards", N: 1},
	}
	if diff := cmp.Diff(want, m.Groups[2].Counts); diff != "" {
		t.Error(diff)
	}
}

// Lines of very many findings whose groups overlap one another cost work in proportion.
func TestLinesOfManyFindings(t *testing.T) {
	allocations := func(n int) float64 {
		var all []finding.Finding
		for i := range n {
			f := formattertest.Vulnerable()
			f.Vulnerability.ID, f.Resource.ID, f.Check.Control = fmt.Sprint("CVE-", i/3), fmt.Sprint("i-", (i+1)/2), fmt.Sprint("S3.", i%7)
			all = append(all, f)
		}
		return testing.AllocsPerRun(1, func() { digestOf(all...) })
	}
	if few, many := allocations(1_000), allocations(16_000); many > 20*few {
		t.Errorf("%v allocations for 1,000 findings, %v for 16,000", few, many)
	}
}

// An account is one account whether or not a source states its name.
func TestAccountIsNamedOnce(t *testing.T) {
	nameless := formattertest.Vulnerable()
	nameless.Account.Name = ""
	nameless.Resource.ID = "another"
	lines, m := digestOf(nameless, formattertest.Vulnerable(), formattertest.Alarm())
	want := []formatter.Count{{Value: "shop-prod (444455556666)", N: 3}}
	for _, group := range m.Groups {
		if diff := cmp.Diff(want, group.Counts); group.Name == "account" && diff != "" {
			t.Error(diff)
		}
	}
	if !strings.HasSuffix(lines[0], "2 findings on 2 resources | shop-prod / eu-west-1") || nameless.Account.Name != "" {
		t.Errorf("got %q", lines)
	}
}

// The link to the list of findings stands only where all of the findings are in that list.
func TestListOfADigest(t *testing.T) {
	one, other := formattertest.Vulnerable(), formattertest.Vulnerable()
	one.About.Links.Findings, other.About.Links.Findings = "https://example.com/inspector", "https://example.com/inspector"
	if _, m := digestOf(one, other); len(m.Links) != 1 || m.Links[0].URL != "https://example.com/inspector" {
		t.Errorf("got %+v of findings of one list", m.Links)
	}
	other.About.Links.Findings = "https://example.com/guardduty"
	if _, m := digestOf(one, other); len(m.Links) != 0 {
		t.Errorf("got %+v of findings of several lists", m.Links)
	}
}
