package jsm_test

import (
	"net/http"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/jsm/jsmtest"
)

func TestProbe(t *testing.T) {
	server := jsmtest.New(t)
	for _, host := range map[string]string{"Jira Service Management": server.URL(), "Opsgenie": server.OpsgenieURL()} {
		sinktest.Probes(t, build(t, host), jsmtest.Key, "API key: ok: it is known")
	}
	server.Rotate("8c1d2e90-5a4b-4c3d-8e6f-0123456789ab")
	sinktest.Probes(t, build(t, server.URL()), jsmtest.Key, "API key: fault: the API key is refused")
	if len(server.Bodies()) > 0 {
		t.Error("a probe has sent an alert")
	}
	const own = `{"requestId":"43a29c5c-3dbf-4fa4-9c26-f4f71023e120","message":"` + jsmtest.Key + `"}`
	for _, test := range map[string]struct {
		status     int
		body, want string
	}{
		"not there": {http.StatusNotFound, "<html>", "API key: fault: no alerts are taken there"},
		"known":     {http.StatusOK, own, "API key: ok: it is known"},
		"no reader": {http.StatusForbidden, own, "API key: warning: status 403"},
		"form":      {http.StatusUnprocessableEntity, `{"message":"Key format is not valid!"}`, "API key: fault: the form of the API key"},
		"busy":      {http.StatusTooManyRequests, own, "API key: not known: status 429"},
		"odd":       {http.StatusUnprocessableEntity, own, "API key: not known: status 422"},
	} {
		sinktest.Probes(t, build(t, sinktest.Answering(t, test.status, nil, test.body)), jsmtest.Key, test.want)
	}
}
