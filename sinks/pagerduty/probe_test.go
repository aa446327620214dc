package pagerduty_test

import (
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
)

func TestProbe(t *testing.T) {
	const key = "0123456789abcdef0123456789abcdef"
	sinktest.Probes(t, buildWith(t, "http://127.0.0.1:1/v2", key), key, "routing key: ok: the form of one")
	sinktest.Vault(t, "not a key")
	sinktest.Probes(t, buildWith(t, "http://127.0.0.1:1/v2", sinktest.Reference), "not a key", "routing key: fault: is not a routing key")
}
