package cloudwatch_test

import (
	"encoding/json"
	"fmt"
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
	Account, Region, Time string
	Resources             []string
	Detail                struct {
		AlarmName, Operation string
		State, PreviousState struct {
			Value, Reason, Timestamp, EvaluationState, ActionsSuppressedBy, ReasonData string
		}
		Configuration struct {
			Description, AlarmRule, Timestamp string
			Threshold                         *float64
			Metrics                           []struct {
				Expression, Label string
				MetricStat        struct {
					Metric struct {
						Namespace, Name, MetricName string
						Dimensions                  map[string]string
					}
				}
			}
		}
	}
}

// TestCorpus holds what is read of real events against what they state.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("../../../shared/corpus/cloudwatch/*.json")
	if err != nil || len(files) == 0 {
		t.Skip("skipped: the corpus of real events is not beside this checkout")
	}
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
		checkStated(t, file, f, s)
		metrics, dimensions := f.Facts.Get("metric"), f.Facts.Get("dimensions")
		for _, m := range d.Configuration.Metrics {
			metric := m.MetricStat.Metric
			for _, part := range []string{metric.Namespace, metric.Name, metric.MetricName, m.Expression, m.Label} {
				// The label of a metric that has a name says nothing further.
				if !strings.Contains(metrics, part) && (part != m.Label || metric.Namespace == "") {
					t.Errorf("%s: the metric %q is not read: %s", file, part, metrics)
				}
			}
			for name, value := range metric.Dimensions {
				if !strings.Contains(dimensions, name+"="+value) {
					t.Errorf("%s: the dimension %s=%s is not read: %s", file, name, value, dimensions)
				}
			}
		}
		t.Log(eventstest.Row(filepath.Base(file), f))
	}
}

func checkStated(t *testing.T, file string, f finding.Finding, s stated) {
	t.Helper()
	d := s.Detail
	id, severity, when := d.AlarmName, map[string]string{"ALARM": "5.0", "OK": "1.0", "INSUFFICIENT_DATA": "2.0"}[d.State.Value], d.State.Timestamp
	if len(s.Resources) > 0 {
		id = s.Resources[0]
	}
	kind, over, page := d.State.Value, d.State.Value == "OK", s.console(":alarm/"+url.PathEscape(d.AlarmName))
	if d.Operation != "" {
		kind = "Configuration " + d.Operation
	}
	switch d.Operation {
	case "":
	case "delete":
		severity, when, over, page = "1.0", s.Time, true, s.console("")
	default:
		id, severity, when = id+"/configuration", "1.0", d.Configuration.Timestamp
	}
	var reasonData struct {
		Threshold        *float64
		RecentDatapoints []float64
		TriggeringAlarms []struct{ Arn string }
	}
	if d.State.ReasonData != "" {
		if err := json.Unmarshal([]byte(d.State.ReasonData), &reasonData); err != nil {
			t.Fatal(err)
		}
	}
	limit := d.Configuration.Threshold
	if limit == nil {
		limit = reasonData.Threshold
	}
	threshold := ""
	if limit != nil {
		threshold = fmt.Sprint(*limit)
	}
	reason := d.State.Reason
	if reason == "" {
		reason = d.Configuration.Description
	}
	for what, pair := range map[string][2]string{
		"id":          {f.ID, id},
		"type":        {f.Type, kind},
		"over":        {strconv.FormatBool(f.State.Over()), strconv.FormatBool(over)},
		"link":        {f.About.Links.Finding, page},
		"actor":       {eventstest.Actor(f), "-"},
		"name":        {f.Resource.ID, d.AlarmName},
		"severity":    {f.Severity.String(), severity},
		"account":     {f.Account.ID, s.Account},
		"region":      {f.Region, s.Region},
		"state":       {f.Facts.Get("alarm_state"), d.State.Value},
		"before":      {f.Facts.Get("previous_state"), d.PreviousState.Value},
		"evaluation":  {f.Facts.Get("evaluation_state"), d.State.EvaluationState},
		"suppressed":  {f.Facts.Get("suppressed_by"), d.State.ActionsSuppressedBy},
		"description": {f.Facts.Get("alarm_description"), d.Configuration.Description},
		"reason":      {f.Description, reason},
		"rule":        {f.Facts.Get("alarm_rule"), d.Configuration.AlarmRule},
		"threshold":   {strings.TrimLeft(f.Facts.Get("threshold"), "<>= "), threshold},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %s: got %q, the event states %q", file, what, pair[0], pair[1])
		}
	}
	for i, child := range reasonData.TriggeringAlarms {
		if f.Related[i].ARN != child.Arn {
			t.Errorf("%s: got %+v, the event states %s", file, f.Related, child.Arn)
		}
	}
	if when != "" && !f.Updated.Equal(timestamp(t, when)) {
		t.Errorf("%s: got %v, the event states %s", file, f.Updated, when)
	}
}

// console returns a page of the alarms in the console of the event's own region, where it states one.
func (s stated) console(page string) string {
	if s.Region == "" {
		return ""
	}
	return "https://" + s.Region + ".console.aws.amazon.com/cloudwatch/home?region=" + s.Region + "#alarmsV2" + page
}

func timestamp(t *testing.T, text string) time.Time {
	t.Helper()
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.000-0700"} {
		if parsed, err := time.Parse(layout, text); err == nil {
			return parsed
		}
	}
	t.Fatalf("no time: %s", text)
	return time.Time{}
}
