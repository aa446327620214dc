package macie_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events/eventstest"
)

// TestCorpus holds what is read of every real event against what it states, and prints both.
func TestCorpus(t *testing.T) {
	all := eventstest.Corpus(t, "macie")
	stated, read := 0, 0
	for _, file := range slices.Sorted(maps.Keys(all)) {
		event := all[file]
		f := one(t, string(event))
		at := func(paths ...string) string { return eventstest.Stated(t, event, paths...) }
		t.Log(eventstest.Row(file, f))
		risk, err := strconv.Atoi(at("detail/risk-score"))
		if err != nil {
			t.Fatal(err)
		}
		count := ""
		if f.Count > 0 {
			count = strconv.Itoa(f.Count)
		}
		created, err := time.Parse("2006-01-02T15:04:05.999999", at("detail/created-at"))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ what, want, got string }{
			{"id", at("detail/alert-arn"), f.ID},
			{"type", at("detail-type"), f.Type},
			{"title", at("detail/name"), f.Title},
			{"description", at("detail/summary/Description", "detail/trigger/features/distinctEventName/narrative"), f.Description},
			{"severity", fmt.Sprintf("%.1f", float64(risk)/10), f.Severity.String()},
			{"account", at("account"), f.Account.ID},
			{"region", at("region"), f.Region},
			{"actor", map[string]string{"123456789012:assumed-role:rolename": "rolename"}[at("detail/actor")], f.Actor.User.Name},
			{"created", created.UTC().String(), f.Created.String()},
			{"updated", at("time"), f.Updated.Format(time.RFC3339)},
			{"count", at("detail/summary/Event Count"), count},
			{"state", "open", f.State.String()},
			{"link", "", f.About.Links.Finding},
			{"alert", at("detail/trigger/alert-type"), f.Facts.Get("alert_type")},
			{"label", at("detail/tags/0") + ", " + at("detail/tags/1"), f.Facts.Get("labels")},
			{"bucket", map[bool]string{true: "secret-bucket-name"}[at("detail/summary/Bucket/secret-bucket-name") != ""], f.Resource.ID},
			{"object", map[bool]string{true: "secret_key.txt"}[at("detail/summary/Object/public_bucket/secret_key.txt") != ""], f.Resource.Attributes.Get("object")},
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
