package googlechat

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// answer is the message that was made, or why there is none.
// https://docs.cloud.google.com/apis/design/errors
type answer struct {
	Name   string `json:"name"`
	Thread struct {
		Name string `json:"name"`
	} `json:"thread"`
	Error struct {
		Status  string   `json:"status"`
		Details []detail `json:"details"`
	} `json:"error"`
}

// detail is an ErrorInfo, which has a reason, or a RetryInfo, which has a delay such as "30s".
type detail struct {
	Reason     string `json:"reason"`
	RetryDelay string `json:"retryDelay"`
}

// read returns the receipt that a response holds, if it is the proof of acceptance: the message's
// name. Only Google's own words are shown, since an answer can repeat the request.
func read(response httpsend.Response) (notify.Receipt, error) {
	var a answer
	isReadable := json.Unmarshal(response.Body, &a) == nil
	if response.Status/100 == 2 {
		if isReadable && response.Status == http.StatusOK && isMessage(a.Name) {
			return notify.Receipt{ID: a.Name, Place: a.Thread.Name}, nil
		}
		// The message may well stand in the space, and the next answer would be the same.
		return notify.Receipt{}, notify.PermanentSink(
			fmt.Errorf("status %d without the message's name (see that the URL is that of a webhook of Google Chat)", response.Status))
	}
	if !isReadable {
		a = answer{}
	}
	return notify.Receipt{}, a.fault(response)
}

// isMessage reports whether text is the name of a message: spaces/AAAA/messages/BBBB.
func isMessage(text string) bool {
	parts := strings.Split(text, "/")
	return len(parts) == 4 && parts[0] == "spaces" && parts[1] != "" && parts[2] == "messages" && parts[3] != ""
}

// fault returns the error that a status means, together with Google's word and reason for it.
func (a answer) fault(response httpsend.Response) error {
	word := a.word()
	isKey := strings.HasPrefix(word, "API_KEY_") || word == "CONSUMER_INVALID"
	err := httpsend.ByStatus(response.Status, errors.New(strings.TrimSpace(fmt.Sprintf("status %d %s", response.Status, word))))
	switch response.Status {
	case http.StatusBadRequest, http.StatusConflict, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
		http.StatusTooManyRequests:
	default:
		return httpsend.Fault(response)
	}
	switch {
	case response.Status == http.StatusTooManyRequests || word == "RESOURCE_EXHAUSTED" || word == "RATE_LIMIT_EXCEEDED":
		return notify.RetryAfter(err, a.delay(response))
	case isKey:
		return notify.PermanentSink(fmt.Errorf("%w (the key in the URL is not valid; copy the webhook's URL again: %s)", err, whereURL))
	case response.Status == http.StatusConflict && word == "ABORTED":
		return err
	case response.Status == http.StatusUnauthorized, response.Status == http.StatusForbidden:
		return notify.PermanentSink(fmt.Errorf("%w (the token in the URL is not valid, the webhook was removed, or an administrator "+
			"has switched off webhooks; copy the webhook's URL again or add a new one: %s)", err, whereURL))
	case response.Status == http.StatusNotFound:
		return notify.PermanentSink(fmt.Errorf("%w (the space or the webhook is gone; add a webhook to a space: %s)", err, whereURL))
	}
	return notify.PermanentMessage(err)
}

// word returns the reason of an error, or its status, where Google has such a word.
func (a answer) word() string {
	for _, d := range a.Error.Details {
		if slices.Contains(reasons(), d.Reason) {
			return d.Reason
		}
	}
	if slices.Contains(statuses(), a.Error.Status) {
		return a.Error.Status
	}
	return ""
}

// reasons lists those of Google's that mean something else than the status says: a wrong key is an
// INVALID_ARGUMENT, as a bad message is.
// https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto
func reasons() []string {
	return []string{
		"API_KEY_INVALID", "API_KEY_SERVICE_BLOCKED", "API_KEY_HTTP_REFERRER_BLOCKED", "API_KEY_IP_ADDRESS_BLOCKED",
		"CONSUMER_INVALID", "RATE_LIMIT_EXCEEDED",
	}
}

// statuses lists the canonical ones: https://docs.cloud.google.com/apis/design/errors#handling_errors
func statuses() []string {
	return []string{
		"INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE", "UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_FOUND",
		"ABORTED", "ALREADY_EXISTS", "RESOURCE_EXHAUSTED",
	}
}

// delay returns how long Google asks to be left alone, by its header or in its answer; 0 where it
// does not say.
func (a answer) delay(response httpsend.Response) time.Duration {
	const longest = 24 * time.Hour
	delay := response.Delay()
	for _, d := range a.Error.Details {
		if asked, err := time.ParseDuration(d.RetryDelay); err == nil {
			delay = max(delay, min(asked, longest))
		}
	}
	return delay
}
