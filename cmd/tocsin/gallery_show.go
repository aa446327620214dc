package main

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/preview"
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/html"
	"github.com/tocsin-sec/tocsin/formatter/json"
	"github.com/tocsin-sec/tocsin/formatter/markdown"
	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/condition"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

// showDigest puts a digest of all findings on the page.
func showDigest(findings []finding.Finding, handler *app.App) preview.Finding {
	n := notify.Notification{Kind: notify.KindDigest, Findings: findings}
	message := formatter.New(n, handler.Style())
	shown := preview.Finding{IsDigest: true, From: "A digest of all of them", Headline: message.Headline}
	for _, sink := range handler.PreviewDigest(findings) {
		m := messageOf(sink.Name, sink.Message, sink.Err)
		m.Reason = "When more come in a minute than DIGEST_AFTER, or by the thousand, one message speaks of all."
		shown.Messages = append(shown.Messages, m)
	}
	shown.Messages = append(shown.Messages, forms(n, message)...)
	return shown
}

// showWord puts on the page what Tocsin says of itself. By settings that let it be said to nobody, each sink
// shows what it would be sent.
func showWord(word app.WordPreview, style formatter.Style) preview.Finding {
	message := formatter.New(word.Notification, style)
	shown := preview.Finding{IsDigest: true, Label: word.Notification.Kind.String(), From: "What Tocsin says of itself: an example", Headline: message.Headline}
	others := "This sink is not told: " + word.Setting + " names another."
	if word.Notification.Kind == notify.KindAction {
		shown.From, others = "What is said of what people do: an example", "Sinks of this type are not told what people do."
	}
	for _, sink := range word.Sinks {
		m := messageOf(sink.Name, sink.Message, sink.Err)
		m.Reason = word.Setting + " is not set, so that nobody is told."
		switch {
		case slices.Contains(word.Told, sink.Name):
			m.Reason = word.Setting + " lets this sink be told."
		case len(word.Told) > 0:
			m = preview.Message{Name: sink.Name, Problem: others}
		}
		shown.Messages = append(shown.Messages, m)
	}
	shown.Messages = append(shown.Messages, forms(word.Notification, message)...)
	return shown
}

// messageOf puts what a sink would send on the page.
func messageOf(name string, payload notify.Preview, err error) preview.Message {
	m := preview.Message{Name: name, Payload: payload}
	switch {
	case err != nil:
		m.Problem = err.Error()
	case payload.Form == "":
		m.Problem = "This sink cannot show its messages."
	}
	return m
}

// whenLater says when a message is sent of a finding that was sent before.
func whenLater(later pipeline.Later) string {
	switch {
	case later.Kind == notify.KindResolved:
		return "When it is over"
	case later.IsTaken:
		return "When it is sent again, and somebody has taken it on"
	}
	return "When it is sent again"
}

// show puts a finding on the page: what the sinks are sent, and the forms that none of them sends.
func show(from string, p pipeline.Preview, style formatter.Style) preview.Finding {
	n := notify.Notification{Kind: p.Kind, Findings: []finding.Finding{p.Finding}}
	message := formatter.New(n, style)
	shown := preview.Finding{From: from, Headline: message.Headline, IsEnd: n.Kind == notify.KindResolved, Nobody: true}
	for _, sink := range p.Sinks {
		shown.Nobody = shown.Nobody && (sink.Decision.Verdict == router.Below || sink.Decision.Verdict == router.Unmatched)
		m := messageOf(sink.Name, sink.Message, sink.Err)
		m.Sends, m.Verdict = sink.Decision.Verdict == router.Send, verdict(sink.Decision.Verdict)
		m.Reason, m.Short = sink.Decision.Reason, short(shown.IsEnd, sink.Decision)
		if sink.Asks.Form != "" {
			m.Later = append(m.Later, messageOf("What a button asks", sink.Asks, nil))
		}
		for _, later := range sink.Later {
			m.Later = append(m.Later, messageOf(whenLater(later), later.Message, later.Err))
		}
		if n.Kind == notify.KindResolved {
			m.Verdict = "Sent where it was sent before"
		}
		if sink.Decision.Verdict == router.Muted {
			m.Seen = seen(sink.Decision.Seen) // the reason does not say it
		}
		shown.Messages = append(shown.Messages, m)
	}
	shown.Messages = append(shown.Messages, forms(n, message)...)
	return shown
}

// Limits of forms that no sink of this version sends, in bytes.
const (
	maxMail     = 102_000 // Gmail hides what comes after
	maxMarkdown = 65_536  // GitHub takes no longer comment
)

// forms returns the renderings for people and programs that no sink sends by itself.
func forms(n notify.Notification, m formatter.Message) []preview.Message {
	mail, text := html.Render(m), markdown.Render(m, maxMarkdown)
	lines, err := json.Lines(n)
	if n.Word.IsSaid() {
		lines, err = json.Document(n, maxMarkdown)
	}
	form := preview.Message{Name: "JSON", IsForm: true, Payload: notify.Preview{Form: notify.FormJSON, Body: lines}}
	if err != nil {
		form.Problem = err.Error()
	}
	return []preview.Message{
		{Name: "HTML e-mail", IsForm: true, Payload: notify.Preview{
			Form: notify.FormHTML, Body: []byte(mail), Sizes: []notify.Size{{What: "bytes", Value: len(mail), Limit: maxMail}},
		}},
		{Name: "Markdown", IsForm: true, Payload: notify.Preview{
			Form: notify.FormMarkdown, Body: []byte(text), Sizes: []notify.Size{{What: "characters", Value: utf8.RuneCountInString(text), Limit: maxMarkdown}},
		}},
		form,
	}
}

// verdict returns what becomes of a finding in a word.
func verdict(v router.Verdict) string {
	switch v {
	case router.Send:
		return "Sent"
	case router.Below:
		return "Below the threshold"
	case router.Unmatched:
		return "Unmatched"
	case router.Muted:
		return "Muted"
	default:
		return "Held back"
	}
}

// short returns a decision in a word or three, with what holds the finding back.
func short(isEnd bool, d router.Decision) string {
	switch d.Verdict {
	case router.Send:
		if isEnd {
			return "if sent before"
		}
		return "sent"
	case router.Below:
		_, threshold, _ := strings.Cut(d.Reason, "below the threshold ")
		return "below " + threshold
	case router.Unmatched:
		return "not " + d.Rule
	case router.Muted:
		return "muted: " + d.Rule
	default:
		return string(d.Verdict)
	}
}

func seen(values []condition.Seen) []string {
	var all []string
	for _, value := range values {
		all = append(all, value.Name+" = "+value.Value)
	}
	return all
}
