package discord_test

import (
	"net/http"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/discord/discordtest"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
)

func TestProbe(t *testing.T) {
	const hook = "/api/webhooks/1165511591545143296/" + discordtest.Secret
	server := discordtest.New(t)
	sinktest.Probes(t, build(t, server.URL()), discordtest.Secret, "webhook: ok: has a channel")
	sinktest.Probes(t, build(t, server.URL()+"?thread_id="+discordtest.Thread), discordtest.Secret, "webhook: ok: whether the thread takes it")
	server.DeleteChannel()
	sinktest.Probes(t, build(t, server.URL()), discordtest.Secret, "webhook: fault: no channel any more")
	server.SetToken("other")
	sinktest.Probes(t, build(t, server.URL()), discordtest.Secret, "webhook: fault: the webhook's token is wrong")
	if len(server.Channel()) > 0 {
		t.Error("a probe has posted a message")
	}
	gone := sinktest.Answering(t, http.StatusNotFound, nil, `{"code":10015}`)
	sinktest.Probes(t, build(t, gone+hook), discordtest.Secret, "webhook: fault: the webhook is gone")
	sinktest.Probes(t, build(t, sinktest.Answering(t, http.StatusOK, nil, `{"id":"1"}`)+hook), discordtest.Secret, "webhook: fault: without the webhook")
	sinktest.Probes(t, build(t, sinktest.Answering(t, http.StatusBadGateway, nil, "")+hook), discordtest.Secret, "webhook: not known: status 502")
}
