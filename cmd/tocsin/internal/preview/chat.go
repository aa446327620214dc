package preview

import (
	"bytes"
	"encoding/json"
	"html"
	"regexp"
	"strings"
)

// chatView is a Google Chat message as it is drawn.
type chatView struct {
	Text         string `json:"text"`
	FallbackText string `json:"fallbackText"`
	CardsV2      []struct {
		Card struct {
			Sections []struct {
				Widgets []chatWidget `json:"widgets"`
			} `json:"sections"`
		} `json:"card"`
	} `json:"cardsV2"`
}

// chatWidget is a paragraph or a row of buttons.
type chatWidget struct {
	TextParagraph *struct {
		Text string `json:"text"`
	} `json:"textParagraph"`
	ButtonList *struct {
		Buttons []struct {
			Text    string `json:"text"`
			OnClick struct {
				OpenLink struct {
					URL string `json:"url"`
				} `json:"openLink"`
			} `json:"onClick"`
		} `json:"buttons"`
	} `json:"buttonList"`
}

// The looks of a message, in the manner of Chat's.
const (
	chatHead = `<!DOCTYPE html><html><head><meta charset="utf-8"><title>Google Chat</title></head>` +
		`<body style="margin:12px;font:14px/20px Roboto,Arial,sans-serif;color:#1f1f1f;background:#fff;overflow-wrap:anywhere">`
	chatCard    = `<div style="max-width:520px;border:1px solid #dadce0;border-radius:8px;margin-top:8px">`
	chatSection = `<div style="padding:8px 16px;border-top:1px solid #e8eaed">`
	chatButton  = `display:inline-block;margin:4px 8px 4px 0;padding:4px 12px;border-radius:16px;` +
		`background:#e8f0fe;color:#0b57d0;text-decoration:none`
	chatSmall   = `<p style="margin:12px 0 0;font-size:12px;color:#5f6368">Notification: `
	chatMention = `<span style="background:#e8f0fe;color:#0b57d0">@`
)

// drawChat makes a document of the JSON body of a message to Google Chat; nil where it is none.
func drawChat(payload []byte) []byte {
	var v chatView
	if json.Unmarshal(payload, &v) != nil {
		return nil
	}
	var out bytes.Buffer
	out.WriteString(chatHead)
	if v.Text != "" {
		out.WriteString("<div>" + chatText(v.Text) + "</div>")
	}
	for _, one := range v.CardsV2 {
		out.WriteString(chatCard)
		for _, section := range one.Card.Sections {
			out.WriteString(chatSection)
			for _, widget := range section.Widgets {
				writeChatWidget(&out, widget)
			}
			out.WriteString("</div>")
		}
		out.WriteString("</div>")
	}
	if v.FallbackText != "" {
		out.WriteString(chatSmall + html.EscapeString(v.FallbackText) + "</p>")
	}
	out.WriteString("</body></html>\n")
	return out.Bytes()
}

func writeChatWidget(out *bytes.Buffer, w chatWidget) {
	if w.TextParagraph != nil {
		out.WriteString(`<p style="margin:4px 0">` + chatHTML(w.TextParagraph.Text) + "</p>")
	}
	if w.ButtonList == nil {
		return
	}
	for _, button := range w.ButtonList.Buttons {
		out.WriteString(chatLink(button.OnClick.OpenLink.URL, button.Text, chatButton))
	}
}

// chatLink draws a link where it leads to https, and its label alone elsewhere.
func chatLink(address, label, style string) string {
	if !strings.HasPrefix(address, "https://") {
		return html.EscapeString(label)
	}
	return `<a style="` + style + `" target="_blank" rel="noopener noreferrer" href="` + html.EscapeString(address) + `">` +
		html.EscapeString(label) + "</a>"
}

// chatText draws the text beside a card, with its mentions and links.
// https://developers.google.com/workspace/chat/format-messages#format-texts
func chatText(text string) string {
	var out strings.Builder
	for text != "" {
		before, rest, isOpen := strings.Cut(text, "<")
		inside, after, isClosed := strings.Cut(rest, ">")
		if !isOpen || !isClosed {
			out.WriteString(html.EscapeString(text))
			break
		}
		out.WriteString(html.EscapeString(before))
		target, label, hasLabel := strings.Cut(inside, "|")
		if !hasLabel {
			label = target
		}
		if user, isUser := strings.CutPrefix(target, "users/"); isUser {
			out.WriteString(chatMention + html.EscapeString(user) + "</span>")
		} else {
			out.WriteString(chatLink(target, label, "color:#0b57d0"))
		}
		text = after
	}
	return strings.ReplaceAll(out.String(), "\n", "<br>")
}

// chatHTML draws the text of a card: those of Chat's elements that Tocsin makes. Whatever else there
// is shows as it is written.
// https://developers.google.com/workspace/chat/format-messages#card-formatting
func chatHTML(text string) string {
	element := regexp.MustCompile(`<(/?b|br|/font|/a|font color="(#[0-9A-Fa-f]{6})"|a href="(https://[^"<>]*)")>`)
	var out strings.Builder
	at := 0
	escape := func(text string) { out.WriteString(html.EscapeString(html.UnescapeString(text))) }
	for _, found := range element.FindAllStringSubmatchIndex(text, -1) {
		escape(text[at:found[0]])
		switch {
		case found[4] >= 0:
			out.WriteString(`<span style="color:` + text[found[4]:found[5]] + `">`)
		case found[6] >= 0:
			address := html.EscapeString(html.UnescapeString(text[found[6]:found[7]]))
			out.WriteString(`<a style="color:#0b57d0" target="_blank" rel="noopener noreferrer" href="` + address + `">`)
		case text[found[2]:found[3]] == "/font":
			out.WriteString("</span>")
		default:
			out.WriteString(text[found[0]:found[1]])
		}
		at = found[1]
	}
	escape(text[at:])
	return out.String()
}
