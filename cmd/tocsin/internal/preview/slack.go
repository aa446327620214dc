package preview

import (
	"encoding/json"
	"html/template"
	"regexp"
	"slices"
	"strings"
)

// slackView is a Slack message or a modal as it is drawn. It is read from the payload itself, so that the page
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
	// Type is "modal" for a view; the texts below are its own.
	// https://docs.slack.dev/reference/views/modal-views
	Type   string     `json:"type"`
	Title  *slackText `json:"title"`
	Submit *slackText `json:"submit"`
	Close  *slackText `json:"close"`
}

// IsModal reports whether it is a modal, and no message.
func (v slackView) IsModal() bool { return v.Type == "modal" }

// Asked returns the buttons of a message that ask whether they are meant.
func (v slackView) Asked() []slackElement {
	var all []slackElement
	lists := [][]slackPart{v.Blocks}
	for _, a := range v.Attachments {
		lists = append(lists, a.Blocks)
	}
	for _, blocks := range lists {
		for _, b := range blocks {
			for _, e := range b.Elements {
				if e.Confirm != nil {
					all = append(all, e)
				}
			}
		}
	}
	return all
}

// slackPart is a block: a header, a section, a context, a row of elements, an input of a modal or a divider.
type slackPart struct {
	Type     string         `json:"type"`
	Text     *slackText     `json:"text"`
	Fields   []slackText    `json:"fields"`
	Elements []slackElement `json:"elements"`
	// Accessory stands beside the text of a section.
	Accessory *slackElement `json:"accessory"`
	// Label and Hint stand above and below the element of an input.
	Label      *slackText    `json:"label"`
	Hint       *slackText    `json:"hint"`
	Element    *slackElement `json:"element"`
	IsOptional bool          `json:"optional"`
}

// slackElement is a text, a button, or what is filled in or chosen from. Of the text, a button has an object of its
// own.
// https://docs.slack.dev/reference/block-kit/block-elements/
type slackElement struct {
	slackText
	// Sort is its type, and that of the text is the text's own.
	Sort        string
	URL         string
	Style       string
	Confirm     *slackConfirm
	Placeholder *slackText
	// Initial is what a text begins with, and IsLong says that it has several lines.
	Initial string
	IsLong  bool
	Options []slackOption
}

// slackOption is one of those that can be chosen.
type slackOption struct {
	Text        slackText  `json:"text"`
	Description *slackText `json:"description"`
	Value       string     `json:"value"`
	IsChosen    bool       `json:"-"`
}

// slackConfirm is what is asked before a button counts as pressed.
// https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
type slackConfirm struct {
	Title   slackText `json:"title"`
	Text    slackText `json:"text"`
	Confirm slackText `json:"confirm"`
	Deny    slackText `json:"deny"`
}

// rawElement is an element as it is written.
type rawElement struct {
	Type           string          `json:"type"`
	Text           json.RawMessage `json:"text"`
	URL            string          `json:"url"`
	Style          string          `json:"style"`
	Confirm        *slackConfirm   `json:"confirm"`
	Placeholder    *slackText      `json:"placeholder"`
	InitialValue   string          `json:"initial_value"`
	Multiline      bool            `json:"multiline"`
	Options        []slackOption   `json:"options"`
	OptionGroups   []slackGroup    `json:"option_groups"`
	InitialOption  *slackOption    `json:"initial_option"`
	InitialOptions []slackOption   `json:"initial_options"`
}

// slackGroup is a group of options.
type slackGroup struct {
	Options []slackOption `json:"options"`
}

// UnmarshalJSON reads an element.
func (e *slackElement) UnmarshalJSON(encoded []byte) error {
	var raw rawElement
	if err := json.Unmarshal(encoded, &raw); err != nil {
		return err
	}
	if raw.Type == "plain_text" || raw.Type == "mrkdwn" {
		return json.Unmarshal(encoded, &e.slackText)
	}
	e.Sort, e.Confirm, e.Placeholder, e.Initial, e.IsLong = raw.Type, raw.Confirm, raw.Placeholder, raw.InitialValue, raw.Multiline
	if strings.HasPrefix(raw.URL, "https://") {
		e.URL = raw.URL
	}
	if raw.Style == "primary" || raw.Style == "danger" {
		e.Style = raw.Style
	}
	e.Options = raw.options()
	if len(raw.Text) == 0 || raw.Type != "button" {
		return nil
	}
	return json.Unmarshal(raw.Text, &e.slackText)
}

// options returns what can be chosen from, and what is chosen.
func (raw rawElement) options() []slackOption {
	all := slices.Clone(raw.Options)
	for _, group := range raw.OptionGroups {
		all = append(all, group.Options...)
	}
	chosen := raw.InitialOptions
	if raw.InitialOption != nil {
		chosen = append(chosen, *raw.InitialOption)
	}
	for i := range all {
		all[i].IsChosen = slices.ContainsFunc(chosen, func(o slackOption) bool { return o.Value == all[i].Value })
	}
	return all
}

// Kind says how an element is drawn.
func (e slackElement) Kind() string {
	switch {
	case e.Sort == "":
		return "text"
	case e.Sort == "button" && e.URL != "":
		return "link"
	case e.Sort == "button":
		return "button"
	case strings.HasSuffix(e.Sort, "_input"):
		return "input"
	case e.Sort == "radio_buttons", e.Sort == "checkboxes":
		return "choices"
	case strings.HasSuffix(e.Sort, "select"):
		return "select"
	default:
		return "other"
	}
}

// Chosen returns what a closed list shows: what is chosen, or else what stands in its place.
func (e slackElement) Chosen() slackText {
	for _, o := range e.Options {
		if o.IsChosen {
			return o.Text
		}
	}
	if e.Placeholder != nil {
		return *e.Placeholder
	}
	return slackText{}
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
