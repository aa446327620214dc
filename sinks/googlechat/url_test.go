package googlechat_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/googlechat"
	"github.com/tocsin-sec/tocsin/sinks/googlechat/googlechattest"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
)

// mistakes returns URLs with what is said of each.
func mistakes(value string) map[string]string {
	const good = "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=k&token="
	return map[string]string{
		"http://chat.googleapis.com/v1/spaces/AAAA/messages?key=k&token=" + value: "must begin with https://",
		value:               "is not a URL",
		good + value + " x": "holds characters that have to be percent-encoded",
		"https://hooks.slack.com/services/T0/B0/" + value:                              "is not that of a webhook, which ends in /v1/spaces/",
		"https://chat.googleapis.com/v1/spaces/" + value:                               "is not that of a webhook",
		"https://chat.googleapis.com/v1/spaces//messages?key=k&token=" + value:         "is not that of a webhook",
		"https://chat.googleapis.com/v1/spaces/A/messages/B?key=k&token=" + value:      "is not that of a webhook",
		"https://chat.googleapis.com/v1/spaces/AAAA/messages?token=" + value:           "has no key",
		"https://chat.googleapis.com/v1/spaces/AAAA/messages?key=" + value:             "has no token",
		"https://chat.googleapis.com/v1/spaces/AAAA/messages?key=k&amp;token=" + value: "has no token, without which it posts nothing; copy all of it again (it holds & and no &amp;)",
		"https://chat.googleapis.com/v1/spaces/AAAA/messages":                          "has no key",
		good + value + "&threadKey=x":                                                  "holds threadKey; remove it: the sink keeps",
		good + value + "&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD":      "holds messageReplyOption; remove it",
		good + value + "&requestId=1":                                                  "holds requestId; remove it",
		good + value + "&messageId=client-1":                                           "holds messageId; remove it",
	}
}

func TestMistakes(t *testing.T) {
	const value = "s3cr3t"
	if _, err := googlechat.New(t.Context(), "oncall", googlechat.Config{}, formatter.Style{}); err == nil || !strings.HasPrefix(err.Error(), "WEBHOOK_URL: is not set; give the URL") {
		t.Errorf("got %v", err)
	}
	for address, want := range mistakes(value) {
		_, err := googlechat.New(t.Context(), "oncall", googlechat.Config{WebhookURL: secret.New(address)}, formatter.Style{})
		if err == nil || !strings.HasPrefix(err.Error(), "WEBHOOK_URL: "+want) || strings.Contains(err.Error(), value) {
			t.Errorf("%s: got %v", address, err)
		}
	}
	reference := secret.New(sinktest.Reference)
	if _, err := googlechat.New(t.Context(), "oncall", googlechat.Config{WebhookURL: reference}, formatter.Style{}); err != nil {
		t.Errorf("a reference: %v", err)
	}
}

// What stands in a secret is judged when it is read: a mistake in it breaks the sink, and shows
// nothing.
func TestMistakesInASecret(t *testing.T) {
	const value = "s3cr3t"
	put := sinktest.Vault(t, "")
	for address, want := range mistakes(value) {
		put(address)
		config := googlechat.Config{WebhookURL: secret.New(sinktest.Reference)}
		sink, err := googlechat.New(t.Context(), "oncall", config, formatter.Style{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = sink.Notify(t.Context(), sinktest.First())
		if err == nil || notify.KindOf(err) != notify.Broken || !strings.HasPrefix(err.Error(), "the webhook's URL "+want) || strings.Contains(err.Error(), value) {
			t.Errorf("%s: got %v", address, err)
		}
	}
}

// A webhook in a secret posts, and one that was read a moment ago is not read again.
func TestSecret(t *testing.T) {
	server := googlechattest.New(t)
	sinktest.Vault(t, server.URL())
	config := googlechat.Config{WebhookURL: secret.New(sinktest.Reference)}
	sink, err := googlechat.New(t.Context(), "oncall", config, formatter.Style{})
	if err != nil {
		t.Fatal(err)
	}
	sinktest.Send(t, sink, sinktest.First())
	if changed, err := sink.Refresh(t.Context()); changed || err != nil {
		t.Errorf("changed %v: %v", changed, err)
	}
}
