// Package health is the source of AWS Health's events: their parser, samples, links and words.
package health

import (
	_ "embed"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// What EventBridge calls AWS Health and its events:
// https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html
const (
	sourceName  = "aws.health"
	detailType  = "AWS Health Event"
	detailAbuse = "AWS Health Abuse Event"
)

// The words for event type codes: words/en.txt says how a code finds its own.
var (
	//go:embed words/en.txt
	en string
	//go:embed words/ja.txt
	ja string
)

// Source returns the source of AWS Health's events.
func Source() source.Source {
	return source.Source{
		ID: "health", Name: sourceName, Product: "AWS Health", DetailTypes: []string{detailType, detailAbuse},
		Parse: parse, About: about, Recognises: recognises, Rule: rule, RuleWithoutEndings: ruleWithoutEndings,
		Volume:  "each notice about an event, also the public ones of the region: a few a day",
		Native:  source.Native{Product: "aws/health", ID: nativeID},
		Samples: samples(), Words: map[string]string{"en": en, "ja": ja},
	}
}

// recognises reports whether an object is an event of AWS Health, as its API returns them.
func recognises(d lenient.Document) bool {
	return d.Text("eventTypeCode") != "" && strings.Contains(d.Text("eventArn", "arn"), ":health:")
}

// nativeID returns the ARN of an event that is passed on by it. Security Hub puts its own product in
// front of the ARN, or the account into it and a hash of the event's start behind it:
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-internal-providers.html
func nativeID(alias string) string {
	at := strings.LastIndex(alias, "arn:")
	if at < 0 {
		return ""
	}
	parts := strings.SplitN(alias[at:], ":", 6)
	if len(parts) < 6 || parts[2] != "health" || !strings.HasPrefix(parts[5], "event/") {
		return ""
	}
	parts[4] = ""
	if i := strings.LastIndex(parts[5], "/"); len(parts[5])-i-1 == 64 && strings.Trim(parts[5][i+1:], "0123456789abcdefABCDEF") == "" {
		parts[5] = parts[5][:i]
	}
	return strings.Join(parts, ":")
}

// rule matches what the severities of grade make of a threshold, and what is closed.
func rule(threshold finding.Threshold) map[string]any {
	closed := map[string]any{"statusCode": []any{"closed"}}
	return map[string]any{"$or": append(graded(threshold), closed)}
}

// ruleWithoutEndings matches what rule does, but for what is closed.
func ruleWithoutEndings(threshold finding.Threshold) map[string]any {
	return map[string]any{"$or": graded(threshold)}
}

// graded returns the alternatives that match what is at or above a threshold. Exposed credentials
// are always among them.
func graded(threshold finding.Threshold) []any {
	prefix := func(text string) []any { return []any{map[string]any{"prefix": text}} }
	isMissing := []any{map[string]any{"exists": false}}
	either := []any{
		map[string]any{"service": []any{serviceRisk}},
		map[string]any{"eventTypeCode": prefix(codeRisk)},
	}
	add := func(severity finding.Severity, alternatives ...any) {
		if severity.AtLeast(threshold) {
			either = append(either, alternatives...)
		}
	}
	// An abuse event is known by its detail-type, too, which a rule of the detail cannot ask for.
	add(abuse,
		map[string]any{"service": []any{serviceAbuse}},
		map[string]any{"eventTypeCode": prefix(codeAbuse)},
		map[string]any{"eventTypeCode": isMissing})
	but := []any{categoryChange, categoryNotice}
	add(issue,
		map[string]any{"eventTypeCategory": []any{map[string]any{"anything-but": but}}},
		map[string]any{"eventTypeCategory": isMissing})
	add(change, map[string]any{"eventTypeCategory": []any{categoryChange}})
	add(notice, map[string]any{"eventTypeCategory": []any{categoryNotice}})
	return either
}
