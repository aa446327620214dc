package securityhubcspm_test

import (
	"encoding/json"
	"testing"

	"github.com/tocsin-sec/tocsin/events/eventstest"
	"github.com/tocsin-sec/tocsin/events/securityhubcspm"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

func threshold(t *testing.T, text string) finding.Threshold {
	t.Helper()
	threshold, err := finding.ParseThreshold(text)
	if err != nil {
		t.Fatal(err)
	}
	return threshold
}

// What is urgent, unreadable, over or asked for passes the rule; the rest does not, and endings do
// not pass the cheaper one.
func TestRule(t *testing.T) {
	const imported = "Security Hub Findings - Imported"
	for payload, want := range map[string][2]bool{
		event(imported, "", with(t, `{"Severity":{"Label":"CRITICAL"}}`)):                                                                  {true, true},
		event(imported, "", with(t, `{"Severity":{"Label":"HIGH","Normalized":0}}`)):                                                       {true, true},
		event(imported, "", with(t, `{"Severity":{"Label":"MEDIUM","Normalized":90}}`)):                                                    {false, false},
		event(imported, "", with(t, `{"Severity":{"Normalized":69}}`)):                                                                     {false, false},
		event(imported, "", with(t, `{"Severity":{"Normalized":70}}`)):                                                                     {true, true},
		event(imported, "", with(t, `{"Severity":{"Normalized":"70"}}`)):                                                                   {true, true},
		event(imported, "", with(t, `{"Severity":{"Product":1}}`)):                                                                         {true, true},
		event(imported, "", with(t, `{"Severity":{"Label":"EXTRAORDINARY"}}`)):                                                             {true, true},
		event(imported, "", with(t, `{"Severity":null}`)):                                                                                  {true, true},
		event(imported, "", with(t, `{"Severity":{"Label":"LOW"},"Workflow":{"Status":"RESOLVED"}}`)):                                      {true, false},
		event(imported, "", with(t, `{"Severity":{"Label":"LOW"},"Workflow":{"Status":"SUPPRESSED"}}`)):                                    {true, false},
		event(imported, "", with(t, `{"Severity":{"Label":"LOW"},"Workflow":{"Status":"NOTIFIED"}}`)):                                      {false, false},
		event(imported, "", with(t, `{"Severity":{"Label":"LOW"},"RecordState":"ARCHIVED"}`)):                                              {true, false},
		event(imported, "", with(t, `{"Severity":{"Label":"LOW"},"Compliance":{"Status":"PASSED"}}`)):                                      {true, false},
		event("Security Hub Findings - Custom Action", `"actionName":"x",`, with(t, `{"Severity":{"Label":"LOW"}}`)):                       {true, true},
		`{"source":"aws.securityhub","detail-type":"Security Hub Insight Results","detail":{"actionName":"x","insightResults":[{"a":1}]}}`: {true, true},
	} {
		s := securityhubcspm.Source()
		for i, pattern := range []map[string]any{s.Pattern(threshold(t, "high")), s.PatternWithoutEndings(threshold(t, "high"))} {
			got, err := eventstest.Matches(pattern, []byte(payload))
			if err != nil || got != want[i] {
				t.Errorf("%s: pattern %d says %v, %v, want %v", payload, i, got, err, want[i])
			}
		}
	}
}

// Every ending in the corpus, and all that a person has asked for, passes the rule at the highest
// threshold.
func TestRulePassesEndings(t *testing.T) {
	pattern, endings := securityhubcspm.Source().Pattern(threshold(t, "10")), 0
	for name, payload := range eventstest.Corpus(t, "securityhub") {
		var e struct {
			DetailType string `json:"detail-type"`
		}
		if err := json.Unmarshal(payload, &e); err != nil {
			t.Fatal(err)
		}
		for _, f := range read(t, string(payload)) {
			if !f.State.Over() && !f.IsAsked {
				continue
			}
			endings++
			if got, err := eventstest.Matches(pattern, payload); err != nil || !got && e.DetailType != "" {
				t.Errorf("%s: %v is held back (%v)", name, f.State, err)
			}
		}
	}
	if endings < 10 {
		t.Errorf("%d endings", endings)
	}
}
