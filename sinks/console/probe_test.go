package console_test

import (
	"io"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/console"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
)

func TestProbe(t *testing.T) {
	sink, err := console.NewTo(io.Discard, console.Config{}, false)
	if err != nil {
		t.Fatal(err)
	}
	sinktest.Probes(t, sink, "", "output: ok: its own output")
}
