package sns

import (
	"crypto/sha256"
	"encoding/hex"
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
	key := keys(n)
	if len(n.Findings) == 1 && len(key) <= limit && printable(key) == key && !strings.Contains(key, " ") {
		return key
	}
	return hash(key)
}

// deduplicationID is the same when the same publication of a finding is sent again: SNS then
// accepts the message and does not deliver it within five minutes.
func deduplicationID(n notify.Notification, instance string) string {
	var versions strings.Builder
	for _, f := range n.Findings {
		versions.WriteString(f.Version().String() + "\n")
		if f.Part != "" || f.Native.Source != "" { // of one version there can be several messages
			versions.WriteString(f.Road + "\n" + f.Part + "\n")
		}
	}
	return hash(n.Kind.String() + "\n" + keys(n) + "\n" + versions.String() + instance)
}

func keys(n notify.Notification) string {
	all := make([]string, len(n.Findings))
	for i, f := range n.Findings {
		all[i] = f.Key()
	}
	return strings.Join(all, "\n")
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
