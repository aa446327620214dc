package notify

// Previewer is a Notifier that can show what it would send without sending it. It is optional, and
// for tocsin preview alone: the delivery never asks for it.
type Previewer interface {
	Notifier
	// Preview returns the bytes that Notify would send for n. It reads no network and no secret.
	Preview(n Notification) (Preview, error)
}

// Asker is a Notifier of whose buttons one asks for more before anything is done. It is optional, and for tocsin
// preview alone.
type Asker interface {
	Notifier
	// PreviewAsk returns what is asked when somebody presses the button of a message about n; a preview without
	// a form where nothing is.
	PreviewAsk(n Notification) (Preview, error)
}

// Preview is what a sink would send.
type Preview struct {
	// Form says what Body is.
	Form Form
	// Subject stands beside the body where the channel has one.
	Subject string
	// Body is the payload, byte for byte, without what holds a secret: no address and no header.
	Body []byte
	// Sizes hold the payload against the channel's limits.
	Sizes []Size
}

// Size is one measure of a payload and the most that the channel takes of it.
type Size struct {
	// What is measured, with its unit: "blocks", "bytes of the message".
	What string
	// Value is how much there is; Limit is the most that is taken.
	Value, Limit int
}

// Form is how a payload is to be read. One that a reader does not know is shown as text.
type Form string

// The forms of payloads.
const (
	// FormText is plain text, FormJSON a JSON document, FormHTML an HTML document.
	FormText Form = "text"
	FormJSON Form = "json"
	FormHTML Form = "html"
	// FormMarkdown is CommonMark text.
	FormMarkdown Form = "markdown"
	// FormSlack is the JSON body of a Slack message with Block Kit blocks, or a view of them:
	// https://docs.slack.dev/reference/block-kit/
	FormSlack Form = "slack"
	// FormTeams is the JSON body of a post to Teams with an Adaptive Card: https://adaptivecards.io
	FormTeams Form = "teams"
	// FormDiscord, FormChat and FormTelegram are the JSON bodies of messages to Discord, Google Chat
	// and Telegram.
	FormDiscord  Form = "discord"
	FormChat     Form = "chat"
	FormTelegram Form = "telegram"
)
