package tocsin_test

import (
	"encoding/json"
	"testing"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
	"github.com/tocsin-sec/tocsin/events/eventstest"
)

// matches reports whether EventBridge would let an event through.
func matches(t *testing.T, pattern any, event object) bool {
	t.Helper()
	text, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	matched, err := eventstest.Matches(pattern.(object), text)
	if err != nil {
		t.Fatal(err)
	}
	return matched
}

func TestPattern(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*tocsin.Props)
		// severities as they stand in the event, "" for none, and whether the rule takes them
		severities map[string]bool
	}{
		"medium": {func(*tocsin.Props) {}, map[string]bool{
			"": true, "1": false, "2": false, "3.9": false, "3.95": false, "3.999999": false, "4": true, "4.0": true,
			"4.1": true, "5": true, "6.9": true, "7": true, "8": true, "8.0": true, "8e0": true, "9.5": true, "10": true,
			// What is off the scale, or a text, is not known to a rule, which takes it for that. GuardDuty
			// sends numbers only; CloudFormation refuses a null.
			"0": true, "0.9": true, `"8"`: true, `"2"`: true, "null": false,
		}},
		"everything": {func(p *tocsin.Props) { p.MinSeverity = "0" }, map[string]bool{"": true, "0": true, "0.1": true, "10": true}},
		"high":       {func(p *tocsin.Props) { p.MinSeverity = "high" }, map[string]bool{"": true, "6.9": false, "7": true, "7.0": true}},
		"decimals":   {func(p *tocsin.Props) { p.MinSeverity = "6.5" }, map[string]bool{"6.4": false, "6.5": true, "6.50": true, "7": true}},
		"lowest of all": {
			func(p *tocsin.Props) {
				p.Sinks, p.MinSeverity, p.Env = "slack,sns", "high", map[string]string{"SLACK_MIN_SEVERITY": "low"}
			},
			map[string]bool{"1": true, "3.9": true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			pattern := only(t, document(t, synth(t, props(test.change))), "AWS::Events::Rule")["EventPattern"]
			for severity, want := range test.severities {
				if got := matches(t, pattern, event(t, severity, nil)); got != want {
					t.Errorf("severity %s: got %t, want %t", severity, got, want)
				}
			}
		})
	}
}

// Other events of GuardDuty, and findings of others, are not for this rule.
func TestPatternOfOthers(t *testing.T) {
	pattern := only(t, document(t, synth(t, props())), "AWS::Events::Rule")["EventPattern"]
	for name, envelope := range map[string]object{
		"another source":    {"source": "aws.securityhub"},
		"a forged source":   {"source": "custom.guardduty"},
		"another type":      {"detail-type": "AWS API Call via CloudTrail"},
		"in another case":   {"detail-type": "guardduty finding"},
		"no source at all":  {"source": nil},
		"a list of sources": {"source": list{"aws.securityhub"}},
	} {
		if matches(t, pattern, event(t, "8", envelope)) {
			t.Errorf("%s: matched", name)
		}
	}
}

// event returns the sample event with another severity, as the text of a JSON value.
func event(t *testing.T, severity string, envelope object) object {
	t.Helper()
	var whole object
	if err := json.Unmarshal(readFile(t, "finding.json"), &whole); err != nil {
		t.Fatal(err)
	}
	detail := whole["detail"].(object)
	delete(detail, "severity")
	if severity != "" {
		var value any
		if err := json.Unmarshal([]byte(severity), &value); err != nil {
			t.Fatal(err)
		}
		detail["severity"] = value
	}
	for name, value := range envelope {
		whole[name] = value
	}
	return whole
}
