package interaction_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/slack/interaction"
)

// form returns a body with a payload.
func form(payload string) []byte { return []byte(url.Values{"payload": {payload}}.Encode()) }

// A press as Slack's page has it, of a row in an attachment.
const press = `{"type":"block_actions","user":{"id":"U012AB3CD","username":"jane\nd","team_id":"T1"},"api_app_id":"A1","trigger_id":"1.2.3",
	"container":{"type":"message_attachment","message_ts":"1700000000.000100","attachment_id":1,"channel_id":"C0123ABCD","thread_ts":"1699999999.000100"},
	"team":{"id":"T1","domain":"x"},"channel":{"id":"C0123ABCD","name":"alerts"},"message":{"type":"message","ts":"1700000000.000100","blocks":[]},
	"response_url":"https:\/\/hooks.slack.com\/actions\/T1\/1\/x",
	"actions":[{"action_id":"acknowledge","block_id":"acts-1","type":"button","value":"v","action_ts":"1700000001.0"}]}`

func TestReadPress(t *testing.T) {
	got, err := interaction.Read(form(press))
	if err != nil {
		t.Fatal(err)
	}
	want := interaction.Payload{
		Type: interaction.Pressed, User: notify.Person{ID: "U012AB3CD", Name: "jane d"}, Trigger: "1.2.3", Response: "https://hooks.slack.com/actions/T1/1/x",
		Button: interaction.Button{
			Act: "acknowledge", Value: "v", Row: "acts-1", Message: []byte(`{"type":"message","ts":"1700000000.000100","blocks":[]}`),
			From: action.From{Place: "C0123ABCD", Message: "1700000000.000100", Thread: "1699999999.000100"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRead(t *testing.T) {
	replaced := func(old, with string) []byte { return form(strings.Replace(press, old, with, 1)) }
	for name, test := range map[string]struct {
		body []byte
		want error
		row  string
	}{
		"a press":                {form(press), nil, "acts-1"},
		"another row":            {replaced(`"acts-1"`, `"links-1"`), nil, ""},
		"no button":              {replaced(`"type":"button"`, `"type":"overflow"`), nil, ""},
		"of nobody":              {replaced(`"U012AB3CD"`, `""`), interaction.ErrUnreadable, ""},
		"of everybody":           {replaced(`"U012AB3CD"`, `"<!channel>"`), interaction.ErrUnreadable, ""},
		"without an action":      {replaced(`{"action_id"`, `null,{"action_id"`), nil, ""},
		"a list of actions":      {replaced(`"actions":[`, `"actions":[[`), interaction.ErrUnreadable, ""},
		"another type":           {form(`{"type":"shortcut"}`), nil, ""},
		"no type":                {form(`{}`), interaction.ErrUnreadable, ""},
		"a text":                 {form(`"x"`), interaction.ErrUnreadable, ""},
		"nothing":                {nil, interaction.ErrNoPayload, ""},
		"JSON":                   {[]byte(press), interaction.ErrNoPayload, ""},
		"a list of payloads":     {append(form(press), "&payload=x"...), interaction.ErrNoPayload, ""},
		"a look":                 {[]byte("ssl_check=1&token=x"), nil, ""},
		"a look with a payload":  {append(form(press), "&ssl_check=1"...), nil, "acts-1"},
		"separated by semicolon": {[]byte("a;payload={}"), interaction.ErrNoPayload, ""},
	} {
		got, err := interaction.Read(test.body)
		if !errors.Is(err, test.want) || got.Button.Row != test.row {
			t.Errorf("%s: got %+v, %v; want %v", name, got, err, test.want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, test := range []struct{ written, want string }{
		{"", ""}, {"jane", "jane"}, {` a \u202e b\u0000\u001b[31m `, "a b [31m"}, {strings.Repeat("é", 50), strings.Repeat("é", 40)},
	} {
		body := strings.Replace(press, `jane\nd`, test.written, 1)
		if got, err := interaction.Read(form(body)); err != nil || got.User.Name != test.want {
			t.Errorf("%s: got %q, %v, want %q", test.written, got.User.Name, err, test.want)
		}
	}
}

// Whatever comes: what is read of it is bounded and of a form that can be relied on, and so is the answer.
func FuzzRead(f *testing.F) {
	f.Add(form(press))
	f.Add([]byte("ssl_check=1"))
	f.Add(form(`{"type":"view_submission","user":{"id":"W1"},"view":{"callback_id":"tocsin-mute","private_metadata":"{\"s\":{\"s\":\"a\",\"i\":\"b\"},\"f\":{\"sink\":\"x\"}}",` +
		`"state":{"values":{"why":{"why":{"value":"x"}},"scope":{"scope":{"selected_option":{"value":"finding"}}},"critical":{"critical":{"selected_options":[null]}}}}}}`))
	f.Add(form(strings.Replace(press, `"blocks":[]`, `"attachments":[{"blocks":[{"block_id":"acts-1","elements":[{"action_id":"acknowledge"},1]}]},null,3]`, 1)))
	words, _, _ := interaction.NewWords("ja")
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := interaction.Read(body)
		if err != nil {
			return
		}
		acts := p.Type == interaction.Pressed || p.Type == interaction.Submitted
		if acts && (len(p.User.ID) < 2 || strings.ContainsAny(p.User.ID, "<>! ") || len(p.User.Name) > 80) {
			t.Errorf("somebody is %+v", p.User)
		}
		if p.Button.Row != "" {
			if text, err := words.Amended(p.Button, notify.Taken{By: p.User}); err == nil && !isJSON(text) {
				t.Errorf("the message would be %s", text)
			}
		}
		draft, err := interaction.ReadDraft(p.View.Metadata)
		if err != nil {
			return
		}
		draft, wrong := words.Filled(draft, p.View.Values)
		isOf := draft.Mute.For > 0 && draft.Mute.For <= action.LongestMute && draft.Mute.Reason != "" && len(draft.Mute.Reason) <= 300
		if wrong == nil && !isOf {
			t.Errorf("a mute of %+v", draft.Mute)
		}
	})
}
