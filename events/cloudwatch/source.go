// Package cloudwatch is the source of CloudWatch's alarms: their parser, samples, links and words.
package cloudwatch

import (
	_ "embed"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
)

// What EventBridge calls CloudWatch and the events of its alarms:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
const (
	sourceName        = "aws.cloudwatch"
	detailState       = "CloudWatch Alarm State Change"
	detailContributor = "CloudWatch Alarm Contributor State Change"
	detailConfig      = "CloudWatch Alarm Configuration Change"
)

// The words for states and changes: words/en.txt says how one finds its own.
var (
	//go:embed words/en.txt
	en string
	//go:embed words/ja.txt
	ja string
)

// Source returns the source of CloudWatch's alarms.
func Source() source.Source {
	return source.Source{
		ID: "cloudwatch", Name: sourceName, Product: "CloudWatch",
		DetailTypes: []string{detailState, detailContributor, detailConfig},
		Parse:       parse, About: about, Recognises: recognises,
		Rules: rules(), Samples: samples(), Words: map[string]string{"en": en, "ja": ja},
	}
}

// recognises reports whether an object is an alarm in one of the forms that CloudWatch writes
// without an envelope: for a topic, for a Lambda function, in the answer of its API.
func recognises(d lenient.Document) bool {
	a := open(d)
	return a.name != "" && !a.detail.At("NewStateValue", "state.value", "StateValue").Absent()
}
