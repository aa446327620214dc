package preview

import (
	"encoding/json"
	"fmt"
	"html"
	"strings"
)

// discordView is a Discord message as it is drawn. It is read from the payload itself, so that the
// page shows what Discord is sent and nothing else.
type discordView struct {
	Content string `json:"content"`
	Embeds  []struct {
		Title       string `json:"title"`
		URL         string `json:"url"`
		Description string `json:"description"`
		Color       int    `json:"color"`
		Fields      []struct {
			Name   string `json:"name"`
			Value  string `json:"value"`
			Inline bool   `json:"inline"`
		} `json:"fields"`
		Footer struct {
			Text string `json:"text"`
		} `json:"footer"`
	} `json:"embeds"`
}

// The look of Discord's dark theme.
const (
	discordPage = `<!doctype html><meta charset="utf-8"><body style="margin:0;padding:16px;background:#313338;color:#dbdee1;` +
		`font:16px/1.375 'gg sans','Noto Sans','Helvetica Neue',Helvetica,Arial,sans-serif;overflow-wrap:anywhere">`
	discordCode  = `<code style="background:#1e1f22;border-radius:4px;padding:0 3px;font-size:85%">`
	discordLink  = `<a style="color:#00a8fc;text-decoration:none" target="_blank" rel="noopener noreferrer" href="`
	discordCalls = `<span style="background:#3c4270;color:#c9cdfb;border-radius:3px;padding:0 2px">`
)

// drawDiscord draws a message as Discord does.
func drawDiscord(payload []byte) []byte {
	var v discordView
	if json.Unmarshal(payload, &v) != nil {
		return nil
	}
	var out strings.Builder
	out.WriteString(discordPage)
	if v.Content != "" {
		out.WriteString(`<div style="margin:0 0 8px">` + discordMarkdown(v.Content) + "</div>")
	}
	for _, e := range v.Embeds {
		fmt.Fprintf(&out, `<div style="max-width:520px;background:#2b2d31;border-left:4px solid #%06x;border-radius:4px;padding:8px 16px 16px 12px">`,
			min(max(e.Color, 0), 0xffffff))
		title := discordMarkdown(e.Title)
		if strings.HasPrefix(e.URL, "https://") {
			title = discordLink + html.EscapeString(e.URL) + `">` + title + "</a>"
		}
		out.WriteString(`<div style="font-weight:600;margin-top:8px">` + title + "</div>")
		if e.Description != "" {
			out.WriteString(`<div style="font-size:14px;margin-top:8px">` + discordMarkdown(e.Description) + "</div>")
		}
		out.WriteString(`<div style="display:flex;flex-wrap:wrap;gap:8px;font-size:14px;margin-top:8px">`)
		for _, f := range e.Fields {
			basis := "100%"
			if f.Inline {
				basis = "30%"
			}
			out.WriteString(`<div style="flex:1 1 ` + basis + `"><div style="font-weight:600">` + discordMarkdown(f.Name) + "</div>" + discordMarkdown(f.Value) + "</div>")
		}
		out.WriteString("</div>")
		if e.Footer.Text != "" { // which knows no markup
			out.WriteString(`<div style="font-size:12px;margin-top:8px">` + html.EscapeString(e.Footer.Text) + "</div>")
		}
		out.WriteString("</div>")
	}
	return []byte(out.String())
}

// discordMarkdown draws the markup that a message has: code, bold, links, mentions and escapes.
// https://support.discord.com/hc/en-us/articles/210298617
func discordMarkdown(text string) string {
	var out strings.Builder
	for isBold := false; text != ""; {
		code, afterCode, isCode := enclosed(text, "`", "`")
		label, afterLabel, isLink := enclosed(text, "[", "](<")
		target, afterLink, isWhole := strings.Cut(afterLabel, ">)")
		call, afterCall, isCall := enclosed(text, "<@", ">")
		switch {
		case text[0] == '\\' && len(text) > 1:
			out.WriteString(html.EscapeString(text[1:2]))
			text = text[2:]
		case isCode:
			out.WriteString(discordCode + html.EscapeString(code) + "</code>")
			text = afterCode
		case isLink && isWhole && strings.HasPrefix(target, "https://"):
			out.WriteString(discordLink + html.EscapeString(target) + `">` + discordMarkdown(label) + "</a>")
			text = afterLink
		case isCall:
			out.WriteString(discordCalls + html.EscapeString("@"+strings.TrimPrefix(call, "&")) + "</span>")
			text = afterCall
		case strings.HasPrefix(text, "@everyone"), strings.HasPrefix(text, "@here"):
			word := text[:len("@here")]
			if strings.HasPrefix(text, "@everyone") {
				word = "@everyone"
			}
			out.WriteString(discordCalls + word + "</span>")
			text = text[len(word):]
		case strings.HasPrefix(text, "**"):
			out.WriteString(map[bool]string{false: "<b>", true: "</b>"}[isBold])
			isBold, text = !isBold, text[2:]
		case text[0] == '\n':
			out.WriteString("<br>")
			text = text[1:]
		default:
			end := strings.IndexAny(text[1:], "\\`[<@*\n") + 1
			if end == 0 {
				end = len(text)
			}
			out.WriteString(html.EscapeString(text[:end]))
			text = text[end:]
		}
	}
	return out.String()
}

// enclosed returns what stands between two marks at the beginning of a text, and what follows.
func enclosed(text, opening, closing string) (inner, after string, ok bool) {
	rest, ok := strings.CutPrefix(text, opening)
	if !ok {
		return "", "", false
	}
	inner, after, ok = strings.Cut(rest, closing)
	return inner, after, ok && inner != "" && !strings.Contains(inner, "\n")
}
