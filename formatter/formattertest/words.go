package formattertest

import (
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Dead returns the notice that a sink takes nothing.
func Dead() notify.Notification {
	return notify.Notification{Kind: notify.KindNotice, Word: notify.Word{
		Name: "sink_dead", ID: "sink_dead/oncall/2026-03-16T08", About: "sink/oncall", Severity: finding.NewSeverity(8),
		Values: []notify.Value{
			{Name: "sink", Text: "oncall"}, {Name: "reason", Text: "sending to Slack: 404 no_service"},
			{Name: "since", Time: time.Date(2026, 3, 16, 8, 25, 0, 0, time.UTC)},
		},
	}}
}

// Works returns the notice that the same sink works again.
func Works() notify.Notification {
	n := Dead()
	n.Word.Name, n.Word.ID, n.Word.IsOver = "sink_works", "sink_works/oncall/2026-03-16T09", true
	n.Word.Severity = 0
	n.Word.Values = append(n.Word.Values[:1], n.Word.Values[2])
	return n
}

// Summary returns a word that counts, whose values are a text of others.
func Summary(text string) notify.Notification {
	return notify.Notification{Kind: notify.KindSummary, Word: notify.Word{
		Name: "sink_works", ID: "summary/2026-W11", Values: []notify.Value{{Name: "sink", Text: text, IsHidden: true}, {Name: "reason", Text: text}},
		Tallies: []notify.Tally{{Name: "account", Counts: []notify.TallyCount{{Value: text, N: 3}, {Value: "prod", N: 2}}, More: 7}},
	}}
}
