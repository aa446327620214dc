package slacktest_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

// rowOf is a message with a row of buttons.
func rowOf(buttons ...string) string {
	return `{"text":"t","attachments":[{"color":"#fff","blocks":[{"type":"actions","block_id":"acts-1","elements":[` + strings.Join(buttons, ",") + `]}]}]}`
}

const act = `{"type":"button","text":{"type":"plain_text","text":"A"},"action_id":"a","value":"v/é"}`

func TestButtonsThatCarryAValue(t *testing.T) {
	dialog := func(text string) string {
		return strings.Replace(act, `"value"`, `"confirm":{"title":{"type":"plain_text","text":"t"},"text":{"type":"plain_text","text":"`+text+
			`"},"confirm":{"type":"plain_text","text":"y"},"deny":{"type":"plain_text","text":"n"}},"value"`, 1)
	}
	for name, test := range map[string]struct {
		button string
		want   bool
	}{
		"a value": {act, true}, "no value": {strings.Replace(act, "v/é", "", 1), false}, "2,001 characters": {strings.Replace(act, "v/é", strings.Repeat("é", 2_001), 1), false},
		"2,000 characters": {strings.Replace(act, "v/é", strings.Repeat("é", 2_000), 1), true},
		"a dialog":         {dialog("sure?"), true}, "a dialog that is too long": {dialog(strings.Repeat("x", 301)), false}, "an empty dialog": {dialog(""), false},
	} {
		if err := slacktest.Check([]byte(rowOf(test.button))); (err == nil) != test.want {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestCheckView(t *testing.T) {
	const good = `{"type":"modal","callback_id":"c","title":{"type":"plain_text","text":"T"},"submit":{"type":"plain_text","text":"S"},"private_metadata":"m","blocks":[
		{"type":"section","text":{"type":"plain_text","text":"x"}},
		{"type":"input","block_id":"i","label":{"type":"plain_text","text":"L"},"element":{"type":"static_select","action_id":"i",
		"options":[{"text":{"type":"plain_text","text":"O"},"value":"o"}],"initial_option":{"text":{"type":"plain_text","text":"O"},"value":"o"}}}]}`
	if err := slacktest.CheckView([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"a long title":       {`"text":"T"`, `"text":"` + strings.Repeat("T", 25) + `"`},
		"no title":           {`"title"`, `"titel"`},
		"a title in mrkdwn":  {`"title":{"type":"plain_text"`, `"title":{"type":"mrkdwn"`},
		"nothing to submit":  {`"submit"`, `"another"`},
		"too much metadata":  {`"m"`, `"` + strings.Repeat("é", 3_001) + `"`},
		"no blocks":          {`"blocks"`, `"none"`},
		"no label":           {`"label"`, `"none"`},
		"no action":          {`"action_id":"i"`, `"action_id":""`},
		"no options":         {`"options"`, `"none"`},
		"an unknown element": {`"static_select"`, `"button"`},
		"a long option":      {`"text":"O"`, `"text":"` + strings.Repeat("O", 76) + `"`},
		"another first":      {`"initial_option":{"text":{"type":"plain_text","text":"O"},"value":"o"`, `"initial_option":{"text":{"type":"plain_text","text":"O"},"value":"p"`},
		"no JSON":            {`{"type":"modal"`, `{`},
	} {
		if err := slacktest.CheckView([]byte(strings.Replace(good, change[0], change[1], 1))); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// What a press sends is what Slack sends of it: signed, as a form, with the message as Slack shows it.
func TestPress(t *testing.T) {
	s := slacktest.New(t)
	message := s.Post(t, rowOf(act, strings.Replace(act, `"a"`, `"b"`, 1)))
	jane := s.Presser(t, "U0JANE", "jané")
	r := jane.Press(message, "b")
	if again := slacktest.Sign(slacktest.SigningSecret, r.Body, time.Now()); len(r.Signature) != 67 || r.Signature != again.Signature && r.Timestamp == again.Timestamp {
		t.Errorf("signed as %s", r.Signature)
	}
	form, err := url.ParseQuery(r.Body)
	if err != nil || !strings.Contains(form.Get("payload"), `v\/\u00e9`) {
		t.Errorf("%v: %s", err, form.Get("payload"))
	}
	var payload struct {
		Actions []struct {
			Action string `json:"action_id"`
			Block  string `json:"block_id"`
			Value  string
		}
		Container struct{ Type string }
		User      struct{ ID, Username string }
		Message   struct {
			Attachments []struct{ Blocks []json.RawMessage }
		}
	}
	if err := json.Unmarshal([]byte(form.Get("payload")), &payload); err != nil {
		t.Fatal(err)
	}
	if len(payload.Actions) != 1 || payload.Actions[0].Action != "b" || payload.Actions[0].Block != "acts-1" || payload.Actions[0].Value != "v/é" ||
		payload.Container.Type != "message_attachment" || payload.User.Username != "jané" || len(payload.Message.Attachments) != 1 {
		t.Errorf("%+v", payload)
	}
	var event struct {
		Version string
		Body    string
		Is      bool `json:"isBase64Encoded"`
	}
	if err := json.Unmarshal([]byte(r.Event()), &event); err != nil || event.Version != "2.0" || !event.Is {
		t.Errorf("%v: %s", err, r.Event())
	}
}
