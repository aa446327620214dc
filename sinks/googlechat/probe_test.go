package googlechat_test

import (
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
)

func TestProbe(t *testing.T) {
	sinktest.Probes(t, buildAt(t, "http://127.0.0.1:1"), hookToken, "webhook: ok: the form of one")
	sinktest.Vault(t, "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=k")
	sinktest.Probes(t, build(t, sinktest.Reference), "spaces/AAAA", "webhook: fault: has no token")
}
