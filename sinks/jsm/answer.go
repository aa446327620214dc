package jsm

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// answer is what the API says. https://docs.opsgenie.com/docs/response
type answer struct {
	Result    string            `json:"result"`
	RequestID string            `json:"requestId"`
	Code      int               `json:"code"`
	Message   string            `json:"message"`
	Errors    map[string]string `json:"errors"`
}

// read returns the id of a request that was taken: status 202 with a result and an id. Where there may
// be no alert any more, the service's own word that there is none will do, and where it may not know the
// request, that it does not. A 2xx without the proof is
// not sent again, since the next answer would be the same. An error shows words that are known: an
// answer can repeat the request.
func read(response httpsend.Response, asked request) (string, error) {
	var a answer
	isOwn := json.Unmarshal(response.Body, &a) == nil && isID(a.RequestID)
	switch status := response.Status; {
	case status == http.StatusAccepted && isOwn && a.Result != "":
		return a.RequestID, nil
	case status/100 == 2:
		return "", notify.PermanentSink(
			fmt.Errorf("status %d without the proof that the request was taken (see that HOST is where alerts are taken)", status))
	case status == http.StatusNotFound && isOwn && asked.isBeside:
		return a.RequestID, nil
	case asked.isExtra && (status == http.StatusNotFound || status == http.StatusMethodNotAllowed):
		return "", nil
	case status == http.StatusTooManyRequests:
		return "", notify.RetryAfter(errors.New("status 429: too many requests"), delay(response))
	case status == http.StatusBadRequest, status == http.StatusUnprocessableEntity:
		return "", refusal(response, a)
	case status/100 == 4 && remedy(status) != "":
		return "", notify.PermanentSink(fmt.Errorf("status %d: %s", status, remedy(status)))
	}
	return "", httpsend.Fault(response) //nolint:wrapcheck // the caller wraps it
}

// isID reports whether text has the form of a request's id, which is kept as the receipt.
func isID(text string) bool {
	const most = 100
	return text != "" && len(text) <= most && !strings.ContainsFunc(text, isNoKeyRune)
}

// remedy says what to do about what is wrong with the integration, whatever the message.
func remedy(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "the API key is refused (put that of an API integration in its place; see that HOST is where the integration is: " +
			"leave it out for Jira Service Management, api.opsgenie.com or api.eu.opsgenie.com for Opsgenie)"
	case http.StatusPaymentRequired:
		return "the plan does not allow it"
	case http.StatusForbidden:
		return "the API key may not do this (it has to be that of an API integration that is switched on, with the right to " +
			"create and update; no key of an account or of a person)"
	case http.StatusNotFound:
		return "no alerts are taken there (see that HOST is right: leave it out for Jira Service Management)"
	}
	return ""
}

// refusal says which part of an alert was refused, where the service names it; the key's form is
// refused in the same way. https://github.com/falcosecurity/falcosidekick/issues/719
func refusal(response httpsend.Response, a answer) error {
	if strings.Contains(strings.ToLower(a.Message), "key format is not valid") {
		return notify.PermanentSink(fmt.Errorf("status %d: the form of the API key is refused (%s)", response.Status, whereKey))
	}
	for _, field := range []string{"message", "alias", "description", "tags", "details", "entity", "source", "priority", "user", "note"} {
		if _, isNamed := a.Errors[field]; isNamed {
			return notify.PermanentMessage(fmt.Errorf("status %d: the alert's %s is refused", response.Status, field))
		}
	}
	return httpsend.Fault(response) //nolint:wrapcheck // the caller wraps it
}

// delay returns how long the service wants to be left alone: Retry-After, else the period of its
// limit. https://docs.opsgenie.com/docs/api-rate-limiting
func delay(response httpsend.Response) time.Duration {
	const longest = 15 * time.Minute
	if asked := response.Delay(); asked > 0 {
		return asked
	}
	seconds, err := strconv.Atoi(response.Header.Get("X-RateLimit-Period-In-Sec"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, int(longest.Seconds()))) * time.Second
}
