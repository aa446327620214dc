// Package telegram renders a message as the Bot API of Telegram takes it: plain text, and entities
// that say which parts of it are bold, code or links.
//
// No text is parsed for markup, so that nothing in a finding can be any. Telegram looks for
// addresses, names, tags, commands and numbers by itself, but not in code: what a finding says
// stands as code, or has an invisible character where one of them would begin. Links are those of
// the message alone, mentions those of the operator.
package telegram

import (
	"encoding/json"

	"github.com/tocsin-sec/tocsin/formatter"
)

// Telegram's limits. Text is counted in UTF-16 code units; of the entities beyond the hundredth
// Telegram takes no notice.
// https://core.telegram.org/bots/api#sendmessage
// https://core.telegram.org/bots/api#messageentity
const (
	maxText     = 4_096
	maxEntities = 100
	maxURL      = 2_048
	// maxMention leaves a message most of its room to say what happened.
	maxMention = 1_000
)

// Post says where and how a message is posted: what stands beside the message itself in the body.
type Post struct {
	// Chat is the chat's number, or @ and the name of a public one. Thread is that of a forum's topic.
	Chat   string `json:"chat_id"`
	Thread int64  `json:"message_thread_id,omitempty"`
	// Silent is a message that makes no sound.
	Silent bool `json:"disable_notification,omitempty"`
	// Reply is the message that this one answers; nil for none.
	Reply *Reply `json:"reply_parameters,omitempty"`
	// Replaces is the message that this one takes the place of, for editMessageText.
	Replaces int64 `json:"message_id,omitempty"`
}

// Reply names the message that another one answers.
// https://core.telegram.org/bots/api#replyparameters
type Reply struct {
	Message int64 `json:"message_id"`
	// Anyway posts the answer also where that message is gone.
	Anyway bool `json:"allow_sending_without_reply"`
}

type body struct {
	Post
	Text     string   `json:"text"`
	Entities []entity `json:"entities,omitempty"`
	Preview  preview  `json:"link_preview_options"`
}

// preview says that Telegram shows no preview of a page that is linked.
type preview struct {
	IsDisabled bool `json:"is_disabled"`
}

// entity says what a part of the text is; offset and length are in UTF-16 code units.
// https://core.telegram.org/bots/api#messageentity
type entity struct {
	Type   string `json:"type"`
	Offset int    `json:"offset"`
	Length int    `json:"length"`
	URL    string `json:"url,omitempty"`
	User   *user  `json:"user,omitempty"`
}

// user is who is called by number.
type user struct {
	ID int64 `json:"id"`
}

// Render returns the message as the JSON body of sendMessage or of editMessageText. It keeps
// Telegram's limits. What does not fit goes in the order of Message.Smaller; the headline always
// fits, and of the mentions what is within their limit. The minimal form is text without entities,
// but for people who are called by their number.
func Render(m formatter.Message, post Post) []byte {
	b := body{Post: post, Preview: preview{IsDisabled: true}}
	var w writer
	if m.Minimal {
		w = minimal(m)
	} else {
		w = fitting(m)
	}
	b.Text, b.Entities = w.text.String(), w.entities
	encoded, err := json.Marshal(b)
	if err != nil {
		return nil // texts and numbers alone cannot fail
	}
	return encoded
}

// fitting returns the text of smaller and smaller messages until all fits.
func fitting(m formatter.Message) writer {
	for {
		w := full(m)
		if w.units <= maxText && len(w.entities) <= maxEntities {
			return w
		}
		smaller, ok := m.Smaller()
		if !ok {
			return minimal(m)
		}
		m = smaller
	}
}
