package webhook_test

import (
	"net/http"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/webhook"
	"github.com/tocsin-sec/tocsin/sinks/webhook/webhooktest"
)

func TestProbe(t *testing.T) {
	const hidden = "s3cr3t"
	sinktest.Probes(t, unsigned(t, func(http.ResponseWriter, *http.Request) { t.Error("a probe sends something") }), "/x", "request: ok: can be made")
	put := sinktest.Vault(t, hidden+"\n\x00")
	signed := webhook.Config{
		URL: secret.New("https://api.example.com/" + hidden), Secret: secret.New(webhooktest.Secret),
		Headers: secret.New("Authorization: Bearer " + sinktest.Reference),
	}
	sinktest.Probes(t, build(t, signed), hidden, "request: fault: what no header can")
	put(hidden)
	sinktest.Probes(t, build(t, signed), hidden, "request: ok: can be made")
	signed.URL = secret.New(sinktest.Reference)
	sinktest.Probes(t, build(t, signed), hidden, "request: fault: is not a URL")
}
