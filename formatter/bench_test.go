package formatter_test

import (
	"os"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/slack"
	"github.com/tocsin-sec/tocsin/formatter/text"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

func benchNotification(b *testing.B) notify.Notification {
	b.Helper()
	payload, err := os.ReadFile("../events/testdata/recipe.json")
	if err != nil {
		b.Fatal(err)
	}
	delivery, err := events.Open(events.Table(), payload)
	if err != nil {
		b.Fatal(err)
	}
	return notify.Notification{Findings: events.Parse(events.Table(), delivery.Records[0].Envelope)}
}

func BenchmarkNewOfRecipe(b *testing.B) {
	n := benchNotification(b)
	style, err := formatter.NewStyle(func(setting string) (string, string) { return setting, "" }, formattertest.ParseMention, events.Words(events.Table()))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		formatter.New(n, style)
	}
}

func BenchmarkSlackOfRecipe(b *testing.B) {
	m := formatter.New(benchNotification(b), formatter.Style{}.WithParts())
	b.ReportAllocs()
	for b.Loop() {
		slack.Render(m, slack.Post{})
	}
}

func BenchmarkTextOfRecipe(b *testing.B) {
	m := formatter.New(benchNotification(b), formatter.Style{}.WithParts())
	b.ReportAllocs()
	for b.Loop() {
		text.Render(m, 262_144)
	}
}
