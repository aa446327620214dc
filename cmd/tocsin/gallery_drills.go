package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/preview"
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/drill"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/setting"
)

// showDrills puts on the page what is said of fire drills, where a sink accepts them: that one has come, and that
// one was missed.
func showDrills(handler *app.App) []preview.Finding {
	accepting := handler.AcceptDrills()
	if len(accepting) == 0 {
		return nil
	}
	at, site := time.Date(2026, 3, 16, 9, 0, 0, 0, time.UTC), drill.Site{Account: "111122223333", Region: "eu-west-1"}
	return []preview.Finding{
		showWord(drill.Word(site, at.Format(time.RFC3339), "tocsin-findings", at), handler, accepting),
		showWord(drill.MissedWord(site, []string{"tocsin-findings-health"}, at), handler, accepting),
	}
}

// showWord puts a word of Tocsin itself on the page: for those who are told, and for the others as it would be.
func showWord(n notify.Notification, handler *app.App, told []string) preview.Finding {
	message := formatter.New(n, handler.Style())
	shown := preview.Finding{IsDigest: true, Kind: "fire drill", From: "What Tocsin says of itself", Headline: message.Headline}
	for _, sink := range handler.PreviewWord(n) {
		m := messageOf(sink.Name, sink.Message, sink.Err)
		m.Reason = "Sent where fire drills are accepted."
		if !slices.Contains(told, sink.Name) {
			m.Reason = fmt.Sprintf("Not sent, unless %s is true. It would look like this.", setting.Variable(sink.Name, "DRILL"))
		}
		shown.Messages = append(shown.Messages, m)
	}
	shown.Messages = append(shown.Messages, forms(n, message)...)
	return shown
}
