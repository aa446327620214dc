// Package snstest is the remote end's half of a publication: what a request to SNS publishes, and
// how SNS answers it. The servers that play SNS in the tests are made of it, and add what each of
// them is about.
package snstest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Entries returns what a request publishes: the form of a Publish itself, or each entry of a
// PublishBatch as the form of a Publish, with its Id; nothing where there is no form. It reads the
// request's body.
func Entries(r *http.Request) []url.Values {
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

// Published is the answer to a Publish that SNS has taken.
func Published(messageID string) string {
	return `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>` + messageID +
		`</MessageId></PublishResult></PublishResponse>`
}

// Batch is the answer to a PublishBatch, of whose entries some have failed and some are accepted;
// both are the elements of their lists, such as those of Accepted.
func Batch(failed, accepted string) string {
	return `<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult><Failed>` + failed +
		`</Failed><Successful>` + accepted + `</Successful></PublishBatchResult></PublishBatchResponse>`
}

// Accepted is the element of a Batch for the entry with the given Id.
func Accepted(id, messageID string) string {
	return "<member><Id>" + id + "</Id><MessageId>" + messageID + "</MessageId></member>"
}
