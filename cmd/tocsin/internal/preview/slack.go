package preview

import (
	"encoding/json"
	"html/template"
	"regexp"
	"strings"
)

// slackView is a Slack message as it is drawn. It is read from the payload itself, so that the page
// shows what Slack is sent and nothing else.
type slackView struct {
	Username    string      `json:"username"`
	Channel     string      `json:"channel"`
	Text        string      `json:"text"`
	Blocks      []slackPart `json:"blocks"`
	Attachments []struct {
		Color  string      `json:"color"`
		Blocks []slackPart `json:"blocks"`
	} `json:"attachments"`
}

// slackPart is a block: a header, a section, a context, a row of buttons or a divider.
type slackPart struct {
	Type     string         `json:"type"`
	Text     *slackText     `json:"text"`
	Fields   []slackText    `json:"fields"`
	Elements []slackElement `json:"elements"`
}

// slackElement is a text, or a button that leads to a page.
type slackElement struct {
	slackText
	URL string
}

// UnmarshalJSON reads an element; the text of a button is an object of its own.
func (e *slackElement) UnmarshalJSON(encoded []byte) error {
	var raw struct {
		Type string          `json:"type"`
		Text json.RawMessage `json:"text"`
		URL  string          `json:"url"`
	}
	if err := json.Unmarshal(encoded, &raw); err != nil {
		return err
	}
	if raw.Type != "button" {
		return json.Unmarshal(encoded, &e.slackText)
	}
	if strings.HasPrefix(raw.URL, "https://") {
		e.URL = raw.URL
	}
	return json.Unmarshal(raw.Text, &e.slackText)
}

type slackText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// HTML returns the text as Slack draws it.
func (t slackText) HTML() template.HTML {
	drawn := plain(t.Text)
	if t.Type == "mrkdwn" {
		drawn = mrkdwn(t.Text)
	}
	return template.HTML(signs().Replace(string(drawn))) //nolint:gosec // spans of our own
}

// signs draws the coloured signs of the levels: Slack has pictures of its own for them, and not every
// machine that shows the page has a font with them.
func signs() *strings.Replacer {
	var pairs []string
	for sign, name := range map[string]string{
		"⚪": "grey", "⚫": "black", "🔵": "blue", "🟠": "orange", "🔴": "red", "🟥": "red s-square", "🟣": "purple",
	} {
		pairs = append(pairs, sign, `<span class="s-sign s-`+name+`">`+sign+`</span>`)
	}
	return strings.NewReplacer(pairs...)
}

// Notification returns the text of a notification as people read it.
func (v slackView) Notification() template.HTML { return plain(v.Text) }

// readSlack reads a payload; nil stands for one that is no Slack message.
func readSlack(body []byte) *slackView {
	var v slackView
	if json.Unmarshal(body, &v) != nil {
		return nil
	}
	colour := regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)
	for i, a := range v.Attachments {
		if !colour.MatchString(a.Color) {
			v.Attachments[i].Color = "#dddddd" // Slack's own
		}
	}
	return &v
}
