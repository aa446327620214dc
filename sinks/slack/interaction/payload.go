package interaction

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"unicode"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// The types of payloads that there is something to do about.
const (
	Pressed   = "block_actions"
	Submitted = "view_submission"
)

// rowPrefix begins the block_id of a row of buttons that do something.
const rowPrefix = "acts-"

// Payload is what somebody has done in Slack. Its texts can be of anybody who uses the workspace.
// https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
// https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
type Payload struct {
	// Type is Pressed, Submitted, or another one, which is none of ours.
	Type string
	// User is who has done it.
	User notify.Person
	// Trigger opens a modal, for three seconds; Response is where an answer can be posted that User alone sees.
	Trigger, Response string
	// Button is what was pressed, and where; its zero value is none of ours.
	Button Button
	// View is the modal that was filled in.
	View View
}

// Button is a button that does something, as it was pressed.
type Button struct {
	// Act is one of notify's Act constants, or another text; Value is what the button carries.
	Act, Value string
	// Row is the block_id of its row.
	Row string
	// From is the message that it stands in; which instance has sent that, is not said in it.
	From action.From
	// Message is the message itself.
	Message json.RawMessage
}

// View is a modal as it was filled in.
type View struct {
	// Callback says which it is, Metadata is what it was opened with.
	Callback, Metadata string
	// Values are what was filled in, by block and action.
	Values map[string]map[string]Value
}

// Value is what was filled in at one place.
type Value struct {
	Text    string   `json:"value"`
	Option  *Option  `json:"selected_option"`
	Options []Option `json:"selected_options"`
}

// Option is one of those that there were to choose from.
type Option struct {
	Value string `json:"value"`
}

// Why a body is no payload.
var (
	ErrNoPayload  = errors.New("it is no form with one payload")
	ErrUnreadable = errors.New("its payload cannot be read")
)

// Read reads the body of a request that was proven to be Slack's. What Slack asks now and then to see whether
// somebody answers has a type of its own, and nothing else.
func Read(body []byte) (Payload, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return Payload{}, ErrNoPayload
	}
	if form.Get("ssl_check") != "" && !form.Has("payload") {
		return Payload{Type: "ssl_check"}, nil
	}
	if len(form["payload"]) != 1 {
		return Payload{}, ErrNoPayload
	}
	var w written
	if err := json.Unmarshal([]byte(form.Get("payload")), &w); err != nil || w.Type == "" {
		return Payload{}, ErrUnreadable
	}
	return w.payload()
}

// written is a payload as Slack writes it.
type written struct {
	Type string `json:"type"`
	User struct {
		ID       string `json:"id"`
		Username string `json:"username"`
		Name     string `json:"name"`
	} `json:"user"`
	Trigger  string `json:"trigger_id"`
	Response string `json:"response_url"`
	Channel  struct {
		ID string `json:"id"`
	} `json:"channel"`
	// Container is a message, or a message_attachment where the row stands in one.
	Container struct {
		Message string `json:"message_ts"`
		Thread  string `json:"thread_ts"`
	} `json:"container"`
	Message json.RawMessage `json:"message"`
	Actions []struct {
		ID    string `json:"action_id"`
		Block string `json:"block_id"`
		Type  string `json:"type"`
		Value string `json:"value"`
	} `json:"actions"`
	View struct {
		Callback string `json:"callback_id"`
		Metadata string `json:"private_metadata"`
		State    struct {
			Values map[string]map[string]Value `json:"values"`
		} `json:"state"`
	} `json:"view"`
}

// payload returns what is of use. A press or a submission of nobody is none.
func (w *written) payload() (Payload, error) {
	p := Payload{Type: w.Type, Trigger: w.Trigger, Response: w.Response}
	if w.Type != Pressed && w.Type != Submitted {
		return p, nil
	}
	if !isID(w.User.ID) {
		return Payload{}, ErrUnreadable
	}
	name := w.User.Username
	if name == "" {
		name = w.User.Name
	}
	p.User = notify.Person{ID: w.User.ID, Name: oneLine(name, maxName)}
	if w.Type == Submitted {
		p.View = View{w.View.Callback, w.View.Metadata, w.View.State.Values}
		return p, nil
	}
	if len(w.Actions) == 0 {
		return Payload{}, ErrUnreadable
	}
	// A press is of one button.
	if a := w.Actions[0]; a.Type == "button" && strings.HasPrefix(a.Block, rowPrefix) {
		p.Button = Button{
			Act: a.ID, Value: a.Value, Row: a.Block, Message: w.Message,
			From: action.From{Place: w.Channel.ID, Message: w.Container.Message, Thread: w.Container.Thread},
		}
	}
	return p, nil
}

// maxName is how much of a person's name is kept, in bytes.
const maxName = 80

// isID reports whether a text has the form of the id of somebody who uses Slack.
// https://docs.slack.dev/reference/objects/user-object
func isID(text string) bool {
	isOther := func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') }
	return len(text) >= 2 && len(text) <= 32 && strings.ContainsRune("UW", rune(text[0])) && !strings.ContainsFunc(text, isOther)
}

// oneLine returns a text as one line that can be read, of at most so many bytes.
func oneLine(text string, most int) string {
	text = strings.ToValidUTF8(text, "")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }), " ")
	if len(text) > most {
		text = strings.TrimSpace(strings.ToValidUTF8(text[:most], ""))
	}
	return text
}
