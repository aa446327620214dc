package formatter_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// factOf returns the value of a fact of a finding, by its name.
func factOf(t *testing.T, f finding.Finding, name string) string {
	t.Helper()
	m := message(t, f, map[string]string{"FIELDS": name})
	if len(m.Facts) == 0 {
		return ""
	}
	return m.Facts[0].Value
}

// Whether there is an exploit or a fix is said in words, where it is not stated too.
func TestVulnerability(t *testing.T) {
	for want, v := range map[string]finding.Vulnerability{
		"": {},
		"CVE-2026-1, score 9.8, EPSS 0.97, exploit known, fix available":                {ID: "CVE-2026-1", Score: 9.8, EPSS: 0.97, Exploit: finding.Yes, Fix: finding.Yes},
		"CVE-2026-1, EPSS 0.00043, no exploit known, no fix available":                  {ID: "CVE-2026-1", EPSS: 0.00043, Exploit: finding.No, Fix: finding.No},
		"CVE-2026-1, exploit known for some of it, fix available for some of it":        {ID: "CVE-2026-1", Exploit: finding.InPart, Fix: finding.InPart},
		"CVE-2026-1, exploit not stated, fix not stated":                                {ID: "CVE-2026-1", Score: 11, EPSS: math.NaN()},
		"CVE-2026-2, exploit not stated, fix not stated":                                {ID: "CVE-2026-2", Score: -1, EPSS: math.Inf(1), Exploit: "evil", Fix: "x"},
		"CWE-79 at evil[.]example[.]com, score 5, exploit not stated, no fix available": {ID: "CWE-79 at evil.example.com", Score: 5, Fix: finding.No},
	} {
		if got := factOf(t, finding.Finding{Matter: finding.Matter{Vulnerability: v}}, "vulnerability"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestPackages(t *testing.T) {
	f := formattertest.Vulnerable()
	for range 10 {
		f.Vulnerability.Packages = append(f.Vulnerability.Packages, finding.Package{Name: "requests", Manager: "PYTHON", Path: "/srv/requirements.txt"})
	}
	want := "zlib 1.2.11 (OS) in /usr/lib, fixed in 1.2.13; org.apache.log4j 2.14.1; requests (PYTHON) in /srv/requirements.txt; " +
		"requests (PYTHON) in /srv/requirements.txt; requests (PYTHON) in /srv/requirements.txt; and 7 more"
	if got := factOf(t, f, "packages"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A fact has the common label of its name, that of the source which has read it, or its own name.
func TestFactsOfASource(t *testing.T) {
	words := map[string]string{"en": "inspector2.fact.in_use|In use\nconfig.fact.in_use|Used by Config\n", "ja": "inspector2.fact.in_use|使用中\n"}
	f := finding.Finding{Origin: finding.Origin{Road: "inspector2"}, Matter: finding.Matter{Facts: finding.Attributes{
		{Name: "in_use", Value: "4"}, {Name: finding.AttrEncryption, Value: "true"}, {Name: finding.AttrPublicAccess, Value: "PUBLIC"},
		{Name: "<!channel> evil.example", Value: "evil.example"}, {Name: "", Value: "x"}, {Name: "url_of_it", Value: "arn:aws:s3:::bucket/key.txt"},
	}}}
	for language, want := range map[string][]string{
		"en": {"In use=4", "Encryption=yes", "Access=public", "Channel evil example=evil[.]example", "Further facts=x", "Url of it=arn:aws:s3:::bucket/key.txt"},
		"ja": {"使用中=4", "暗号化=はい", "アクセス=公開", "Channel evil example=evil[.]example", "その他の情報=x", "Url of it=arn:aws:s3:::bucket/key.txt"},
	} {
		get := func(setting string) (string, string) {
			return setting, map[string]string{"MESSAGE_LANG": language, "FIELDS": "facts"}[setting]
		}
		style, err := formatter.NewStyle(get, formattertest.ParseMention, words)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, fact := range formatter.New(notify.Notification{Findings: []finding.Finding{f}}, style).Facts {
			got = append(got, fact.Label+"="+fact.Value)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", language, diff)
		}
	}
	for range 50 {
		f.Facts = append(f.Facts, finding.Attribute{Name: "more", Value: "x"})
	}
	if m := message(t, f, map[string]string{"FIELDS": "facts"}); len(m.Facts) != 15 {
		t.Errorf("got %d facts", len(m.Facts))
	}
}

// A window that is planned is no sighting.
func TestPlanned(t *testing.T) {
	f := formattertest.Maintenance()
	f.Created = f.Updated
	var got []string
	for _, fact := range message(t, f, map[string]string{"FIELDS": "planned,first_seen,last_seen,related"}).Facts {
		got = append(got, fact.Label+"="+fact.Value)
	}
	want := []string{
		"Planned=starts 2026-03-30 12:00:05 UTC, ends 2026-03-30 14:00:05 UTC (for 2 h)", "Announced=2026-03-16 12:00:05 UTC",
		"Also involved=EC2 instance i-0a1b2c3d4e5f60711, EC2 instance i-0a1b2c3d4e5f60712, EC2 instance i-0a1b2c3d4e5f60713",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	f.Created = f.FirstSeen
	if facts := message(t, f, map[string]string{"FIELDS": "first_seen,last_seen"}).Facts; len(facts) != 1 || facts[0].Label != "Announced" {
		t.Errorf("of one time alone: got %v", facts)
	}
	if m := message(t, f, nil); m.Target != "i-0a1b2c3d4e5f60710 and 3 more" {
		t.Errorf("got the target %q", m.Target)
	}
	f.Planned.Ends = f.Planned.Starts.AddDate(-1, 0, 0)
	if got, want := factOf(t, f, "planned"), "starts 2026-03-30 12:00:05 UTC, ends 2025-03-30 12:00:05 UTC"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A page on what to do is a link only where nobody but its vendor writes.
func TestRemedyLink(t *testing.T) {
	for address, isLink := range map[string]bool{
		"https://docs.aws.amazon.com/console/securityhub/S3.9/remediation":                 true,
		"https://nvd.nist.gov/vuln/detail/CVE-2026-0001":                                   true,
		"https://www.cve.org/CVERecord?id=CVE-2026-0001":                                   true,
		"https://alas.aws.amazon.com/AL2/ALAS-2026-1.html":                                 true,
		"http://docs.aws.amazon.com/x":                                                     false,
		"https://docs.aws.amazon.com@evil.example/":                                        false,
		"https://docs.aws.amazon.com.evil.example/":                                        false,
		"https://evil.example/docs.aws.amazon.com":                                         false,
		"https://docs.aws.amazon.com:8443/":                                                false,
		"https://user@docs.aws.amazon.com/":                                                false,
		"https://bucket.s3.amazonaws.com/x":                                                false,
		"https://console.aws.amazon.com/cloudformation/home#/stacks/create/review":         false,
		"https://eu-west-1.console.aws.amazon.com/cloudformation/home#/stacks/quickcreate": false,
		"https://docs.aws.amazon.com/<!channel>":                                           false,
		"https://docs.aws.amazon.com/|x":                                                   false,
		"https://docs.aws.amazon.com/\nx":                                                  false,
		"https://docs.aws.amazon.com/" + strings.Repeat("x", 600):                          false,
		"javascript:alert(1)//docs.aws.amazon.com":                                         false,
		"//docs.aws.amazon.com/x":                                                          false,
		"https://docs.aws.amazon.com/config/latest/x.html#s3.9":                            true,
		"https://aws.amazon.com/support?service=s3&case=new%20one":                         true,
		"https://aws.amazon.com/x?redirect=https://evil.example":                           false,
		"https://aws.amazon.com/x?redirect=https%3A%2F%2Fevil.example":                     false,
		"https://aws.amazon.com/x?redirect=%252F%252Fevil":                                 false,
		"https://aws.amazon.com/x?redirect=%25252F%25252Fevil":                             false,
		"https://aws.amazon.com/x?redirect=%2525252F%2525252Fevil":                         false,
		"https://aws.amazon.com/x?u=evil.example":                                          false,
		"https://aws.amazon.com/x#!//evil":                                                 false,
		"https://aws.amazon.com//evil.example":                                             false,
		"https://aws.amazon.com/%2f/evil.example":                                          false,
		"https://aws.amazon.com/%5cevil.example":                                           false,
		"https://aws.amazon.com/%zz":                                                       false,
		"https://docs.aws.amazon.com.":                                                     false,
		"https://docs.aws.amazon.com:443/":                                                 false,
		"https://docs.aws.amazоn.com/":                                                     false, // the second o is Cyrillic
		"https://aws.amazon.com/marketplace/pp/x":                                          false,
		"https://learn.microsoft.com/en-us/answers/questions/1":                            false,
		"https://access.redhat.com/discussions/1":                                          false,
		"": false,
	} {
		f := finding.Finding{Matter: finding.Matter{Remedy: finding.Remedy{URL: address}}}
		links := message(t, f, nil).Links
		if got := len(links) == 1 && links[0] == (formatter.Link{Name: formatter.LinkRemedy, Label: "What to do", URL: address}); got != isLink {
			t.Errorf("%s: got %v", address, links)
		}
	}
}

// The link to whoever has found it says nothing of an attacker's.
func TestNativeLink(t *testing.T) {
	for product, want := range map[string]string{
		"GuardDuty": "Open in GuardDuty", "": "Open where it was found", "<|>": "Open where it was found",
		"evil.example|<!channel>": "Open in evil example channel",
	} {
		f := finding.Finding{Origin: finding.Origin{Native: finding.Native{Product: product}}}
		f.About.Links.Native = "https://eu-west-1.console.aws.amazon.com/x"
		links := message(t, f, nil).Links
		if len(links) != 1 || links[0].Label != want {
			t.Errorf("%s: got %v", product, links)
		}
	}
}

func TestTemplatesKnowTheMatter(t *testing.T) {
	f := formattertest.Vulnerable()
	f.Check, f.Planned = formattertest.Failed().Check, formattertest.Maintenance().Planned
	for template, want := range map[string]string{
		`{{.vulnerability.id}} {{.vulnerability.score}} {{.vulnerability.epss}}`: "CVE-2026-0001 9.8 0.97",
		`{{if ge .vulnerability.score 9.0}}patch{{end}}`:                         "patch",
		`{{.vulnerability.exploit}} {{.vulnerability.fix}} {{.status}}`:          "yes partial open",
		`{{.control}} of {{.standards}}`:                                         "S3.9 of AWS Foundational Security Best Practices, PCI DSS",
		`{{.remedy}}`:                                                            "Update zlib; see evil[.]example[.]com.",
		`{{.planned}}`:                                                           "starts 2026-03-30 12:00:05 UTC, ends 2026-03-30 14:00:05 UTC (for 2 h)",
		`{{.facts.control}}`:                                                     "S3.9 FAILED, of AWS Foundational Security Best Practices, PCI DSS",
		`{{.facts.facts | cut 21}}`:                                              "In use: 4, Encryptio…",
	} {
		if m := message(t, f, map[string]string{"TITLE_TEMPLATE": template}); m.Title != want {
			t.Errorf("%s: got %q, want %q", template, m.Title, want)
		}
	}
}

// The mark of a finding that is over is how it came to its end, and its severity is no news then.
func TestEnding(t *testing.T) {
	for state, want := range map[finding.State]string{
		finding.Archived: "ARCHIVED", finding.Resolved: "RESOLVED", finding.Closed: "CLOSED",
		finding.Suppressed: "SUPPRESSED", finding.Passed: "PASSED", finding.OK: "OK", finding.Open: "RESOLVED",
	} {
		n := formattertest.Ended()
		n.Findings[0].State = state
		m := formatter.New(n, formatter.Style{})
		if diff := cmp.Diff([]string{want}, m.Marks); diff != "" || !m.IsOver {
			t.Errorf("over: %v, marks: %s", m.IsOver, diff)
		}
		if !strings.HasPrefix(m.Changes[0], "This finding is over: ") || !strings.HasSuffix(m.Changes[0], "since 2026-03-16 12:00:05 UTC") {
			t.Errorf("got %q", m.Changes[0])
		}
		if m.Changes[1] != "severity was HIGH 8.0" || len(m.Changes) != 2 {
			t.Errorf("got %q", m.Changes)
		}
	}
	n := formattertest.Ended()
	n.Kind, n.Findings[0].State, n.Changes = notify.KindUpdate, finding.Open, []notify.Change{{What: "state", From: "closed", To: "open"}}
	if m := formatter.New(n, formatter.Style{}); m.Changes[0] != "state closed -> open" || m.IsOver {
		t.Errorf("reopened: got %q, over: %v", m.Changes, m.IsOver)
	}
	n.Changes = []notify.Change{{What: "new plan", To: "2026-03-17 00:00 UTC"}, {What: "new action"}, {What: "new exploit"}, {What: "new fix"}}
	want := []string{"new plan: 2026-03-17 00:00 UTC", "action is required now", "an exploit is known now", "there is a fix now"}
	if m := formatter.New(n, formatter.Style{}); !slices.Equal(m.Changes, want) {
		t.Errorf("what is to be done: got %q", m.Changes)
	}
}

// What has an end alone has to be done by then.
func TestDeadline(t *testing.T) {
	f := formattertest.Maintenance()
	f.Planned.Starts = time.Time{}
	facts := message(t, f, map[string]string{"FIELDS": "planned"}).Facts
	if len(facts) != 1 || facts[0].Label != "Deadline" || facts[0].Value != "2026-03-30 14:00:05 UTC" {
		t.Errorf("got %v", facts)
	}
}

// The codes of a source are said in its words, each of a list, or none of it; a time is written as all
// times are.
func TestValuesOfFacts(t *testing.T) {
	words := map[string]string{
		"en": "health.value.need.REQUIRED|required\nhealth.value.need.MAYBE|may be required\n", "ja": "health.value.need.REQUIRED|必要\n",
	}
	style, err := formatter.NewStyle(func(setting string) (string, string) {
		return setting, map[string]string{"FIELDS": "facts"}[setting]
	}, formattertest.ParseMention, words)
	if err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]string{
		"REQUIRED":                       "required",
		"REQUIRED, MAYBE":                "required, may be required",
		"REQUIRED, OTHER":                "REQUIRED, OTHER",
		"OTHER":                          "OTHER",
		"2026-03-16T12:00:05.123456789Z": "2026-03-16 12:00:05 UTC",
		"2026-03-16T14:00:05+02:00":      "2026-03-16 12:00:05 UTC",
		"2026-03-16T14:00:05.000+0200":   "2026-03-16 12:00:05 UTC",
		"2026-03-16":                     "2026-03-16",
		"2026-99-99T12:00:05Z":           "2026-99-99T12:00:05Z",
	} {
		f := finding.Finding{Origin: finding.Origin{Road: "health"}, Matter: finding.Matter{Facts: finding.Attributes{{Name: "need", Value: value}}}}
		facts := formatter.New(notify.Notification{Findings: []finding.Finding{f}}, style).Facts
		if len(facts) != 1 || facts[0].Value != want {
			t.Errorf("%s: got %v, want %s", value, facts, want)
		}
	}
}

// The second line names what a category does not: the control, or the vulnerability.
func TestAbout(t *testing.T) {
	typed := func(product, findingType string) finding.Finding {
		return finding.Finding{Type: findingType, Severity: 8, About: finding.About{Product: product}}
	}
	telling := typed("Security Hub", "Software:Checks/CVE")
	telling.Vulnerability.ID = "CVE-2026-0001"
	for want, f := range map[string]finding.Finding{
		"Security Hub S3.9, severity 8.0":                                formattertest.Failed(),
		"Security Hub CVE-2026-0001, severity 9.5":                       formattertest.Vulnerable(),
		"Security Hub Software:Checks/CVE, severity 8.0":                 telling,
		"GuardDuty Malware Protection Post Scan Failed, severity 8.0":    typed("GuardDuty", "GuardDuty Malware Protection Post Scan Failed"),
		"Inspector2 Scan, severity 8.0":                                  typed("Inspector", "Inspector2 Scan"),
		"S Something, severity 8.0":                                      typed("S", "Something"),
		"Security Hub Effects/Data Exposure, severity 8.0":               typed("Security Hub", "Effects/Data Exposure"),
		"AWS Health AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED, severity 8.0": typed("AWS Health", "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED"),
	} {
		if got := message(t, f, nil).About; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Without a resource the headline says who did it.
func TestWhoInTheHeadline(t *testing.T) {
	for want, actor := range map[string]finding.Actor{
		"alice":        {User: finding.User{Name: "alice"}, Remote: finding.Remote{IP: "198.51.100.7"}},
		"198.51.100.7": {User: finding.User{Name: "HIDDEN_DUE_TO_SECURITY_REASONS"}, Remote: finding.Remote{IP: "198.51.100.7"}},
		"":             {},
	} {
		f := finding.Finding{Title: "Failed to sign in", Actor: actor}
		m := message(t, f, nil)
		if m.Target != want {
			t.Errorf("got the target %q, want %q", m.Target, want)
		}
		if m := message(t, f, map[string]string{"TITLE_TEMPLATE": "{{.what}} by {{.target}}"}); m.Title != strings.TrimSpace("Failed to sign in by "+want) {
			t.Errorf("got the title %q of a template", m.Title)
		}
		for _, fact := range m.Facts {
			if strings.Contains(fact.Value, "HIDDEN") {
				t.Errorf("got %v", fact)
			}
		}
		n := notify.Notification{Kind: notify.KindUpdate, Findings: []finding.Finding{f}, Changes: []notify.Change{{What: "new user", To: actor.User.Name}}}
		if changes := formatter.New(n, formatter.Style{}).Changes; strings.Contains(strings.Join(changes, ""), "HIDDEN") {
			t.Errorf("got the changes %q", changes)
		}
		f.Resource.ID = "i-0a1b2c3d"
		if m := message(t, f, nil); m.Target != "i-0a1b2c3d" {
			t.Errorf("got the target %q, with a resource", m.Target)
		}
	}
}

// Of what is over nothing is left to be done.
func TestNothingToDoAtTheEnd(t *testing.T) {
	f := formattertest.Failed()
	f.Planned = formattertest.Maintenance().Planned
	told := func() (all []string) {
		m := message(t, f, nil)
		for _, fact := range m.Facts {
			all = append(all, fact.Name)
		}
		for _, link := range m.Links {
			all = append(all, link.Name)
		}
		return all
	}
	if got := told(); !slices.Contains(got, "remedy") || !slices.Contains(got, "planned") || !slices.Contains(got, formatter.LinkRemedy) {
		t.Errorf("open: got %q", got)
	}
	f.State = finding.Resolved
	if got := told(); slices.Contains(got, "remedy") || slices.Contains(got, "planned") || slices.Contains(got, formatter.LinkRemedy) {
		t.Errorf("over: got %q", got)
	}
}

// The words of a language stand in its own order.
func TestJapaneseOrder(t *testing.T) {
	japanese := formattertest.Style(t, map[string]string{"MESSAGE_LANG": "ja"})
	if got := formatter.New(formattertest.Ended(), japanese).Changes[1]; got != "重要度は 高 8.0 でした" {
		t.Errorf("got %q", got)
	}
	for _, fact := range message(t, formattertest.Maintenance(), map[string]string{"MESSAGE_LANG": "ja", "FIELDS": "planned"}).Facts {
		if !strings.HasSuffix(fact.Value, "(2 時間の予定)") {
			t.Errorf("got %q", fact.Value)
		}
	}
}

// Times that are no sightings are called what they are, and have no length.
func TestTimesOfAReport(t *testing.T) {
	at := time.Date(2026, 3, 16, 8, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		activity finding.Activity
		want     string
	}{
		"seen":     {finding.Activity{FirstSeen: at, LastSeen: at.Add(time.Hour)}, "First seen 2026-03-16 08:00:00 UTC; Last seen 2026-03-16 09:00:00 UTC (for 60 min)"},
		"reported": {finding.Activity{Created: at, Updated: at.Add(time.Hour)}, "Created 2026-03-16 08:00:00 UTC; Updated 2026-03-16 09:00:00 UTC"},
		"updated":  {finding.Activity{Updated: at}, "Updated 2026-03-16 08:00:00 UTC"},
	} {
		var shown []string
		for _, fact := range message(t, finding.Finding{Activity: test.activity}, map[string]string{"FIELDS": "first_seen,last_seen"}).Facts {
			shown = append(shown, fact.Label+" "+fact.Value)
		}
		if got := strings.Join(shown, "; "); got != test.want {
			t.Errorf("%s: got %s", name, got)
		}
	}
}
