//go:build !lambda.norpc

package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
	"github.com/tocsin-sec/tocsin/sinks/internal/probe"
)

// Probe reads the webhook.
// https://docs.discord.com/developers/resources/webhook#get-webhook-with-token
func (s *Sink) Probe(ctx context.Context) []notify.Check {
	const what = "webhook"
	var to endpoint
	if _, err := credential.Read(ctx, s.url, "webhook's URL", to.parse); err != nil {
		return []notify.Check{probe.Failed(what, err)}
	}
	response, err := s.client.Post(ctx, httpsend.Request{URL: to.path, Method: http.MethodGet, ContentType: "application/json"})
	if err != nil {
		return []notify.Check{probe.Failed(what, err)}
	}
	if response.Status/100 == 4 {
		return []notify.Check{probe.Failed(what, refusal(response))}
	}
	var hook struct {
		ID      string `json:"id"`
		Channel string `json:"channel_id"`
	}
	isHook := json.Unmarshal(response.Body, &hook) == nil && hook.ID == to.id
	switch {
	case response.Status/100 != 2:
		return []notify.Check{probe.Failed(what, httpsend.Fault(response))}
	case !isHook:
		return []notify.Check{probe.Fault(what, fmt.Sprintf("status %d without the webhook (see that the URL is that of a Discord webhook)", response.Status))}
	case !isSnowflake(hook.Channel):
		return []notify.Check{probe.Fault(what, "it has no channel any more; give it one in the server's settings, Integrations")}
	case to.thread != "":
		return []notify.Check{probe.OK(what, "it is there; only a message shows whether the thread takes it")}
	}
	return []notify.Check{probe.OK(what, "it is there, and has a channel")}
}
