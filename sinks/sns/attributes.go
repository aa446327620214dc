package sns

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// maxAttribute bounds the value of a message attribute, in bytes.
const maxAttribute = 256

// attributes returns the message attributes that subscriptions can filter by:
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering.html
// For several findings they are those of the worst.
func attributes(n notify.Notification) map[string]types.MessageAttributeValue {
	f := worst(n.Findings)
	all := map[string]types.MessageAttributeValue{}
	add := func(name, kind, value string) {
		if value != "" {
			all[name] = types.MessageAttributeValue{DataType: &kind, StringValue: &value}
		}
	}
	if f.Severity.Known() {
		add("severity", "Number", f.Severity.String())
	}
	const text = "String"
	add("level", text, f.Severity.Level().String())
	add("type", text, printable(f.Type))
	add("account", text, printable(f.Account.ID))
	add("region", text, printable(f.Region))
	add("source", text, printable(f.Source))
	return all
}

func worst(findings []finding.Finding) finding.Finding {
	var found finding.Finding
	for i, f := range findings {
		isWorse := f.Severity.MoreUrgent(found.Severity) < 0
		if i == 0 || isWorse {
			found = f
		}
	}
	return found
}

// printable keeps the printable ASCII of a value: types, regions and sources have nothing else.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, text)
	return strings.TrimSpace(text[:min(len(text), maxAttribute)])
}

// groupID keeps the messages of one finding in order. SNS takes up to 128 printable characters.
func groupID(n notify.Notification) string {
	const limit = 128
	if len(n.Findings) == 1 {
		if key := n.Findings[0].Key(); len(key) <= limit && printable(key) == key && !strings.Contains(key, " ") {
			return key
		}
	}
	return n.FindingID()
}
