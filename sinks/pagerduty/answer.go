package pagerduty

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// answer is what the Events API says.
// https://developer.pagerduty.com/docs/events-api-v2-overview
type answer struct {
	Status   string   `json:"status"`
	Message  string   `json:"message"`
	DedupKey string   `json:"dedup_key"`
	Errors   []string `json:"errors"`
}

// fault says what an answer means; nil is success: status 202, the word "success", and the dedup key
// of the event, of a change none. A 2xx without that is not sent again, since the next answer would
// be the same. An error shows words that are known: an answer can repeat the request.
func fault(response httpsend.Response, dedupKey string) error {
	var a answer
	isReadable := json.Unmarshal(response.Body, &a) == nil
	switch {
	case response.Status == http.StatusAccepted && isReadable && a.Status == "success" && a.DedupKey == dedupKey:
		return nil
	case response.Status/100 == 2:
		return notify.PermanentSink(
			fmt.Errorf("status %d without the proof that PagerDuty took it (see that API_URL is that of the Events API v2)", response.Status))
	case response.Status == http.StatusBadRequest:
		return refusal(response, a)
	}
	err := httpsend.Fault(response)
	if notify.KindOf(err) == notify.Broken && response.Status/100 == 4 {
		return fmt.Errorf("%w (this is not how PagerDuty refuses: see API_URL where it is set, or the proxy in between)", err)
	}
	return err //nolint:wrapcheck // the caller wraps it
}

// refusal says which part of an event was refused, where PagerDuty names it. A key of another region
// is refused with the same words as one that never was.
func refusal(response httpsend.Response, a answer) error {
	words := strings.ToLower(a.Message + " " + strings.Join(a.Errors, " ") + " " + bare(response.Body))
	if strings.Contains(words, "routing_key") || strings.Contains(words, "routing key") {
		return notify.PermanentSink(errors.New("status 400: the routing key is refused (give the integration key of an " +
			"integration Events API V2 as ROUTING_KEY; the key of the other region is refused too: see that REGION is that of the account, us or eu)"))
	}
	for _, field := range []string{"dedup_key", "event_action", "summary", "severity", "timestamp", "source", "custom_details", "links"} {
		if strings.Contains(words, field) {
			return notify.PermanentMessage(fmt.Errorf("status 400: the event's %s is refused", field))
		}
	}
	return httpsend.Fault(response) //nolint:wrapcheck // the caller wraps it
}

// bare returns an answer that is a few words and no JSON: the key's refusal comes so too.
func bare(body []byte) string {
	const most = 100 // bytes
	if text := strings.TrimSpace(string(body[:min(len(body), most)])); len(body) <= most && !strings.HasPrefix(text, "{") {
		return text
	}
	return ""
}
