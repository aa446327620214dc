package config_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/eventstest"
)

// corpus is where real events of other projects are, beside the checkout.
const corpus = "../../../shared/corpus/config"

// What the real events of AWS Config state is read as they state it.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus, "*.json"))
	if err != nil || len(files) == 0 {
		t.Skip("skipped: the corpus of real events is not beside this checkout")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var stated struct {
			Detail struct {
				MessageType string
				Diff        *struct{ ChangeType string } `json:"configurationItemDiff"`
				Item        struct {
					AwsAccountID, AwsRegion, ResourceType, ResourceID, ARN, ConfigurationItemStatus string
					CaptureTime                                                                     string `json:"configurationItemCaptureTime"`
					Relationships                                                                   []any
				} `json:"configurationItem"`
			}
		}
		if err := json.Unmarshal(text, &stated); err != nil {
			t.Fatal(err)
		}
		item := stated.Detail.Item
		delivery, err := events.Open(events.Table(), text)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		f := events.Parse(events.Table(), delivery.Records[0].Envelope)[0]
		got := fmt.Sprint([]any{f.Account.ID, f.Region, f.Resource.Type, f.Resource.ID, f.Resource.ARN, f.Facts.Get("status"), len(f.Related)})
		want := fmt.Sprint([]any{item.AwsAccountID, item.AwsRegion, item.ResourceType, item.ResourceID, item.ARN, item.ConfigurationItemStatus, len(item.Relationships)})
		id, kind := "item/"+item.ResourceType+"/"+item.ResourceID+"/", stated.Detail.MessageType
		if diff := stated.Detail.Diff; diff != nil && diff.ChangeType != "" {
			kind += "/" + diff.ChangeType
		}
		if change := map[string]string{"ResourceDiscovered": "CREATE"}[item.ConfigurationItemStatus]; stated.Detail.Diff == nil && change != "" {
			kind += "/" + change
		}
		// Each change is a finding of its own: the time is a part of its id.
		for what, pair := range map[string][2]string{
			"id":       {f.ID[:min(len(id), len(f.ID))] + f.ID[strings.LastIndex(f.ID, "/")+1:], id + f.Updated.Format(time.RFC3339Nano)},
			"type":     {f.Type, kind},
			"severity": {f.Severity.String(), "2.0"},
			"state":    {f.State.String(), "open"},
			"actor":    {eventstest.Actor(f), "-"},
			"link": {f.About.Links.Finding, "https://" + item.AwsRegion + ".console.aws.amazon.com/config/home?region=" + item.AwsRegion +
				"#/resources/timeline?resourceId=" + url.QueryEscape(item.ResourceID) + "&resourceType=" + url.QueryEscape(item.ResourceType)},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %s: got %q, want %q", filepath.Base(file), what, pair[0], pair[1])
			}
		}
		isTime := item.CaptureTime == "" || f.Updated.Format("2006-01-02T15:04:05") == item.CaptureTime[:19]
		if diff := stated.Detail.Diff; got != want || !isTime || diff != nil && diff.ChangeType != f.Facts.Get("change") {
			t.Errorf("%s:\ngot  %s at %v, %v\nwant %s at %s", file, got, f.Updated, f.Facts, want, item.CaptureTime)
		}
		t.Log(eventstest.Row(filepath.Base(file), f))
	}
}
