package interaction_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/slack/interaction"
	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

func TestCalls(t *testing.T) {
	slack := slacktest.New(t)
	slack.SetScopes("usergroups:read")
	slack.SetGroup("S0ONCALL", "U1", "U2")
	api, keys := interaction.NewAPI(slack.APIURL()), keysOf(t, "x")
	users, err := api.Members(t.Context(), keys, "S0ONCALL")
	if err != nil || strings.Join(users, ",") != "U1,U2" {
		t.Errorf("got %v, %v", users, err)
	}
	if _, err := api.Members(t.Context(), keys, "S0NONE"); err == nil || !strings.Contains(err.Error(), "no_such_subteam") {
		t.Errorf("got %v", err)
	}
	if err := api.Update(t.Context(), keys, []byte(`{"channel":"C0TESTING","ts":"1.2","text":"x"}`)); err == nil || !strings.Contains(err.Error(), "message_not_found") {
		t.Errorf("got %v", err)
	}
	before := len(slack.Calls())
	if _, err := api.Members(t.Context(), interaction.Keys{}, "S0ONCALL"); err == nil || len(slack.Calls()) != before {
		t.Errorf("asked without a token: %v", err)
	}
	slack.SetToken("xoxb-another")
	if _, err := api.Members(t.Context(), keys, "S0ONCALL"); err == nil || !strings.Contains(err.Error(), "token_revoked") || strings.Contains(err.Error(), slacktest.Secret) {
		t.Errorf("got %v", err)
	}
	for _, answer := range []string{`{"ok":false,"error":"s3cr3t!"}`, "<html>", "", `{"ok":true`} {
		slack.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write([]byte(answer))
			return true
		})
		if _, err := api.Members(t.Context(), keys, "S0ONCALL"); err == nil || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: got %v", answer, err)
		}
	}
}

// A modal is opened once by a press, and not when that is too long ago.
func TestOpen(t *testing.T) {
	slack := slacktest.New(t)
	api, keys := interaction.NewAPI(slack.APIURL()), keysOf(t, "x")
	jane := slack.Presser(t, "U0JANE", "jane")
	message := slack.Post(t, `{"text":"t","blocks":[{"type":"actions","block_id":"acts-1","elements":[{"type":"button","text":{"type":"plain_text","text":"M"},"action_id":"mute","value":"v"}]}]}`)
	view, err := words(t, "").Mute(draft(8))
	if err != nil {
		t.Fatal(err)
	}
	trigger := func() string { return jane.Pressed(message, "mute")["trigger_id"].(string) } //nolint:forcetypeassert // of a press
	first := trigger()
	if err := api.Open(t.Context(), keys, first, view); err != nil || len(slack.Views()) != 1 {
		t.Errorf("got %v, %v", err, slack.Refused())
	}
	jane.Late = true
	for _, late := range []string{first, trigger(), "1.2.3"} {
		if err := api.Open(t.Context(), keys, late, view); !errors.Is(err, interaction.ErrLate) {
			t.Errorf("%s: got %v", late, err)
		}
	}
	jane.Late = false
	if err := api.Open(t.Context(), keys, trigger(), []byte(`{"type":"modal"}`)); err == nil || errors.Is(err, interaction.ErrLate) {
		t.Errorf("got %v", err)
	}
}

// An answer goes to Slack's own hosts, and nowhere else.
func TestTell(t *testing.T) {
	slack := slacktest.New(t)
	jane := slack.Presser(t, "U0JANE", "jane")
	message := slack.Post(t, `{"text":"t","blocks":[{"type":"actions","block_id":"acts-1","elements":[{"type":"button","text":{"type":"plain_text","text":"M"},"action_id":"mute","value":"v"}]}]}`)
	address := jane.Pressed(message, "mute")["response_url"].(string) //nolint:forcetypeassert // of a press
	api := interaction.NewAPI(slack.APIURL())
	if err := api.Tell(t.Context(), address, "a <@U1>"); err != nil || len(slack.Told()) != 1 || slack.Told()[0].Text != "a <@U1>" {
		t.Errorf("got %v, %+v", err, slack.Told())
	}
	if err := api.Tell(t.Context(), strings.Replace(address, "response", "another", 1), "a"); err == nil || strings.Contains(err.Error(), "another") {
		t.Errorf("got %v", err)
	}
	public, gov := interaction.NewAPI(""), interaction.NewAPI("https://slack-gov.com/api/")
	cut, cancel := context.WithCancel(t.Context())
	cancel()
	for address, isSlack := range map[string]bool{
		"https://hooks.slack.com/actions/T1/1/x": true, "https://slack.com/actions/T1": true, "http://hooks.slack.com/actions": false,
		"https://hooks.slack.com.example.com/": false, "https://hooks.slack.com:8443/": false, "https://user@hooks.slack.com/": false,
		"https://evil.example/?hooks.slack.com": false, "https://hooks.slack-gov.com/": false, "": false, "://": false, "https://xhooks.slack.com/": false,
		"http://169.254.169.254/": false, "//hooks.slack.com/": false,
	} {
		err := public.Tell(cut, address, "x") // nothing is sent by a context that is over
		if isForeign := strings.Contains(err.Error(), "none of Slack's"); isForeign == isSlack {
			t.Errorf("%s: got %v", address, err)
		}
	}
	if err := gov.Tell(cut, "https://hooks.slack-gov.com/actions", "x"); strings.Contains(err.Error(), "none of Slack's") {
		t.Errorf("GovSlack: %v", err)
	}
	if err := gov.Tell(cut, "https://hooks.slack.com/actions", "x"); !strings.Contains(err.Error(), "none of Slack's") {
		t.Errorf("GovSlack: %v", err)
	}
	if len(slack.Told()) != 1 {
		t.Errorf("told %+v", slack.Told())
	}
}
