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

// Week returns the summary of a week.
func Week() notify.Notification { return week("oncall", "arn:aws:s3:::example-bucket") }

// Summary returns a summary of which everything that can be a text of others is that text.
func Summary(text string) notify.Notification { return week(text, text) }

func week(sink, resource string) notify.Notification {
	hidden := func(name, text string) notify.Value { return notify.Value{Name: name, Text: text, IsHidden: true} }
	account, sort := "prod (111122223333)", "Recon:EC2/Portscan"
	if sink == resource {
		account, sort = resource, resource
	}
	return notify.Notification{Kind: notify.KindSummary, Word: notify.Word{
		Name: "summary", ID: "summary/oncall/2026-W11",
		Values: []notify.Value{
			hidden("sink", sink), hidden("from", "2026-03-09"), hidden("to", "2026-03-15"), hidden("total", "95"), hidden("told", "61"),
			{Name: "came", Text: "95 (80)"}, {Name: "sent", Text: "61 (70)"}, {Name: "digested", Text: "14 (2)"}, {Name: "repeated", Text: "11 (0)"},
			{Name: "muted", Text: "4 (3)"}, {Name: "nobody", Text: "5 (5)"}, {Name: "dead_letters", Text: "0 (2)"}, {Name: "unreadable", Text: "1 (0)"},
			{Name: "days", Text: "▄█▅▃▆·▁ 12, 31, 18, 9, 22, 0, 3"},
		},
		Tallies: []notify.Tally{
			{Name: "level", Counts: []notify.TallyCount{{Value: "critical", N: 1}, {Value: "medium", N: 87}, {Value: "over", N: 7}}},
			{Name: "account", Counts: []notify.TallyCount{{Value: account, N: 58}, {Value: "444455556666", N: 30}}, More: 7},
			{Name: "type", Counts: []notify.TallyCount{{Value: sort, N: 95}}},
			{Name: "resource", Counts: []notify.TallyCount{{Value: resource, N: 29}, {Value: "i-0a1b2c3d4e5f60718", N: 12}}, More: 54},
		},
	}}
}
