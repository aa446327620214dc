package inspector_test

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events/eventstest"
)

// TestCorpus holds what is read of every real event against what it states, and prints both.
func TestCorpus(t *testing.T) {
	all := eventstest.Corpus(t, "inspector2")
	stated, read := 0, 0
	for _, file := range slices.Sorted(maps.Keys(all)) {
		event := all[file]
		f := one(t, string(event))
		at := func(paths ...string) string { return eventstest.Stated(t, event, paths...) }
		t.Log(eventstest.Row(file, f))
		fixed := ""
		if len(f.Vulnerability.Packages) > 0 {
			fixed = strings.TrimPrefix(f.Vulnerability.Packages[0].Fixed, "NotAvailable")
		}
		page := ""
		if arn, region := at("detail/findingArn"), at("detail/resources/0/region", "region"); arn != "" {
			page = "https://" + region + ".console.aws.amazon.com/inspector/v2/home?region=" + region + "#/findings?searchString=" + url.QueryEscape(arn)
		}
		if f.About.Links.Finding != page || !f.Actor.Zero() {
			t.Errorf("%s: got the link %q, want %q, and the actor %v", file, f.About.Links.Finding, page, f.Actor)
		}
		for _, c := range []struct{ what, want, got string }{
			{"id", at("detail/findingArn"), f.ID},
			{"type", at("detail/type", "detail-type"), f.Type},
			{"title", at("detail/title"), f.Title},
			{"description", at("detail/description"), f.Description},
			{"severity", severity(at("detail/severity")), f.Severity.String()},
			{"account", at("detail/awsAccountId", "account"), f.Account.ID},
			{"region", at("detail/resources/0/region", "region"), f.Region},
			{"resource", at("detail/resources/0/type"), f.Resource.Type},
			{"resource id", at("detail/resources/0/id", "resources/0"), cmp.Or(f.Resource.ARN, f.Resource.ID)},
			{"updated", moment(t, at("detail/updatedAt", "time")), f.Updated.Format(time.RFC3339Nano)},
			{"first", moment(t, at("detail/firstObservedAt")), f.FirstSeen.Format(time.RFC3339Nano)},
			{"last", moment(t, at("detail/lastObservedAt")), f.LastSeen.Format(time.RFC3339Nano)},
			{"state", map[string]string{"ACTIVE": "open", "CLOSED": "closed", "SUPPRESSED": "suppressed"}[at("detail/status")], f.State.String()},
			{"vulnerability", at("detail/packageVulnerabilityDetails/vulnerabilityId"), f.Vulnerability.ID},
			{"score", decimal(at("detail/inspectorScore")), decimal(fmt.Sprint(f.Vulnerability.Score))},
			{"epss", decimal(at("detail/epss/score")), decimal(fmt.Sprint(f.Vulnerability.EPSS))},
			{"exploit", strings.ToLower(at("detail/exploitAvailable")), string(f.Vulnerability.Exploit)},
			{"fix", strings.ToLower(at("detail/fixAvailable")), string(f.Vulnerability.Fix)},
			{"fixed", strings.TrimPrefix(at("detail/packageVulnerabilityDetails/vulnerablePackages/0/fixedInVersion"), "NotAvailable"), fixed},
			{"remedy", strings.TrimPrefix(at("detail/remediation/recommendation/text"), "None Provided"), f.Remedy.Text},
			{"page", at("detail/remediation/recommendation/url", "detail/packageVulnerabilityDetails/sourceUrl"), f.Remedy.URL},
			{"ports", at("detail/networkReachabilityDetails/openPortRange/begin"), f.Facts.Get("open_ports")},
			{"tag", at("detail/resources/0/details/awsEcrContainerImage/imageTags/0"), tag(f.Resource.ID)},
			{"digest", at("detail/resources/0/details/awsEcrContainerImage/imageHash"), f.Resource.Attributes.Get("hash")},
		} {
			if c.want == "" {
				continue
			}
			stated++
			if c.got == c.want {
				read++
				continue
			}
			t.Errorf("%s: %s: got %q, want %q", file, c.what, c.got, c.want)
		}
	}
	t.Logf("%d of %d facts that %d events state are read", read, stated, len(all))
}

func tag(id string) string { return id[strings.LastIndex(id, ":")+1:] }

func severity(word string) string {
	return map[string]string{"INFORMATIONAL": "1.0", "LOW": "2.0", "MEDIUM": "5.0", "HIGH": "8.0", "CRITICAL": "9.5"}[word]
}

func decimal(text string) string {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return ""
	}
	return strconv.FormatFloat(value, 'g', -1, 64)
}

// moment returns a time of the corpus in one form.
func moment(t *testing.T, text string) string {
	t.Helper()
	if text == "" {
		return ""
	}
	for _, layout := range []string{
		"Mon Jan 02 15:04:05.000 MST 2006", time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00",
	} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC().Format(time.RFC3339Nano)
		}
	}
	t.Errorf("a time of another form: %s", text)
	return ""
}
