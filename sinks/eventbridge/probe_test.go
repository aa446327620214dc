package eventbridge_test

import (
	"net/http"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/eventbridge/eventbridgetest"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
)

func TestProbe(t *testing.T) {
	for name, test := range map[string]struct {
		with func(*eventbridgetest.Server)
		want string
	}{
		"good":   {func(*eventbridgetest.Server) {}, "bus: ok: it is there"},
		"gone":   {func(s *eventbridgetest.Server) { s.Delete() }, "bus: fault: there is no such bus"},
		"denied": {func(s *eventbridgetest.Server) { s.Forbid() }, "bus: not known: needs the right events:DescribeEventBus"},
	} {
		server := eventbridgetest.New(t)
		test.with(server)
		sinktest.Probes(t, build(t, server.URL()), keySecret, test.want)
		if len(server.Events()) > 0 || len(server.Refused()) > 0 {
			t.Errorf("%s: %d events, refused %v", name, len(server.Events()), server.Refused())
		}
	}
	sinktest.Probes(t, build(t, sinktest.Answering(t, http.StatusOK, nil, `{"Arn":"arn:other"}`)), keySecret, "bus: fault: see that the endpoint")
	sinktest.Probes(t, build(t, "http://127.0.0.1:1"), keySecret, "bus: not known: no answer from 127.0.0.1")
}
