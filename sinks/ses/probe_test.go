package ses_test

import (
	"net/http"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/ses/sestest"
)

func TestProbe(t *testing.T) {
	const account = "account: ok: may send to anybody"
	const sandbox, sender = "account: warning: sandbox in eu-west-1", "sender: ok: verified"
	for name, test := range map[string]struct {
		with func(*sestest.Server)
		want []string
	}{
		"good":      {func(*sestest.Server) {}, []string{account, sender}},
		"of domain": {func(s *sestest.Server) { s.Verify(false, "example.com") }, []string{account, sender}},
		"above it":  {func(s *sestest.Server) { s.Verify(false, "com") }, []string{account, "sender: fault: verify the address of SES_FROM"}},
		"unknown":   {func(s *sestest.Server) { s.Verify(false) }, []string{account, "sender: fault: verify the address of SES_FROM"}},
		"paused":    {func(s *sestest.Server) { s.Pause(true) }, []string{"account: fault: sending is paused", sender}},
		"used up":   {func(s *sestest.Server) { s.Quota(0) }, []string{"account: fault: used up", sender}},
		"sandbox": {
			func(s *sestest.Server) { s.Verify(true, "alerts@example.com", "example.org") },
			[]string{sandbox, sender, "recipient 1: ok: verified", "recipient 2: fault: number 2 of SES_TO"},
		},
	} {
		server := sestest.New(t)
		test.with(server)
		sinktest.Probes(t, build(t, server.URL(), usual(), nil), sestest.Secret, test.want...)
		if len(server.Mails()) > 0 || len(server.Refused()) > 0 {
			t.Errorf("%s: %d mails, refused %v", name, len(server.Mails()), server.Refused())
		}
	}
	server := sestest.New(t)
	server.Sets("alerts")
	for set, want := range map[string]string{"alerts": "configuration set: ok: it is there", "others": "configuration set: fault: no such configuration set"} {
		config := usual()
		config.ConfigurationSet = set
		sinktest.Probes(t, build(t, server.URL(), config, nil), sestest.Secret, account, sender, want)
	}
}

// A right that is missing leaves open what the thing is like, and is named.
func TestProbeWithoutRights(t *testing.T) {
	server := sestest.New(t)
	server.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
		sestest.Refuse(w, http.StatusForbidden, "AccessDeniedException", sestest.Secret)
		return true
	})
	config := usual()
	config.ConfigurationSet = "alerts"
	sinktest.Probes(t, build(t, server.URL(), config, nil), sestest.Secret,
		"account: not known: needs the right ses:GetAccount", "sender: not known: needs the right ses:GetEmailIdentity",
		"configuration set: not known: needs the right ses:GetConfigurationSet")
	sinktest.Probes(t, build(t, sinktest.Answering(t, http.StatusOK, nil, `{}`), usual(), nil), sestest.Secret,
		"account: fault: not that of SES", "sender: fault: not that of SES")
	sinktest.Probes(t, build(t, sinktest.Answering(t, http.StatusBadGateway, nil, ``), usual(), nil), sestest.Secret,
		"account: not known: status 502", "sender: not known: status 502")
}

// SES answers such questions about once a second; who asks too often asks again.
func TestProbeThatIsTooQuick(t *testing.T) {
	server := sestest.New(t)
	asked := 0
	server.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
		if asked++; asked > 1 {
			return false
		}
		sestest.Refuse(w, http.StatusTooManyRequests, "TooManyRequestsException", "Rate exceeded")
		return true
	})
	sinktest.Probes(t, build(t, server.URL(), usual(), nil), sestest.Secret, "account: ok: may send", "sender: ok: verified")
	if asked != 3 {
		t.Errorf("asked %d times, want 3", asked)
	}
}
