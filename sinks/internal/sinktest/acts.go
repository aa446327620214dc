package sinktest

import (
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Act returns what a person did about a finding: act is one of notify's Act constants, or what failed.
func Act(act string, f finding.Finding, who notify.Person) notify.Notification {
	id := "act/" + act + "/" + f.ID
	values := []notify.Value{{Name: "who", Person: who}}
	n := notify.Notification{Kind: notify.KindAction, Findings: []finding.Finding{f}}
	switch act {
	case notify.ActMute:
		values = append(values, notify.Value{Name: "reason", Text: who.Name},
			notify.Value{Name: "until", Time: time.Date(2026, 3, 17, 8, 25, 0, 0, time.UTC)},
			notify.Value{Name: "mute", Text: "slack-20260316-ab12"}, notify.Value{Name: "what", Text: "account"})
		n.Acts = []notify.Act{{Name: notify.ActUnmute, Value: id}}
	case notify.ActUnmute:
		values = append(values, notify.Value{Name: "mute", Text: "slack-20260316-ab12"})
	case notify.ActArchive:
		n.Acts = []notify.Act{{Name: notify.ActUnarchive, Value: id}}
	}
	n.Word = notify.Word{Name: "act_" + act, ID: id, About: f.Key(), Values: values}
	return n
}

// Escalated returns what is told of a finding that nobody has taken on.
func Escalated(f finding.Finding) notify.Notification {
	return notify.Notification{Kind: notify.KindNotice, Findings: []finding.Finding{f}, Word: notify.Word{
		Name: "escalated", ID: "escalated/slack/" + f.Key(), About: f.Key(), Severity: f.Severity,
		Values: []notify.Value{
			{Name: "sink", Text: "slack"}, {Name: "waited", Text: "15m"},
			{Name: "since", Time: time.Date(2026, 3, 16, 8, 25, 0, 0, time.UTC)},
		},
	}}
}
