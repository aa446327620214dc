package slack

import (
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Slack's limits of what is pressed, in characters.
// https://docs.slack.dev/reference/block-kit/block-elements/button-element
// https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
const (
	maxValue        = 2_000
	maxConfirmTitle = 100
	maxConfirmText  = 300
	maxConfirmLabel = 30
)

// ActsBlock and TakenBlock are what the ids of two blocks begin with: of the row of buttons that people press, and of
// the line that says who has taken a finding on. Whoever edits a message finds them by these.
const (
	ActsBlock  = "acts-"
	TakenBlock = "taken-"
	linksBlock = "links-"
)

// confirm is what Slack asks before a button counts as pressed.
type confirm struct {
	Title   textObject `json:"title"`
	Text    textObject `json:"text"`
	Confirm textObject `json:"confirm"`
	Deny    textObject `json:"deny"`
	Style   string     `json:"style,omitempty"`
}

func (c *confirm) size() int {
	if c == nil {
		return 0
	}
	return c.Title.size() + c.Text.size() + c.Confirm.size() + c.Deny.size()
}

// actBlocks returns who has taken a finding on, and the row of buttons that people press. An edit, of which Slack
// notifies nobody, shows who it is as Slack shows people; a message of its own would call them.
func actBlocks(m formatter.Message, isEdit bool) []block {
	var all []block
	if m.Taken.Value != "" {
		w := writer{callsNobody: !isEdit}
		w.begin("", m.Taken.Value, maxField)
		w.parts(m.Taken)
		all = append(all, block{Type: "context", ID: blockID(TakenBlock, m), Elements: texts{mrkdwn(w.orDash())}})
	}
	row := make(buttons, 0, len(m.Acts))
	for _, act := range m.Acts {
		if utf8.RuneCountInString(act.Value) <= maxValue && len(row) < maxButtons {
			row = append(row, actButton(act))
		}
	}
	if len(row) > 0 {
		all = append(all, block{Type: "actions", ID: blockID(ActsBlock, m), Elements: row})
	}
	return all
}

// actButton returns the button of an act. The first thing to do about a finding stands out, and what has to be
// confirmed is asked in red.
func actButton(act formatter.Act) button {
	b := button{Type: "button", Text: plain(act.Label, maxButton), ActionID: act.Name, Value: act.Value}
	if act.Name == notify.ActAcknowledge {
		b.Style = "primary"
	}
	if ask := act.Confirm; ask != (formatter.Confirm{}) {
		b.Confirm = &confirm{
			Title: plain(ask.Title, maxConfirmTitle), Text: plain(ask.Text, maxConfirmText),
			Confirm: plain(ask.Yes, maxConfirmLabel), Deny: plain(ask.No, maxConfirmLabel), Style: "danger",
		}
	}
	return b
}

// said returns the line that says what somebody did: the person is shown as Slack shows people, by their id,
// since the name is of their own choosing.
func said(m formatter.Message) block {
	text := mrkdwn(value("", m.Said))
	return block{Type: "section", Text: &text}
}

// isUser reports whether an id is that of one of Slack's users.
// https://docs.slack.dev/reference/objects/user-object/
func isUser(id string) bool {
	return id != "" && (id[0] == 'U' || id[0] == 'W') && hasValidID(formatter.Mention{Kind: formatter.MentionUser, ID: id})
}
