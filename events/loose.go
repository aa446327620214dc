package events

import (
	"bytes"
	"encoding/json"
	"slices"
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

// asNotice returns the records that came out of a notification, with a notice in place of an object
// that is no event: many services tell their topics in objects of their own what has happened, and
// in the subject what it is. What other services have delivered in records is none.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
func asNotice(records []Record, notification lenient.Document) []Record {
	subject := notification.Text("Subject")
	if len(records) != 1 || records[0].Err == nil || subject == "" || !isNotification(notification) {
		return records
	}
	message, isJSON := lenient.Read(notification.Get(keyMessage).Content())
	if _, isBatch := message.Get(keyRecords).Listed(); !isJSON || isBatch || !isTelling(message) {
		return records
	}
	name, err := json.Marshal(subject)
	if err != nil {
		return records
	}
	envelope := notice(notification)
	text := bytes.TrimSpace(message.Raw())
	envelope.Detail = slices.Concat([]byte(`{"subject":`), name, []byte(","), text[1:])
	records[0].Envelope, records[0].Err = envelope.Opened(lenient.Decode(envelope.Detail)), nil
	records[0].Body = notification.Raw() // with its subject, for whoever reads it again
	return records
}

// isTelling reports whether an object says of which account, region or resource it is, or that it is the
// event of a service: ElastiCache writes "ElastiCache:FailoverComplete" and the name of the cluster.
func isTelling(d lenient.Document) bool {
	if d.Kind() != '{' {
		return false
	}
	for _, m := range d.Each() {
		if lenient.ParseARN(m.Value.Text()).Resource != "" || strings.HasPrefix(m.Name, "ElastiCache:") {
			return true
		}
	}
	return d.Get("accountId").Account() != "" || d.Text("region") != "" || d.Text("eventMessage") != ""
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
