package teams_test

import (
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/teams/teamstest"
)

func TestProbe(t *testing.T) {
	sinktest.Probes(t, build(t, teamstest.Hook("http://127.0.0.1:1")), teamstest.Secret, "webhook: ok: the form of one")
	sinktest.Vault(t, "https://x.webhook.office.com/secret")
	sinktest.Probes(t, build(t, sinktest.Reference), "x.webhook", "webhook: fault: switched off")
}
