package health_test

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events/eventstest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// stated is what an event of the corpus says, read without any of the parser's code.
type stated struct {
	Account, Region string
	Resources       []string
	Detail          struct {
		EventArn, Arn, Service, EventTypeCode, EventTypeCategory, Region, EventRegion, StatusCode string
		AffectedAccount, Actionability, EventScopeCode                                            string

		StartTime, EndTime, LastUpdatedTime any
		EventDescription                    []struct{ LatestDescription string }
		AffectedEntities                    []struct {
			EntityValue string
			Tags        map[string]string
		}
	}
}

// moment reads the two forms of time that the corpus has.
func moment(t *testing.T, value any) time.Time {
	t.Helper()
	switch value := value.(type) {
	case string:
		parsed, err := time.Parse("2 Jan 2006 15:04:05 MST", value[strings.Index(value, ", ")+2:])
		if err != nil {
			t.Fatal(err)
		}
		return parsed.UTC()
	case float64:
		return time.UnixMicro(int64(value*1e6 + 0.5)).UTC()
	}
	return time.Time{}
}

// TestCorpus holds what is read of real events against what they state.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("../../../shared/corpus/health/*.json")
	if err != nil || len(files) == 0 {
		t.Skip("skipped: the corpus of real events is not beside this checkout")
	}
	severities := map[string]finding.Severity{"issue": 5, "scheduledChange": 4, "accountNotification": 2}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var s stated
		if err := json.Unmarshal(text, &s); err != nil {
			t.Fatal(err)
		}
		f, d := parse(t, string(text)), s.Detail
		starts, ends, updated := moment(t, d.StartTime), moment(t, d.EndTime), moment(t, d.LastUpdatedTime)
		for what, pair := range map[string][2]string{
			"id":            {f.ID, d.EventArn + d.Arn},
			"type":          {f.Type, d.EventTypeCode},
			"severity":      {f.Severity.String(), severities[d.EventTypeCategory].String()},
			"account":       {f.Account.ID, first(d.AffectedAccount, s.Account)},
			"region":        {f.Region, strings.Replace(first(d.EventRegion, d.Region, s.Region), "global", "us-east-1", 1)},
			"category":      {f.Facts.Get("category"), d.EventTypeCategory},
			"service":       {f.Facts.Get("service"), d.Service},
			"actionability": {f.Facts.Get("actionability"), d.Actionability},
			"closed":        {strconv.FormatBool(f.State.Over()), strconv.FormatBool(d.StatusCode == "closed")},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %s: got %q, the event states %q", file, what, pair[0], pair[1])
			}
		}
		if !starts.IsZero() && !starts.Equal(f.FirstSeen) && !starts.Equal(f.Created) && !starts.Equal(f.Planned.Starts) ||
			!ends.IsZero() && !ends.Equal(f.LastSeen) && !ends.Equal(f.Planned.Ends) || !updated.IsZero() && !updated.Equal(f.Updated) {
			t.Errorf("%s: got %+v, the event states %v, %v, %v", file, f.Activity, starts, ends, updated)
		}
		if len(d.EventDescription) > 0 && f.Description != strings.ReplaceAll(d.EventDescription[0].LatestDescription, `\n`, "\n") {
			t.Errorf("%s: got the description %q", file, f.Description)
		}
		all := append([]finding.Resource{f.Resource}, f.Related...)
		for i, entity := range d.AffectedEntities {
			if all[i].ID != entity.EntityValue || len(all[i].Tags) != len(entity.Tags) {
				t.Errorf("%s: got %+v, the event states %+v", file, all[i], entity)
			}
		}
		if want := "https://health.aws.amazon.com/health/home#/account/event-log?eventID=" + url.QueryEscape(d.EventArn+d.Arn); f.About.Links.Finding != want || !f.Actor.Zero() {
			t.Errorf("%s: got the link %s, want %s, and the actor %v", file, f.About.Links.Finding, want, f.Actor)
		}
		t.Log(eventstest.Row(filepath.Base(file), f))
	}
}

// first returns the first value that is there.
func first[T comparable](values ...T) T {
	var zero T
	for _, value := range values {
		if value != zero {
			return value
		}
	}
	return zero
}
