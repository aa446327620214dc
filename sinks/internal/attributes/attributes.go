// Package attributes is what a notification says beside its text to the queues and topics that
// filter and route by it.
package attributes

import (
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

const (
	// MaxValue bounds the value of an attribute, in bytes.
	MaxValue = 256
	// MaxBytes is more than all attributes of a message have, with their names and types.
	MaxBytes = 6 * (MaxValue + 32)
)

// Attribute is a value to filter by. Type is that of SNS and SQS.
type Attribute struct{ Name, Type, Value string }

// Of returns the attributes that are known of a notification, those of the worst of several findings.
// Values are printable ASCII.
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering.html
func Of(n notify.Notification) []Attribute {
	f := worst(n.Findings)
	var all []Attribute
	add := func(name, kind, value string) {
		if value != "" {
			all = append(all, Attribute{name, kind, value})
		}
	}
	if f.Severity.Known() {
		add("severity", "Number", f.Severity.String())
	}
	const text = "String"
	add("level", text, f.Severity.Level().String())
	add("type", text, printable(f.Type))
	add("account", text, Account(n))
	add("region", text, printable(f.Region))
	add("source", text, printable(f.Source))
	return all
}

// Account returns the account of the worst finding, or "".
func Account(n notify.Notification) string { return printable(worst(n.Findings).Account.ID) }

// GroupID returns a name for the messages of one finding, of 128 printable characters without a space
// at the most, so that they stay in order.
func GroupID(n notify.Notification) string {
	if len(n.Findings) == 1 {
		if key := n.Findings[0].Key(); IsGroup(key) {
			return key
		}
	}
	return n.FindingID()
}

// IsGroup reports whether SNS and SQS take a text as the name of a group of messages.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
func IsGroup(text string) bool {
	const limit = 128
	return text != "" && len(text) <= limit && printable(text) == text && !strings.Contains(text, " ")
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
	return strings.TrimSpace(text[:min(len(text), MaxValue)])
}
