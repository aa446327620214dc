package securityhub_test

import (
	"encoding/json"
	"errors"
	"fmt"
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
const corpus = "../../../shared/corpus/securityhub-ocsf"

// ocsf is what an event states, read without any of the code under test.
type ocsf struct {
	ActivityName string `json:"activity_name"`
	Severity     string `json:"severity"`
	Status       string `json:"status"`
	Count        int    `json:"count"`
	Cloud        struct {
		Region  string `json:"region"`
		Account struct {
			UID string `json:"uid"`
		} `json:"account"`
	} `json:"cloud"`
	FindingInfo struct {
		UID          string   `json:"uid"`
		Title        string   `json:"title"`
		Desc         string   `json:"desc"`
		Types        []string `json:"types"`
		ModifiedTime int64    `json:"modified_time"`
		CreatedTime  int64    `json:"created_time"`
		FirstSeen    int64    `json:"first_seen_time"`
		LastSeen     int64    `json:"last_seen_time"`
	} `json:"finding_info"`
	Metadata struct {
		UID     string `json:"uid"`
		Product struct {
			Name string `json:"name"`
		} `json:"product"`
	} `json:"metadata"`
	Compliance struct {
		Status    string   `json:"status"`
		Control   string   `json:"control"`
		Standards []string `json:"standards"`
	} `json:"compliance"`
	Remediation struct {
		Desc       string   `json:"desc"`
		References []string `json:"references"`
	} `json:"remediation"`
	Resources []struct {
		UID  string `json:"uid"`
		Type string `json:"type"`
		Tags []struct {
			Name string `json:"name"`
		} `json:"tags"`
	} `json:"resources"`
	Evidences []struct {
		Actor struct {
			Process struct {
				Name string `json:"name"`
				PID  int    `json:"pid"`
			} `json:"process"`
		} `json:"actor"`
	} `json:"evidences"`
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
		for _, f := range events.Parse(events.Table(), delivery.Records[0].Envelope) {
			t.Log(eventstest.Row(filepath.Base(file), f))
			compare(t, f, func(name string, isStated, isRead bool) {
				if !isStated {
					return
				}
				if stated[name]++; isRead {
					read[name]++
					return
				}
				t.Errorf("%s: the %s is not as it is stated: %+v", filepath.Base(file), name, f)
			})
		}
	}
	for name := range stated {
		t.Logf("%-12s stated %3d, read %3d", name, stated[name], read[name])
	}
}

func compare(t *testing.T, f finding.Finding, check func(name string, isStated, isRead bool)) {
	t.Helper()
	var o ocsf
	if err := json.Unmarshal(f.Document, &o); err != nil {
		if _, isOdd := errors.AsType[*json.UnmarshalTypeError](err); !isOdd { // some times are texts
			t.Fatal(err)
		}
	}
	info := o.FindingInfo
	realType := ""
	for _, text := range info.Types {
		if strings.ContainsAny(text, ":/") {
			realType = text
		}
	}
	isOver := o.ActivityName == "Close" || o.Status == "Suppressed" || o.Status == "Resolved" || o.Status == "Archived" || o.Compliance.Status == "Pass"
	check("id", true, f.ID == info.UID)
	check("type", realType != "", f.Type == realType)
	check("title", true, f.Title == info.Title)
	check("description", info.Desc != "", f.Description == info.Desc)
	check("severity", true, f.Severity.Level().String() == strings.ToLower(o.Severity))
	check("account", true, f.Account.ID == o.Cloud.Account.UID)
	check("region", true, f.Region == o.Cloud.Region)
	check("product", true, f.About.Product == o.Metadata.Product.Name || strings.HasPrefix(f.About.Product, o.Metadata.Product.Name+" "))
	check("time", info.ModifiedTime != 0, f.Updated.Equal(time.UnixMilli(info.ModifiedTime)))
	check("any time", true, !f.Updated.IsZero())
	check("created", info.CreatedTime != 0, f.Created.Equal(time.UnixMilli(info.CreatedTime)))
	check("first seen", info.FirstSeen != 0, f.FirstSeen.Equal(time.UnixMilli(info.FirstSeen)))
	check("last seen", info.LastSeen != 0, f.LastSeen.Equal(time.UnixMilli(info.LastSeen)))
	check("count", o.Count != 0, f.Count == o.Count)
	check("state", true, f.State.Over() == isOver)
	check("control", o.Compliance.Control != "", f.Check.Control == o.Compliance.Control)
	// The words of ASFF for those of OCSF, so that one condition holds by both roads.
	asff := map[string]string{"Pass": "PASSED", "Warning": "WARNING", "Fail": "FAILED", "Unknown": "NOT_AVAILABLE"}
	check("result", o.Compliance.Status != "", asff[o.Compliance.Status] != "" && f.Check.Result == asff[o.Compliance.Status])
	check("standards", len(o.Compliance.Standards) > 0, len(f.Check.Standards) == len(o.Compliance.Standards))
	check("remedy", o.Remediation.Desc != "", f.Remedy.Text == o.Remediation.Desc)
	check("page", len(o.Remediation.References) > 0, strings.Join(o.Remediation.References, "") == f.Remedy.URL)
	check("alias", o.Metadata.UID != "", strings.Contains(strings.Join(f.About.Aliases, " "), o.Metadata.UID))
	all := append([]finding.Resource{f.Resource}, f.Related...)
	for i, r := range o.Resources {
		check("resource", true, i < len(all) && strings.HasSuffix(r.UID, all[i].ID) && all[i].Type == r.Type && len(all[i].Tags) == len(r.Tags))
	}
	for i, e := range o.Evidences {
		p := e.Actor.Process
		check("process", i == 0, f.Actor.Process.Name == p.Name && f.Actor.Process.PID == fmt.Sprint(p.PID))
	}
	check("console", true, f.About.Links.Finding == page(o))
}

// pages are where the console shows the findings that have an id of Security Hub's own.
func pages() map[string]string {
	return map[string]string{"GuardDuty": "threats", "Inspector": "vulnerabilities", "Security Hub": "postureManagement"}
}

// page returns the console's page of an event: of its id, else the search for it, encoded twice.
func page(o ocsf) string {
	home := "https://" + o.Cloud.Region + ".console.aws.amazon.com/securityhub/v2/home?region=" + o.Cloud.Region + "#/"
	if at := pages()[o.Metadata.Product.Name]; len(o.Metadata.UID) == 64 && at != "" {
		return home + at + "?findingDetailId=" + o.Metadata.UID
	}
	return home + "findings?search=finding_info.uid%3D%255Coperator%255C%253AEQUALS%255C%253A" + url.QueryEscape(url.QueryEscape(o.FindingInfo.UID))
}
