package formattertest

import (
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// jane is somebody who has pressed a button.
func jane() notify.Person { return notify.Person{ID: "U012AB3CD", Name: "jane"} }

// pressed is when she did.
func pressed() time.Time { return time.Date(2026, 11, 29, 10, 0, 30, 0, time.UTC) }

// value is what a button of the finding carries.
const value = `{"s":"aws.guardduty","a":"111122223333","r":"ap-northeast-1","i":"16afba5c5c43e07c9e3e5e2e544e95df"}`

// Acts are all that can be done about a finding.
func Acts() []notify.Act {
	return []notify.Act{
		{Name: notify.ActAcknowledge, Value: value}, {Name: notify.ActMute, Value: value}, {Name: notify.ActArchive, Value: value},
	}
}

// WithButtons returns a finding that something can be done about.
func WithButtons() notify.Notification {
	return notify.Notification{Findings: []finding.Finding{Exfiltration()}, Acts: Acts()}
}

// Taken returns an update of a finding that somebody has taken on.
func Taken() notify.Notification {
	n := WithButtons()
	n.Kind, n.Taken = notify.KindUpdate, notify.Taken{By: jane(), At: pressed()}
	n.Changes = []notify.Change{{What: "severity", From: "5.0", To: "8.0"}, {What: "count", From: "3", To: "120"}}
	return n
}

// Escalated returns that nobody has taken a finding on.
func Escalated() notify.Notification {
	n := WithButtons()
	n.Kind = notify.KindNotice
	n.Word = notify.Word{
		Name: "escalated", ID: "escalated/ONCALL/" + n.Findings[0].Key(), About: n.Findings[0].Key(), Severity: n.Findings[0].Severity,
		Values: []notify.Value{{Name: "since", Time: pressed()}, {Name: "waited", Text: "15m0s"}, {Name: "sink", Text: "team"}},
	}
	return n
}

// Acted returns that somebody has muted what a finding is about, and what undoes it.
func Acted() notify.Notification { return acted(jane(), "a scanner of ours") }

func acted(by notify.Person, reason string) notify.Notification {
	f := finding.Finding{ID: "16afba5c5c43e07c9e3e5e2e544e95df", Source: "aws.guardduty", Type: "Trojan:EC2/DNSDataExfiltration", Severity: 8}
	f.Account.ID, f.Region, f.Resource.ID = "111122223333", "ap-northeast-1", "i-0a1b2c3d4e5f60718"
	return notify.Notification{
		Kind: notify.KindAction, Findings: []finding.Finding{f}, Acts: []notify.Act{{Name: notify.ActUnmute, Value: value}},
		Word: notify.Word{Name: "act_mute", ID: "r1", About: f.Key(), Values: []notify.Value{
			{Name: "who", Person: by}, {Name: "what", Text: "resource"}, {Name: "until", Time: pressed().Add(7 * 24 * time.Hour)},
			{Name: "reason", Text: reason}, {Name: "mute", Text: "slack-20261129-ab12"},
		}},
	}
}

// NotDone returns that what somebody has asked for could not be done.
func NotDone() notify.Notification {
	n := Acted()
	n.Acts, n.Word.Name = nil, "act_failed"
	n.Word.Values = []notify.Value{
		{Name: "who", Person: jane()}, {Name: "what", Text: notify.ActArchive}, {Name: "reason", Text: "GuardDuty: AccessDeniedException"},
	}
	return n
}

// ActedBy returns what says who did something, where every text that is another's is the given one.
func ActedBy(text string) []notify.Notification {
	who := notify.Person{ID: text, Name: text}
	taken, escalated, word, failed := Taken(), Escalated(), acted(who, text), NotDone()
	taken.Taken.By = who
	escalated.Findings = Filled(text).Findings
	word.Findings = Filled(text).Findings
	word.Word.Values = append(word.Word.Values, notify.Value{Name: "who", Text: text})
	failed.Word.Values[0].Person, failed.Word.Values[2].Text = notify.Person{Name: text}, text
	failed.Word.Values[1].Text = text
	return []notify.Notification{taken, escalated, word, failed}
}
