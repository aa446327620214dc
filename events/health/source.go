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
		Native: source.Native{Product: "aws/health", ID: nativeID, Part: nativePart},
		Rules:  rules(), Samples: samples(), Words: map[string]string{"en": en, "ja": ja},
	}
}

// recognises reports whether an object is an event of AWS Health, as its API returns them.
func recognises(d lenient.Document) bool {
	return d.Text("eventTypeCode") != "" && strings.Contains(d.Text("eventArn", "arn"), ":health:")
}

// nativeID returns the ARN of an event that is passed on by it. Security Hub puts its own product in
// front of the ARN, or the account into it and a hash behind it:
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
	if hash := nativePart(alias); hash != "" {
		parts[5] = strings.TrimSuffix(parts[5], "/"+hash)
	}
	return strings.Join(parts, ":")
}

// nativePart returns the hash behind the ARN, which tells apart the findings that Security Hub has of
// one event, as one for each entity that it affects.
func nativePart(alias string) string {
	hash := alias[strings.LastIndex(alias, "/")+1:]
	if len(hash) != 64 || strings.Trim(hash, "0123456789abcdefABCDEF") != "" {
		return ""
	}
	return hash
}
