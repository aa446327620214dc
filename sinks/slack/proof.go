package slack

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// proof is what a receiver of webhooks answers when it has taken a message.
type proof int

const (
	// proofWord is Slack's "ok" and nothing else.
	proofWord proof = iota
	// proofWordOrJSON is that, or {"ok":true}: what Slack's workflows answer.
	proofWordOrJSON
	// proofStatus is any 2xx that is no refusal: other receivers of Slack's format answer so.
	proofStatus
)

// proofAt returns the proof that holds for a webhook's URL.
func proofAt(address string) proof {
	u, err := url.Parse(address)
	if err != nil {
		return proofWord // nothing is posted there
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if host != "hooks.slack.com" && host != "hooks.slack-gov.com" {
		return proofStatus
	}
	if strings.HasPrefix(u.Path, "/triggers/") || strings.HasPrefix(u.Path, "/workflows/") {
		return proofWordOrJSON
	}
	return proofWord
}

// webhookAnswer is what a webhook's answer says: a bare word, or the JSON of a workflow.
type webhookAnswer struct {
	// word is the whole body, or the error that its JSON names.
	word string
	// isOK says that the whole body is "ok".
	isOK bool
	// accepts and refuses say whether its JSON holds "ok":true without an error, or "ok":false.
	accepts, refuses bool
}

func readWebhook(body []byte) webhookAnswer {
	word := strings.TrimSpace(string(body))
	if word == "ok" {
		return webhookAnswer{word: word, isOK: true}
	}
	var document struct {
		OK    *bool  `json:"ok"`
		Error string `json:"error"`
	}
	if err := json.Unmarshal(body, &document); err != nil || document.OK == nil {
		return webhookAnswer{word: word}
	}
	return webhookAnswer{word: document.Error, accepts: *document.OK && document.Error == "", refuses: !*document.OK}
}

// isIn reports whether an answer holds the proof. Slack's refusals come before.
func (p proof) isIn(response httpsend.Response, a webhookAnswer) bool {
	switch p {
	case proofStatus:
		return response.Status/100 == 2 && !a.refuses
	case proofWordOrJSON:
		return response.Status == http.StatusOK && (a.isOK || a.accepts)
	default:
		return response.Status == http.StatusOK && a.isOK
	}
}

// Notes says that the webhook is not one of Slack's own, so that less is asked of its answers. What
// a URL in Secrets Manager is comes out when it is read, at the first message.
func (w *webhook) Notes(ctx context.Context) []string {
	if w.url.IsReference() {
		return nil
	}
	address, err := w.url.Value(ctx)
	if err != nil || w.proof(address) != proofStatus {
		return nil
	}
	return []string{"the webhook is on none of Slack's own hosts: any answer of 2xx counts as delivered, but for Slack's refusals"}
}
