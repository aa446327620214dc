// Package discord renders a message as Discord takes it: an embed, and the mentions above it.
//
// Everything that a finding says is escaped or stands as code, so that it calls nobody, makes no
// link and formats nothing. Links are those of the message alone, mentions those of the operator.
package discord

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
)

// Discord's limits. It counts code points, after white space at both ends is gone:
// https://github.com/discord/discord-api-docs/issues/1315
// https://docs.discord.com/developers/resources/message#embed-object-embed-limits
const (
	maxContent     = 2_000
	maxTitle       = 256
	maxDescription = 4_096
	maxFields      = 25
	maxName        = 256
	maxValue       = 1_024
	maxFooter      = 2_048
	maxTotal       = 6_000 // in all texts of all embeds
	maxURL         = 2_048
	maxAllowed     = 100 // users, and as many roles, that a message may call
)

// maxMention leaves a message that is text alone half of its room to say what happened.
const maxMention = 1_000

// isSilent is SUPPRESS_NOTIFICATIONS: the message makes no sound and no notification.
// https://docs.discord.com/developers/resources/message#message-object-message-flags
const isSilent = 1 << 12

// Post says how a message is posted: what stands beside the message itself in the body.
type Post struct {
	// Silent is a message that notifies nobody.
	Silent bool
}

// body is what a webhook takes. Content and embeds are always there, so that an edit leaves nothing
// behind of what stood there before.
// https://docs.discord.com/developers/resources/webhook#execute-webhook
type body struct {
	Content string  `json:"content"`
	Embeds  []embed `json:"embeds"`
	Allowed allowed `json:"allowed_mentions"`
	Flags   int     `json:"flags,omitempty"`
}

type embed struct {
	Title       string  `json:"title"`
	URL         string  `json:"url,omitempty"`
	Description string  `json:"description,omitempty"`
	Color       int     `json:"color"`
	Fields      []field `json:"fields,omitempty"`
	Footer      *footer `json:"footer,omitempty"`
}

type field struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Inline bool   `json:"inline"`
}

type footer struct {
	Text string `json:"text"`
}

// allowed lists whom the content may call. Without it a webhook's message calls whom its text names.
// https://docs.discord.com/developers/resources/message#allowed-mentions-object
type allowed struct {
	Parse []string `json:"parse"`
	Users []string `json:"users"`
	Roles []string `json:"roles"`
}

// Render returns the message as the JSON body of a webhook's message, or of its edit: an embed in
// the colour of the level, and the operator's mentions above it. It keeps Discord's limits. What
// does not fit goes in the order of Message.Smaller; the title always fits, and of the mentions what
// is within their limit. The minimal form is text alone.
func Render(m formatter.Message, post Post) []byte {
	calls, mayCall := mentionsOf(m.Mentions)
	b := body{Content: calls, Embeds: []embed{}, Allowed: mayCall}
	if m.Minimal {
		b.Content = plainContent(m, calls)
	} else {
		b.Embeds = []embed{fittingEmbed(m)}
	}
	if post.Silent {
		b.Flags = isSilent
	}
	encoded, err := json.Marshal(b)
	if err != nil {
		return nil // texts and numbers alone cannot fail
	}
	return encoded
}

// plainContent returns the message as text: mentions, headline, the first change, what it is about,
// the first link.
func plainContent(m formatter.Message, calls string) string {
	left := maxContent
	if calls != "" {
		calls += "\n"
		left -= utf8.RuneCountInString(calls)
	}
	link := ""
	if len(m.Links) > 0 {
		if text := "\n" + linkText(m.Links[0]); utf8.RuneCountInString(text) <= left/2 {
			link = text
			left -= utf8.RuneCountInString(link)
		}
	}
	about := ""
	if m.About != "" {
		about = "\n" + escape(m.About, left/4)
	}
	if news := m.News(); len(news) > 0 { // above all, that it is over and why
		about = "\n" + code(news[0], left/4) + about
	}
	left -= utf8.RuneCountInString(about)
	const bold = "**"
	return calls + bold + escape(orDash(m.Line(" · ")), left-2*len(bold)) + bold + about + link
}

// fittingEmbed returns the embed of smaller and smaller messages until all fits.
func fittingEmbed(m formatter.Message) embed {
	for {
		e := embedOf(m)
		if e.fits() {
			return e
		}
		smaller, ok := m.Smaller()
		if !ok {
			return embed{Title: e.Title, URL: e.URL, Color: e.Color}
		}
		m = smaller
	}
}

// orDash returns a text, or a dash in the place of none: Discord refuses empty ones.
func orDash(text string) string {
	if strings.TrimSpace(text) == "" {
		return "-"
	}
	return text
}
