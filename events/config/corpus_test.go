package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
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
				Diff *struct{ ChangeType string } `json:"configurationItemDiff"`
				Item struct {
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
		isTime := item.CaptureTime == "" || f.Updated.Format("2006-01-02T15:04:05") == item.CaptureTime[:19]
		if diff := stated.Detail.Diff; got != want || !isTime || diff != nil && diff.ChangeType != f.Facts.Get("change") {
			t.Errorf("%s:\ngot  %s at %v, %v\nwant %s at %s", file, got, f.Updated, f.Facts, want, item.CaptureTime)
		}
		t.Logf("%s: %s, severity %v, %s, %s in %s, %s, %v, %s", filepath.Base(file), f.Type, f.Severity, f.Resource.ID, f.Account.ID, f.Region, f.State, f.Updated, f.About.Links.Finding)
	}
}
