package accessanalyzer_test

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events/eventstest"
)

// TestCorpus holds what is read of every real event against what it states, and prints both.
func TestCorpus(t *testing.T) {
	all := eventstest.Corpus(t, "access-analyzer")
	const details = "detail/findingDetails/0/externalAccessDetails/"
	stated, read := 0, 0
	for _, file := range slices.Sorted(maps.Keys(all)) {
		event := all[file]
		f := one(t, string(event))
		at := func(paths ...string) string { return eventstest.Stated(t, event, paths...) }
		t.Log(eventstest.Row(file, f))
		isPreview := at("detail/accessPreviewId") != ""
		kind := "ExternalAccess"
		severity := map[bool]string{true: "8.0", false: "5.0"}[at("detail/isPublic", details+"isPublic") == "true"]
		switch {
		case isPreview && at("detail/status") == "FAILED":
			severity, kind = "2.0", "AccessPreview"
		case isPreview:
			severity, kind = "1.0", "AccessPreview"
		case at("detail/error") != "":
			severity, kind = "3.0", "AnalysisError"
		}
		updated, err := time.Parse(time.RFC3339, at("detail/updatedAt", "time"))
		if err != nil {
			t.Fatal(err)
		}
		federated, account := at("detail/principal/Federated", details+"principal/Federated"), at("detail/principal/AWS")
		page, region := "", at("detail/region", "region")
		if !isPreview && region != "" {
			page = "https://" + region + ".console.aws.amazon.com/access-analyzer/home?region=" + region + "#/findings/details/" + at("detail/id")
		}
		for _, c := range []struct{ what, want, got string }{
			{"id", at("detail/id", "detail/accessPreviewId"), f.ID},
			{"type", kind, f.Type},
			{"severity", severity, f.Severity.String()},
			{"account", at("detail/accountId", "detail/resourceOwnerAccount", "account"), f.Account.ID},
			{"region", at("detail/region", "region"), f.Region},
			{"resource", at("detail/resource", "detail/configuredResources/0"), f.Resource.ARN},
			{"resource name", lastPart(at("detail/resource", "detail/configuredResources/0")), f.Resource.ID},
			{"resource type", at("detail/resourceType"), f.Resource.Type},
			{"updated", updated.UTC().String(), f.Updated.String()},
			{"state", "open", f.State.String()},
			{"identity", federated, f.Actor.User.Name},
			{"account of the principal", account, f.Actor.Remote.Account.ID},
			{"action", at("detail/action/0", details+"action/0"), f.Facts.Get("actions")},
			{"condition", at("detail/condition/cognito-identity.amazonaws.com:aud", details+"condition/cognito-identity.amazonaws.com:aud"),
				strings.TrimPrefix(f.Facts.Get("condition"), "cognito-identity.amazonaws.com:aud = ")},
			{"error", at("detail/error"), f.Facts.Get("error")},
			{"reason", at("detail/statusReason/code"), f.Facts.Get("reason")},
			{"analyzer", strings.TrimPrefix(cmp.Or(at("resources/0")), "arn:aws:access-analyzer:us-west-2:111122223333:analyzer/"), f.Facts.Get("analyzer")},
			{"link", page, f.About.Links.Finding},
		} {
			if c.want == "" && c.what != "link" {
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

// lastPart returns what people call the resource of an ARN.
func lastPart(arn string) string { return arn[strings.LastIndexAny(arn, ":/")+1:] }
