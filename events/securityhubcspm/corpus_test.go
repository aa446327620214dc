package securityhubcspm_test

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/eventstest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// corpus is where real events of other projects are, beside the checkout.
const corpus = "../../../shared/corpus/securityhub"

// asff is what an event states, read without any of the code under test.
type asff struct {
	ID           string `json:"Id"`
	Types        []string
	GeneratorID  string `json:"GeneratorId"`
	AwsAccountID string `json:"AwsAccountId"`
	Region       string
	Title        string
	CreatedAt    string
	UpdatedAt    string

	FirstObservedAt, LastObservedAt string

	ProductArn  string
	RecordState string
	Severity    struct {
		Label      string
		Normalized *float64
	}
	Workflow   struct{ Status string }
	Compliance struct {
		Status            string
		SecurityControlID string `json:"SecurityControlId"`
	}
	Resources []struct {
		ID   string `json:"Id"`
		Type string
	}
	Remediation struct {
		Recommendation struct{ Text, URL string }
	}
	ProductFields   map[string]string
	Vulnerabilities []struct {
		ID                 string `json:"Id"`
		VulnerablePackages []struct{ Name, FixedInVersion string }
	}
	Action struct {
		AwsAPICallAction struct {
			RemoteIPDetails struct{ IPAddressV4 string } `json:"RemoteIpDetails"`
		} `json:"AwsApiCallAction"`
	}
}

// remote returns the address of the remote end where one is stated.
func (a asff) remote() string {
	for name, value := range a.ProductFields {
		if strings.HasSuffix(name, "/remoteIpDetails/ipAddressV4") {
			return value
		}
	}
	return a.Action.AwsAPICallAction.RemoteIPDetails.IPAddressV4
}

// level returns the level of the stated severity.
func (a asff) level() string {
	switch strings.ToUpper(a.Severity.Label) {
	case "INFORMATIONAL", "LOW":
		return "low"
	case "":
	default:
		return strings.ToLower(a.Severity.Label)
	}
	if a.Severity.Normalized == nil {
		return ""
	}
	switch n := *a.Severity.Normalized; {
	case n < 40:
		return "low"
	case n < 70:
		return "medium"
	case n < 90:
		return "high"
	}
	return "critical"
}

// isOver reports whether any member says that the finding has come to its end.
func (a asff) isOver() bool {
	return a.Workflow.Status == "RESOLVED" || a.Workflow.Status == "SUPPRESSED" || a.RecordState == "ARCHIVED" || a.Compliance.Status == "PASSED"
}

// instant reads the time of an event in the forms that stand in the corpus.
func instant(t *testing.T, text string) time.Time {
	t.Helper()
	if text == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05.000000000"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at
		}
	}
	t.Fatalf("the test cannot read %q", text)
	return time.Time{}
}

// Every member that an event of the corpus states is read as it stands there.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob(corpus + "/*.json")
	if err != nil || len(files) == 0 {
		t.Skip("skipped: the corpus of real events is not beside this checkout")
	}
	stated, read := map[string]int{}, map[string]int{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		delivery, err := events.Open(events.Table(), text)
		if err != nil {
			t.Fatal(err)
		}
		for _, record := range delivery.Records {
			for _, f := range events.Parse(events.Table(), record.Envelope) {
				check := func(name string, isStated, isRead bool) {
					if !isStated {
						return
					}
					if stated[name]++; isRead {
						read[name]++
						return
					}
					t.Errorf("%s: the %s is not as it is stated: %+v", filepath.Base(file), name, f)
				}
				t.Log(eventstest.Row(filepath.Base(file), f))
				if strings.HasPrefix(f.Type, "Security Hub Insight") {
					check("insight", true, f.Title == "Name of the insight" && strings.Contains(f.Facts.Get("results"), "result 1 (5)"))
					continue
				}
				compare(t, f, check)
			}
		}
	}
	for name := range stated {
		t.Logf("%-12s stated %3d, read %3d", name, stated[name], read[name])
	}
}

func compare(t *testing.T, f finding.Finding, check func(name string, isStated, isRead bool)) {
	t.Helper()
	var a asff
	if err := json.Unmarshal(f.Document, &a); err != nil {
		t.Fatal(err)
	}
	check("id", a.ID != "", f.ID == a.ID)
	last := ""
	if len(a.Types) > 0 {
		last = a.Types[0][strings.LastIndexAny(a.Types[0], "-/ ")+1:]
	}
	check("type", last != "", strings.HasSuffix(f.Type, last))
	check("title", a.Title != "", f.Title == a.Title)
	check("severity", a.level() != "", f.Severity.Level().String() == a.level() || a.Compliance.Status == "PASSED" && f.Severity == finding.Lowest)
	check("account", a.AwsAccountID != "", f.Account.ID == a.AwsAccountID)
	check("region", true, f.Region != "" && (a.Region == "" || f.Region == a.Region))
	check("time", a.UpdatedAt != "", f.Updated.Equal(instant(t, a.UpdatedAt)))
	check("created", a.CreatedAt != "", f.Created.Equal(instant(t, a.CreatedAt)))
	check("first seen", a.FirstObservedAt != "", f.FirstSeen.Equal(instant(t, a.FirstObservedAt)))
	check("last seen", a.LastObservedAt != "", f.LastSeen.Equal(instant(t, a.LastObservedAt)))
	check("state", true, f.State.Over() == (a.isOver() && !f.IsAsked)) // what is asked for counts as open
	check("control", a.Compliance.SecurityControlID != "", f.Check.Control == a.Compliance.SecurityControlID)
	check("result", a.Compliance.Status != "", f.Check.Result == a.Compliance.Status)
	check("remedy", a.Remediation.Recommendation.Text != "", f.Remedy.Text == a.Remediation.Recommendation.Text)
	check("page", a.Remediation.Recommendation.URL != "", f.Remedy.URL == a.Remediation.Recommendation.URL)
	check("actor", a.remote() != "", f.Actor.Remote.IP == a.remote())
	check("console", a.Region != "" && a.ID != "", f.About.Links.Finding == "https://"+a.Region+".console.aws.amazon.com/securityhub/home?region="+a.Region+
		"#/findings?search=Id%3D%255Coperator%255C%253AEQUALS%255C%253A"+url.QueryEscape(url.QueryEscape(a.ID)))
	all := f.Related
	if !f.Resource.Zero() {
		all = append([]finding.Resource{f.Resource}, f.Related...)
	}
	check("resources", true, len(all) == len(a.Resources))
	for i, r := range a.Resources {
		check("resource", r.ID != "", i < len(all) && (strings.HasSuffix(r.ID, all[i].ID) || all[i].ARN == r.ID) && all[i].ID != "" && all[i].Type == r.Type)
	}
	for i, v := range a.Vulnerabilities {
		check("cve", i == 0, f.Vulnerability.ID == v.ID)
		check("packages", i == 0, len(f.Vulnerability.Packages) == len(v.VulnerablePackages))
		for j, p := range v.VulnerablePackages {
			check("package", i == 0, f.Vulnerability.Packages[j].Name == p.Name)
			check("fixed", i == 0 && p.FixedInVersion != "" && p.FixedInVersion != "NotAvailable", f.Vulnerability.Packages[j].Fixed == p.FixedInVersion)
		}
	}
}
