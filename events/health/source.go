// Package health is the source of AWS Health's events: their parser, samples, links and words.
package health

import (
	_ "embed"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
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
		Parse: parse, About: about, Recognises: recognises,
		Native: source.Native{Product: "aws/health", ID: nativeID},
		Rules:  rules(), Samples: samples(), Words: map[string]string{"en": en, "ja": ja},
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
