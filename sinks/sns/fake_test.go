package sns_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/sinks/sns/snstest"
)

// accept answers as SNS does, and refuses what SNS refuses.
func accept(w http.ResponseWriter, r *http.Request) {
	all := snstest.Entries(r)
	if r.PostForm.Get("Action") == "PublishBatch" {
		acceptBatch(w, r, all)
		return
	}
	if reason := refusal(r.PostForm, r.PostForm.Get("TopicArn")); r.PostForm.Get("Action") != "Publish" || reason != "" {
		refuse(w, "InvalidParameter", reason)
		return
	}
	_, _ = io.WriteString(w, snstest.Published("m-1"))
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
		accepted += snstest.Accepted(id, "of "+form.Get("Subject"))
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
		_, _ = io.WriteString(w, snstest.Batch(failed, accepted))
	}
}

func failedEntry(id, code string, isSender bool) string {
	return fmt.Sprintf("<member><Id>%s</Id><Code>%s</Code><SenderFault>%t</SenderFault><Message>%s</Message></member>", id, code, isSender, keySecret)
}

// sizeOf returns the size of a message as SNS counts it.
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
