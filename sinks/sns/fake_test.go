package sns_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// accept answers as SNS does, and refuses what SNS refuses.
func accept(w http.ResponseWriter, r *http.Request) {
	all := entries(r)
	if r.PostForm.Get("Action") == "PublishBatch" {
		acceptBatch(w, r, all)
		return
	}
	if reason := refusal(r.PostForm, r.PostForm.Get("TopicArn")); r.PostForm.Get("Action") != "Publish" || reason != "" {
		refuse(w, "InvalidParameter", reason)
		return
	}
	_, _ = io.WriteString(w, `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>`)
}

func refuse(w http.ResponseWriter, code, message string) {
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`, code, message)
}

// acceptBatch names each message by its subject.
func acceptBatch(w http.ResponseWriter, r *http.Request, all []url.Values) {
	size, failed, accepted, ids := 0, "", "", map[string]bool{}
	for _, form := range all {
		id := form.Get("Id")
		size += sizeOf(form)
		ids[id] = true
		if reason := refusal(form, r.PostForm.Get("TopicArn")); reason != "" {
			failed += failedEntry(id, "InvalidParameter", true)
			continue
		}
		accepted += acceptedEntry(id, "of "+form.Get("Subject"))
	}
	switch {
	case len(all) == 0:
		refuse(w, "EmptyBatchRequest", "")
	case len(all) > 10:
		refuse(w, "TooManyEntriesInBatchRequest", "")
	case len(ids) != len(all) || ids[""]:
		refuse(w, "BatchEntryIdsNotDistinct", "")
	case size > 262_144:
		refuse(w, "BatchRequestTooLong", "")
	default:
		_, _ = io.WriteString(w, batchAnswer(failed, accepted))
	}
}

func batchAnswer(failed, accepted string) string {
	return `<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult><Failed>` + failed +
		`</Failed><Successful>` + accepted + `</Successful></PublishBatchResult></PublishBatchResponse>`
}

func acceptedEntry(id, messageID string) string {
	return "<member><Id>" + id + "</Id><MessageId>" + messageID + "</MessageId></member>"
}

func failedEntry(id, code string, isSender bool) string {
	return fmt.Sprintf("<member><Id>%s</Id><Code>%s</Code><SenderFault>%t</SenderFault><Message>%s</Message></member>", id, code, isSender, keySecret)
}

// entries gives what a request publishes: the form itself, or each of its entries as the form of a Publish.
func entries(r *http.Request) []url.Values {
	if r.ParseForm() != nil {
		return nil
	}
	if r.PostForm.Get("Action") != "PublishBatch" {
		return []url.Values{r.PostForm}
	}
	var all []url.Values
	for i := 1; ; i++ {
		form := url.Values{}
		prefix := fmt.Sprintf("PublishBatchRequestEntries.member.%d.", i)
		for name, values := range r.PostForm {
			if rest, ok := strings.CutPrefix(name, prefix); ok {
				form[rest] = values
			}
		}
		if len(form) == 0 {
			return all
		}
		all = append(all, form)
	}
}

// sizeOf gives the size of a message as SNS counts it.
func sizeOf(form url.Values) int {
	size := len(form.Get("Message"))
	for name, values := range form {
		if strings.HasPrefix(name, "MessageAttributes.") {
			size += len(values[0])
		}
	}
	return size
}

func refusal(form url.Values, topic string) string {
	for name, values := range form {
		if strings.HasSuffix(name, "StringValue") && values[0] == "" {
			return name
		}
	}
	subject := form.Get("Subject")
	switch {
	case subject == "" || len(subject) >= 100 || strings.ContainsFunc(subject, func(c rune) bool { return c < ' ' || c > '~' }):
		return "Subject"
	case form.Get("Message") == "" || sizeOf(form) > 262_144:
		return "Message"
	case strings.HasSuffix(topic, ".fifo") != (form.Get("MessageGroupId") != ""):
		return "MessageGroupId"
	case len(form.Get("MessageGroupId")) > 128 || len(form.Get("MessageDeduplicationId")) > 128:
		return "MessageDeduplicationId"
	}
	return ""
}
