package formatter_test

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/publicsuffix"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/text"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Only what a reader's program makes a link of, and somebody else may own, is broken up. Names are
// searched for and copied.
func TestIdentifiersStayWhole(t *testing.T) {
	for said, want := range map[string]string{
		"User john.doe changed main.tf; see requirements.txt; host evil.example.com.":                    "User john.doe changed main.tf; see requirements.txt; host evil[.]example[.]com.",
		"PCI.Config.1 Config should be on":                                                               "",
		"arn:aws:securityhub:us-west-1:444455556666:subscription/pci-dss/v/3.2.1/PCI.Config.1/finding/1": "",
		"s3:GetObject, s3:PutObject and aws.signin by signin.amazonaws.com":                              "",
		"org.apache.logging.log4j:log4j-core 2.14.1 in /srv/app.jar":                                     "",
		"python3.11, libc.so.6, setup.py, deploy.sh, README.md, lib.rs:12 and src/main.tf":               "",
		"example-uploads/in/a.zip, keys/prod.env and invoices/march.exe":                                 "",
		"ami-0a1b.img, web-1.local and ip-10-0-0-12.eu-west-1.compute.internal":                          "ami-0a1b.img, web-1.local and ip-10-0-0-12[.]eu-west-1[.]compute[.]internal",
		"go to evil.zip":                          "go to evil[.]zip",
		"evil.sh/x, http://evil.sh":               "evil[.]sh/x, hxxp://evil[.]sh",
		"WWW.SH, mail me@evil.sh":                 "WWW[.]SH, mail me@evil[.]sh",
		"evil.com.sh and evil.sh@elsewhere":       "evil[.]com[.]sh and evil[.]sh@elsewhere",
		"evil.com.x and evil.com-x":               "evil[.]com[.]x and evil[.]com-x",
		"john.doe@corp.example":                   "john.doe@corp[.]example",
		"evil.xn--p1ai, evil.рф":                  "evil[.]xn--p1ai, evil[.]рф",
		"evil.onion and evil.health":              "evil[.]onion and evil[.]health",
		"http://10.0.0.1/x.txt, a@evil.corp":      "hxxp://10.0.0.1/x.txt, a@evil[.]corp",
		"https://john.doe and evil。doe":           "hxxps://john[.]doe and evil[.]doe",
		"lodash@4.17.21 and pkg:npm/x@1.0.0-rc.1": "",
		"https://main.tf":                         "hxxps://main[.]tf",
	} {
		if want == "" {
			want = said
		}
		f := finding.Finding{ID: said, Description: said, Severity: 8, Resource: finding.Resource{ID: said}}
		rendered := text.Render(formatter.New(notify.Notification{Findings: []finding.Finding{f}}, formatter.Style{}), 10_000)
		if strings.Count(rendered, want) < 2 {
			t.Errorf("%s: %s is not in:\n%s", said, want, rendered)
		}
	}
	for source, want := range map[string]string{
		"aws.health": "aws.health", "aws.events": "aws.events", "aws.ec2": "aws.ec2", "aws.app": "aws[.]app", "aws.com": "aws[.]com", "aws.health.evil.example": "aws[.]health[.]evil[.]example",
	} {
		f := finding.Finding{Source: source, Severity: 8}
		if m := formatter.New(notify.Notification{Findings: []finding.Finding{f}}, formatter.Style{}); m.Source != want {
			t.Errorf("the source is shown as %s, want %s", m.Source, want)
		}
	}
}

// The list of top-level domains is sorted, and each of its entries is one.
func TestTopLevelDomains(t *testing.T) {
	file, err := os.Open("toplevel.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		label := lines.Text()
		all = append(all, label)
		if _, isDelegated := publicsuffix.PublicSuffix("a." + label); !isDelegated && label != "example" && label != "onion" {
			t.Errorf("%s is no top-level domain", label)
		}
		f := finding.Finding{Title: "evil." + label, Severity: 8}
		m := formatter.New(notify.Notification{Findings: []finding.Finding{f}}, formatter.Style{})
		if isAlive := m.Title == f.Title; isAlive != slices.Contains([]string{"md", "pl", "py", "rs", "sh", "so", "tf"}, label) {
			t.Errorf("%s is alive: %v", f.Title, isAlive)
		}
	}
	if len(all) < 1_200 || !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
		t.Errorf("%d top-level domains, or not sorted", len(all))
	}
}
