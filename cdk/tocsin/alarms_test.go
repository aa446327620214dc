package tocsin_test

import (
	"encoding/json"
	"flag"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/test/alarmtest"
)

// alarmsOf returns the alarms of a template by their ids, without what the CDK adds to these.
func alarmsOf(template object) map[string]object {
	found := map[string]object{}
	for id, alarm := range ofType(template, "AWS::CloudWatch::Alarm") {
		found[strings.TrimPrefix(id[:len(id)-8], "Tocsin")] = alarm["Properties"].(object)
	}
	return found
}

// withDrill asks for a drill each day.
func withDrill(p *tocsin.Props) { p.Ops.Drill = "rate(1 day)" }

// inSecret has its configuration in a secret.
func inSecret(p *tocsin.Props) { p.Config = secretArn }

// operations is the page that says what to do.
func operations(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// anchors returns what GitHub makes of the headings of a page, and how often.
func anchors(page string) map[string]int {
	found := map[string]int{}
	for _, heading := range regexp.MustCompile(`(?m)^#+ +(.+?) *$`).FindAllStringSubmatch(page, -1) {
		text := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		found[strings.ReplaceAll(text, " ", "-")]++
	}
	return found
}

// Each alarm's description ends in the address of its own section of the runbook, and each of these
// sections says what it means and what to do.
func TestAlarmsLinkTheirSections(t *testing.T) {
	page := operations(t)
	there, linked := anchors(page), map[string]bool{}
	const address = "https://github.com/tocsin-sec/tocsin/blob/main/docs/operations.md#"
	eachOption(t, func(t *testing.T, p *tocsin.Props) {
		for id, alarm := range alarmsOf(document(t, synth(t, p))) {
			description := alarm["AlarmDescription"].(string)
			_, anchor, isLinked := strings.Cut(description, address)
			if !isLinked || there[anchor] != 1 {
				t.Errorf("%s: %d sections for %q", id, there[anchor], description)
			}
			linked[anchor] = true
			if len(description) > 1024 { // docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
				t.Errorf("%s: the description has %d characters", id, len(description))
			}
		}
	})
	if len(linked) < 12 {
		t.Errorf("only %d sections are linked: %v", len(linked), sorted(linked))
	}
	for anchor := range linked {
		section := page[strings.Index(strings.ToLower(page), "### "+strings.ReplaceAll(anchor, "-", " ")+"\n"):]
		if next := strings.Index(section[1:], "\n#"); next >= 0 {
			section = section[:next+1]
		}
		if !strings.Contains(section, "**Means**") || len(section) < 200 {
			t.Errorf("the section %s says too little:\n%s", anchor, section)
		}
	}
}

// An alarm looks back as far as CloudWatch lets it, and says so of periods that it knows.
func TestAlarmsCanBe(t *testing.T) {
	eachOption(t, func(t *testing.T, p *tocsin.Props) {
		for id, alarm := range alarmsOf(document(t, synth(t, p))) {
			period, _ := alarm["Period"].(float64)
			for _, query := range queriesOf(alarm) {
				if stat, isMetric := query["MetricStat"].(object); isMetric {
					period = stat["Period"].(float64)
				}
			}
			// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
			most := 86_400.0
			if period >= 3600 {
				most = 604_800
			}
			if span := period * alarm["EvaluationPeriods"].(float64); math.Mod(period, 60) != 0 || span > most {
				t.Errorf("%s: %v seconds in all, of %v", id, span, most)
			}
			if least, given := alarm["DatapointsToAlarm"].(float64); given && least > alarm["EvaluationPeriods"].(float64) {
				t.Errorf("%s: %v periods of %v", id, least, alarm["EvaluationPeriods"])
			}
		}
	})
}

// queriesOf returns the expression of an alarm and the metrics that it is over.
func queriesOf(alarm object) []object {
	var queries []object
	all, _ := alarm["Metrics"].(list)
	for _, query := range all {
		queries = append(queries, query.(object))
	}
	return queries
}

var update = flag.Bool("update", false, "keep the alarms of today")

// kept is where tests of the whole find the alarms.
const kept = "../../test/alarmtest/alarms.json"

// The alarms on the function's own metrics are kept for the tests of the whole, which hold them against what
// it writes.
func TestAlarmsAreKept(t *testing.T) {
	alarms := alarmsOf(document(t, synth(t, props(withDrill, inSecret))))
	maps.Copy(alarms, alarmsOf(document(t, synth(t, props(withButtons)))))
	for id, alarm := range alarms {
		if !strings.Contains(text(alarm), `"Namespace":"Tocsin"`) {
			delete(alarms, id)
			continue
		}
		for _, ours := range []string{"AlarmActions", "OKActions", "AlarmDescription"} {
			delete(alarm, ours)
		}
	}
	want, err := json.MarshalIndent(alarms, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(kept, append(want, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(kept); err != nil || string(got) != string(want)+"\n" {
		t.Errorf("the alarms are others than those of %s (%v): look at them, and run with -update", kept, err)
	}
}

// counted is what the function counts in one period.
type counted map[string]float64

// isOn reports whether an alarm is on after periods of which each is as long as the alarm's, the newest last.
func isOn(t *testing.T, id string, length time.Duration, periods []counted) bool {
	t.Helper()
	alarms, err := alarmtest.Alarms()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 29, 3, 0, 0, 0, time.UTC)
	var log strings.Builder
	for i, period := range periods {
		if period == nil {
			continue
		}
		at := now.Add(-length * time.Duration(len(periods)-i)).Add(length / 2)
		var declared list
		line := object{"message": "metrics"}
		for _, name := range sorted(period) {
			line[name] = period[name]
			declared = append(declared, object{"Name": name, "Unit": "Count"})
		}
		line["_aws"] = object{"Timestamp": at.UnixMilli(), "CloudWatchMetrics": list{
			object{"Namespace": "Tocsin", "Dimensions": list{list{}}, "Metrics": declared},
		}}
		log.WriteString(text(line) + "\n")
	}
	on, err := alarms[id].IsOn([]byte(log.String()), now)
	if err != nil {
		t.Fatal(err)
	}
	return on
}

// invocation is what one invocation counts: all outcomes, those that did not happen too.
func invocation(outcomes map[delivery.Outcome]float64) counted {
	all := counted{"Digests": 0}
	for _, outcome := range delivery.Outcomes() {
		all[outcome.Metric()] = outcomes[outcome]
	}
	return all
}

// Somebody should have got something, and nobody got anything: that is trouble, and nothing else is.
func TestNothingDelivered(t *testing.T) {
	alarm := alarmsOf(document(t, synth(t, props())))["NothingDelivered"]
	if alarm["EvaluationPeriods"] != 3.0 || alarm["DatapointsToAlarm"] != 2.0 || alarm["Threshold"] != 1.0 {
		t.Errorf("%v", alarm)
	}
	type outcomes = map[delivery.Outcome]float64
	retried, dead := invocation(outcomes{delivery.Retry: 3}), invocation(outcomes{delivery.Dead: 1, delivery.Duplicate: 1})
	for name, test := range map[string]struct {
		periods []counted // the newest last; nil for one in which nothing happened
		isOn    bool
	}{
		"a quiet night":                       {[]counted{nil, nil, nil}, false},
		"nothing at first":                    {[]counted{nil, nil, retried}, false},
		"nothing for half an hour":            {[]counted{nil, retried, retried}, true},
		"nothing, with a pause":               {[]counted{dead, nil, retried}, true},
		"dead at once, and quiet":             {[]counted{dead, nil, nil}, false},
		"one sink of two":                     {[]counted{retried, invocation(outcomes{delivery.Retry: 1, delivery.Delivered: 1}), retried}, true},
		"one sink of two, all the time":       {slices.Repeat([]counted{invocation(outcomes{delivery.Retry: 9, delivery.Delivered: 1})}, 3), false},
		"in the minimal form":                 {slices.Repeat([]counted{invocation(outcomes{delivery.Retry: 9, delivery.Degraded: 1})}, 3), false},
		"as a digest":                         {slices.Repeat([]counted{{"Digests": 1, "Delivered": 0, "Degraded": 0, "Retry": 2, "Dead": 0}}, 3), false},
		"below, muted, repeated, no news":     {slices.Repeat([]counted{invocation(outcomes{delivery.Below: 90, delivery.Muted: 9, delivery.Repeat: 9, delivery.Duplicate: 9, delivery.Resolved: 1, delivery.Unmatched: 1})}, 3), false},
		"put into a digest that waits":        {slices.Repeat([]counted{invocation(outcomes{delivery.Digested: 5})}, 3), false},
		"it came through in the end":          {[]counted{retried, retried, invocation(outcomes{delivery.Delivered: 3})}, true},
		"it came through, and is quiet since": {[]counted{retried, invocation(outcomes{delivery.Delivered: 3}), nil}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := isOn(t, "NothingDelivered", 15*time.Minute, test.periods); got != test.isOn {
				t.Errorf("it is on: %t, want %t", got, test.isOn)
			}
		})
	}
}

// A day's drill is missed a day and two hours after the last one that came whole, whether a 0 was
// written or nothing at all.
func TestDrillMissed(t *testing.T) {
	alarm := alarmsOf(document(t, synth(t, props(withDrill))))["DrillMissed"]
	if alarm["EvaluationPeriods"] != 26.0 || alarm["DatapointsToAlarm"] != nil || alarm["TreatMissingData"] != "breaching" {
		t.Errorf("%v", alarm)
	}
	hours := func(n int, at map[int]float64) []counted {
		all := make([]counted, n)
		for hour, value := range at {
			all[hour] = counted{"Drill": value}
		}
		return all
	}
	for name, test := range map[string]struct {
		hours []counted
		isOn  bool
	}{
		"before the first":       {hours(26, nil), true},
		"a drill an hour ago":    {hours(26, map[int]float64{24: 1}), false},
		"late by an hour":        {hours(26, map[int]float64{0: 1}), false},
		"the next one swallowed": {hours(26, map[int]float64{0: 1, 24: 0}), false},
		"and an hour later":      {hours(26, map[int]float64{23: 0}), true},
		"nothing looked for it":  {hours(27, map[int]float64{0: 1}), true},
		"it came again":          {hours(26, map[int]float64{1: 0, 25: 1}), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := isOn(t, "DrillMissed", time.Hour, test.hours); got != test.isOn {
				t.Errorf("it is on: %t, want %t", got, test.isOn)
			}
		})
	}
}

// The alarms on the function's own numbers are on those that it writes for all sinks together.
func TestDeliveryAlarms(t *testing.T) {
	alarms := alarmsOf(document(t, synth(t, props(inSecret))))
	for id, want := range map[string]object{
		"SinkDead":              {"MetricName": "Dead", "Statistic": "Sum", "Threshold": 1.0, "Period": 300.0},
		"LateDelivery":          {"MetricName": "Latency", "ExtendedStatistic": "p95", "Threshold": 300_000.0, "Period": 900.0, "EvaluationPeriods": 4.0, "DatapointsToAlarm": 2.0},
		"OldestRetry":           {"MetricName": "OldestRetry", "Statistic": "Maximum", "Threshold": 3600.0, "Period": 900.0},
		"ConfigurationRejected": {"MetricName": "ConfigurationRejected", "Statistic": "Sum", "Threshold": 1.0, "Period": 900.0},
	} {
		for name, value := range want {
			if alarms[id][name] != value {
				t.Errorf("%s: %s is %v, want %v", id, name, alarms[id][name], value)
			}
		}
		if alarms[id]["Namespace"] != "Tocsin" || alarms[id]["Dimensions"] != nil {
			t.Errorf("%s: %v", id, alarms[id])
		}
	}
	for _, p := range []*tocsin.Props{props(), configured(t, "sinks: {sns: }")} {
		if alarmsOf(document(t, synth(t, p)))["ConfigurationRejected"] != nil {
			t.Error("an alarm on what cannot happen: the configuration is bundled")
		}
	}
}

// A stray request is no alarm, and one that is refused again and again is: a wrong secret, or somebody who tries.
func TestActionsRefused(t *testing.T) {
	refused := func(n float64) counted { return counted{"ActionsRefused": n} }
	for name, test := range map[string]struct {
		periods []counted
		isOn    bool
	}{
		"nobody asks":            {[]counted{nil, nil, nil}, false},
		"a stray one":            {[]counted{nil, nil, refused(1)}, false},
		"a few now and then":     {slices.Repeat([]counted{refused(19)}, 3), false},
		"many at once":           {[]counted{nil, nil, refused(20)}, true},
		"many, and quiet since":  {[]counted{nil, refused(500), nil}, false},
		"many, and they go on":   {slices.Repeat([]counted{refused(500)}, 3), true},
		"many, and a few of now": {[]counted{refused(500), refused(3)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := isOn(t, "ActionsRefused", 5*time.Minute, test.periods); got != test.isOn {
				t.Errorf("it is on: %t, want %t", got, test.isOn)
			}
		})
	}
	alarms := alarmsOf(document(t, synth(t, props(withButtons))))
	for id, metric := range map[string]string{"ActionsErrors": "Url5xxCount", "ActionsThrottles": "Throttles"} {
		of := text(alarms[id]["Dimensions"])
		if alarms[id]["MetricName"] != metric || alarms[id]["Threshold"] != 1.0 || !strings.Contains(of, `"Ref":"TocsinActionsFunction`) {
			t.Errorf("%s: %v", id, alarms[id])
		}
	}
	if alarms["EscalationsFailed"]["MetricName"] != "EscalationsFailed" || alarms["EscalationsFailed"]["Namespace"] != "Tocsin" {
		t.Errorf("EscalationsFailed: %v", alarms["EscalationsFailed"])
	}
	if len(alarmsOf(document(t, synth(t, props(withChat, func(p *tocsin.Props) {
		delete(p.Env, "CHAT_SIGNING_SECRET")
		delete(p.Env, "ONCALL_SIGNING_SECRET")
	})))))+4 != len(alarms) {
		t.Error("buttons have four alarms")
	}
}
