// Package cloudtrail is the source of what CloudTrail publishes on EventBridge: sign-ins to the
// console, calls and events of services, under the EventBridge source of the service in question.
package cloudtrail

import (
	_ "embed"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// The detail-types of CloudTrail's events:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
const (
	call          = "AWS API Call via CloudTrail"
	signIn        = "AWS Console Sign In via CloudTrail"
	signInToo     = "AWS Console Signin via CloudTrail" // a rule has to have both spellings
	consoleAction = "AWS Console Action via CloudTrail"
	serviceEvent  = "AWS Service Event via CloudTrail"
	insight       = "AWS Insight via CloudTrail"
)

// prefix is what the keys of the words begin with.
const prefix = "cloudtrail."

// The words of the headlines and the facts.
var (
	//go:embed words/en.txt
	en string
	//go:embed words/ja.txt
	ja string
)

// Source returns the source of CloudTrail's events.
func Source() source.Source {
	return source.Source{
		ID: "cloudtrail", Name: "aws.cloudtrail", AnyService: true, Product: "CloudTrail",
		DetailTypes: []string{call, signIn, signInToo, consoleAction, serviceEvent, insight},
		Parse:       parse, About: about, Recognises: recognises,
		Rules: rules(), Samples: samples(), Words: map[string]string{"en": en, "ja": ja},
	}
}

// recognises reports whether an object is a record of CloudTrail. The events of S3 look alike, but
// are no AWS service's by its host name. An insight names its service and the callers further below.
func recognises(d lenient.Document) bool {
	if d.Text("eventType") == insightRecord {
		return d.Get("insightDetails").Kind() == '{'
	}
	return strings.Contains(d.Text("eventSource"), ".amazonaws.com") && d.Text("eventName") != "" &&
		d.Get("userIdentity").Kind() == '{'
}

// about returns what is said of an event beside it. The words are those of the type up to the call.
func about(f *finding.Finding) finding.About {
	sort, what, _ := strings.Cut(f.Type, "/")
	var links finding.Links
	if id, isEvent := strings.CutPrefix(f.ID, eventPrefix); isEvent && isID(id) {
		links.Finding = f.ConsoleURL("/cloudtrailv2/home?region=" + f.Region + "#/events/" + id)
	}
	var headlines []finding.Headline
	isOrdinary := sort == plainCall || sort == readCall || sort == failedCall
	if !isOrdinary || !strings.Contains(what, ":") { // who called what is told by the title better than by a word
		headlines = []finding.Headline{{Key: prefix + sort}}
	}
	return finding.About{Headlines: headlines, Links: links}
}

// isID reports whether a text has the form of the id of an event, which is a UUID.
func isID(text string) bool {
	return len(text) == 36 && strings.Trim(text, "0123456789abcdef-") == ""
}
