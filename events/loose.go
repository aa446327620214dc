package events

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/events/lenient"
)

// What stands for the source and the detail-type of a notification that holds a text.
const (
	noticeSource     = "aws.sns"
	noticeDetailType = "SNS Notification"
)

// isNotification reports whether d is a message as a topic hands it on, and none that asks to
// confirm a subscription:
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
func isNotification(d lenient.Document) bool {
	kind := d.Text("Type")
	return !d.Get(keyMessage).IsNull() && (kind == "Notification" || d.Text("TopicArn") != "") && !strings.HasSuffix(kind, "Confirmation")
}

// isNotice reports whether d is a notification whose message is a text for people.
func isNotice(d lenient.Document) bool {
	return isNotification(d) && isText(d.Get(keyMessage).Content())
}

// notice makes an envelope of a notice: its subject and its message are all that is known.
func notice(d lenient.Document) Envelope {
	topic := lenient.ParseARN(d.Text("TopicArn"))
	envelope := Envelope{
		ID: d.Text("MessageId"), Source: noticeSource, DetailType: noticeDetailType,
		Account: topic.AccountID, Region: topic.Region, Time: d.Get("Timestamp").Time(),
		Detail: d.Raw(), Event: d.Raw(),
	}
	return envelope.Opened(d)
}

// isText reports whether a message is written for people: printable, with a letter in it, and
// neither JSON nor what was to be JSON. A JSON string, which a rule's InputTransformer can make, is
// one if what it says is.
func isText(message []byte) bool {
	message = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(message), []byte("\xef\xbb\xbf")))
	if len(message) == 0 || message[0] == '{' || message[0] == '[' || !utf8.Valid(message) {
		return false
	}
	if d, isJSON := lenient.Read(message); isJSON {
		return d.Kind() == '"' && isText(d.Content())
	}
	isOdd := func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }
	return !bytes.ContainsFunc(message, isOdd) && bytes.ContainsFunc(message, unicode.IsLetter)
}

// transformed makes an envelope of an object that looks like what the InputTransformer of a rule
// makes of a finding: it says how severe something is or of which type, and to whom or what it
// happened. Where its type is a word of one of the sources, that is the source.
func (o opener) transformed(d lenient.Document) (Envelope, bool) {
	kind := d.Pick("findingType", "type")
	account := d.At("account", "accountId", "awsAccountId").Account()
	isGraded := !d.Get("severity").Absent() || kind != ""
	isTelling := account != "" || d.Pick("findingId", "findingArn", "id", "arn", "findingDescription", "description", "title") != ""
	if !isGraded || !isTelling {
		return Envelope{}, false
	}
	envelope := Envelope{
		Source: d.Text("source"), DetailType: kind, Account: account, Region: d.Text("region", "awsRegion"),
		Time:   d.At("time", "eventTime", "updatedAt", "lastSeen", "eventLastSeen").Time(),
		Detail: d.Raw(), Event: d.Raw(),
	}
	for _, s := range o.table {
		if envelope.Source == "" && s.TypePage != nil && s.TypePage(kind) != "" {
			envelope.Source = s.Name
		}
	}
	return envelope.Opened(d), true
}
