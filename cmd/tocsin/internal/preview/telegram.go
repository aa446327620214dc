package preview

import (
	"encoding/json"
	"html"
	"strings"
	"unicode/utf16"
)

// telegramView is a Telegram message as it is drawn. It is read from the payload itself, so that the
// page shows what Telegram is sent and nothing else.
type telegramView struct {
	Text     string `json:"text"`
	Entities []struct {
		Type   string `json:"type"`
		Offset int    `json:"offset"`
		Length int    `json:"length"`
		URL    string `json:"url"`
	} `json:"entities"`
	Silent bool `json:"disable_notification"`
}

// The look of a chat in Telegram's light theme.
const (
	telegramPage = `<!doctype html><meta charset="utf-8"><body style="margin:0;padding:16px;background:#c8dcb8;color:#000;` +
		`font:15px/1.4 Roboto,'Noto Sans','Helvetica Neue',Helvetica,Arial,sans-serif">` +
		`<div style="max-width:480px;background:#fff;border-radius:12px;padding:8px 12px;white-space:pre-wrap;overflow-wrap:anywhere">`
	telegramLink  = `<a style="color:#168acd;text-decoration:none" target="_blank" rel="noopener noreferrer" href="`
	telegramCode  = `<code style="color:#3b6ea5">`
	telegramCalls = `<span style="color:#168acd">`
)

// drawTelegram draws a message as Telegram does. What the text holds beside its entities is drawn as
// text, also what Telegram would find there by itself.
func drawTelegram(payload []byte) []byte {
	var v telegramView
	if json.Unmarshal(payload, &v) != nil {
		return nil
	}
	var out strings.Builder
	out.WriteString(telegramPage)
	text, done := utf16.Encode([]rune(v.Text)), 0
	part := func(from, to int) string { return html.EscapeString(string(utf16.Decode(text[from:to]))) }
	for _, e := range v.Entities {
		if e.Offset < done || e.Length < 0 || e.Length > len(text)-e.Offset {
			continue // Telegram draws what is left
		}
		out.WriteString(part(done, e.Offset))
		done = e.Offset + e.Length
		inner := part(e.Offset, done)
		switch {
		case e.Type == "bold":
			inner = "<b>" + inner + "</b>"
		case e.Type == "code":
			inner = telegramCode + inner + "</code>"
		case e.Type == "text_link" && strings.HasPrefix(e.URL, "https://"):
			inner = telegramLink + html.EscapeString(e.URL) + `">` + inner + "</a>"
		case e.Type == "text_mention":
			inner = telegramCalls + inner + "</span>"
		}
		out.WriteString(inner)
	}
	out.WriteString(part(done, len(text)) + "</div>")
	if v.Silent {
		out.WriteString(`<div style="font-size:12px;margin-top:4px">🔕</div>`)
	}
	return []byte(out.String())
}
