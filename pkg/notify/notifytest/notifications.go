package notifytest

import (
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// named is a notification and what it is.
type named struct {
	name string
	notify.Notification
}

// plainFinding is a notification that every remote end takes.
func plainFinding() notify.Notification {
	return notify.Notification{Findings: []finding.Finding{plain("a")}}
}

func plain(id string) finding.Finding {
	seen := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	f := finding.Finding{
		ID: id, Source: "aws.guardduty", Type: "Recon:EC2/PortProbeUnprotectedPort",
		Title:       "An unprotected port is being probed.",
		Description: "A host on the Internet is probing a port of the instance i-1.",
		Severity:    finding.NewSeverity(8),
		Place:       finding.Place{Account: finding.Account{ID: "111122223333"}, Region: "eu-central-1", Partition: "aws"},
		Activity:    finding.Activity{Count: 3, FirstSeen: seen, LastSeen: seen, Created: seen, Updated: seen},
		Resource:    finding.Resource{Type: "Instance", ID: "i-1"},
	}
	f.Actor.Remote.IP = "198.51.100.7"
	return f
}

// notifications returns every kind of notification, with texts from nothing at all to the worst.
func notifications() []named {
	var all []named
	for _, kind := range []notify.Kind{notify.KindFinding, notify.KindUpdate, notify.KindDigest, notify.KindNotice, notify.KindResolved} {
		all = append(all, named{kind.String(), notify.Notification{
			Kind: kind, Findings: []finding.Finding{plain("a")},
			Changes: []notify.Change{{What: "count", From: "1", To: "3"}},
		}})
	}
	var many []finding.Finding
	for range 200 {
		many = append(many, plain(strings.Repeat("b", len(many))))
	}
	all = append(all,
		named{notify.KindHeartbeat.String(), notify.Notification{Kind: notify.KindHeartbeat}},
		named{"word", notify.Notification{Kind: notify.KindNotice, Word: word("the sink says no", 7)}},
		named{"word that ends another", notify.Notification{Kind: notify.KindNotice, Word: recovery(word("", 0))}},
		named{"summary", notify.Notification{Kind: notify.KindSummary, Word: word("", 0)}},
		named{"digest of 200", notify.Notification{Kind: notify.KindDigest, Findings: many}},
		named{"finding that says nothing", notify.Notification{Findings: []finding.Finding{{}}}})
	all = append(all, acts("jane")...)
	for _, text := range hostileTexts() {
		f := filled(text.text)
		all = append(all, named{"update of what has been taken on by " + text.name, taken(text.text)})
		all = append(all, named{"act of " + text.name, act(notify.ActMute, text.text)})
		all = append(all, named{"word of " + text.name, notify.Notification{Kind: notify.KindNotice, Word: word(text.text, 7)}})
		all = append(all, named{text.name, notify.Notification{
			Findings: []finding.Finding{f}, Changes: []notify.Change{{What: text.text, From: text.text, To: text.text}},
		}})
	}
	for _, n := range slices.Clone(all) {
		n.name += ", minimal"
		n.Minimal = true
		all = append(all, n)
	}
	return all
}

// word returns a word of Tocsin itself, with a text of others in it.
func word(text string, severity finding.Severity) notify.Word {
	return notify.Word{
		Name: "sink_dead", ID: "sink_dead/oncall/2026-03-01T12", About: "sink/oncall", Severity: severity,
		Values: []notify.Value{
			{Name: "sink", Text: "oncall", IsHidden: true}, {Name: "reason", Text: text},
			{Name: "since", Time: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)},
		},
		Tallies: []notify.Tally{{Name: "resource", Counts: []notify.TallyCount{{Value: text, N: 3}, {Value: "i-1", N: 1}}, More: 2}},
	}
}

func recovery(w notify.Word) notify.Word {
	w.IsOver = true
	return w
}

type hostileText struct{ name, text string }

// hostileTexts are what an attacker, or a careless source, could put into any text of a finding.
func hostileTexts() []hostileText {
	var controls strings.Builder
	for c := range rune(0xa0) {
		controls.WriteRune(c)
	}
	return []hostileText{
		{"mentions", "<!channel> <!here> <@U012345> <!subteam^S1> @everyone <https://evil.example|Console>"},
		{"markup", "&<>\"' &amp; &lt;script&gt; <b>*_~`_*</b> ```"},
		{"line breaks", "one\r\ntwo\nthree\rfour\u2028five\u2029six\vseven\fSubject: eight"},
		{"control characters", controls.String()},
		{"terminal escapes", "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J"},
		{"bidirectional overrides", "\u202egnp.exe\u202c \u2066\u2069 \u200b\u200d\ufeff"},
		{"invalid UTF-8", "a\xff\xfe\xc3(\xe2\x82"},
		{"not for XML", "\ufffe\uffff\x00\x0b"},
		{"spaces only", " \t \u00a0 \u3000 "},
		{"beyond the first plane", strings.Repeat("🔥👩‍👩‍👧‍👦", 400)},
		{"long in bytes", strings.Repeat("é", 300_000)},
		{"long once escaped", strings.Repeat("&", 300_000)},
	}
}

// filled puts text wherever a finding holds text that comes from an event.
func filled(text string) finding.Finding {
	f := plain(text)
	f.Source, f.Type, f.Title, f.Description = text, text, text, text
	f.Account = finding.Account{ID: text, Name: text}
	f.Region, f.Partition = text, text
	facts := finding.Attributes{}.With(finding.AttrRole, text).With(finding.AttrDomain, text)
	f.Resource = finding.Resource{
		Type: text, ID: text, Name: text, ARN: text, Attributes: facts, Tags: []finding.Tag{{Key: text, Value: text}},
	}
	f.Related = []finding.Resource{f.Resource}
	f.Actor = finding.Actor{
		Remote:    finding.Remote{IP: text, Country: text, City: text, Organization: text, ASN: text, Domain: text},
		User:      finding.User{Name: text, Type: text, Session: text, PrincipalID: text, AccessKey: text},
		Process:   finding.Process{Name: text, Path: text, User: text, SHA256: text, PID: text},
		UserAgent: text,
	}
	f.Action = finding.Action{Kind: text, Attributes: facts}
	f.Threats = []finding.Threat{{Name: text, List: text, File: text, SHA256: text}}
	f.Sequence = &finding.Sequence{
		Description: text,
		Signals:     []finding.Signal{{Name: text, Type: text, Description: text}},
		Actors:      []finding.Actor{f.Actor},
		Resources:   f.Related,
		Indicators:  []finding.Indicator{{Key: text, Title: text, Values: []string{text}}},
	}
	return f
}

// acts returns what a person can do about a finding, or undo, what failed, and what comes before and after it.
func acts(who string) []named {
	f := plain("a")
	var buttons []notify.Act
	for _, name := range []string{notify.ActAcknowledge, notify.ActMute, notify.ActArchive} {
		buttons = append(buttons, notify.Act{Name: name, Value: `{"s":"aws.guardduty","i":"a"}`})
	}
	escalated := word(who, 8)
	escalated.Name, escalated.ID, escalated.About = "escalated", "escalated/slack/"+f.Key(), f.Key()
	all := []named{
		{"finding with buttons", notify.Notification{Findings: []finding.Finding{f}, Acts: buttons}},
		{"update of what has been taken on", taken(who)},
		{"escalation", notify.Notification{Kind: notify.KindNotice, Findings: []finding.Finding{f}, Word: escalated}},
	}
	for _, name := range []string{
		notify.ActAcknowledge, notify.ActGiveBack, notify.ActMute, notify.ActUnmute, notify.ActArchive, notify.ActUnarchive, "failed",
	} {
		all = append(all, named{"act: " + name, act(name, who)})
	}
	return all
}

// at is when people take things on.
func at() time.Time { return time.Date(2024, 5, 1, 12, 30, 0, 0, time.UTC) }

// act says that somebody did something about a finding. They choose their name themselves.
func act(name, who string) notify.Notification {
	f := plain("a")
	return notify.Notification{
		Kind: notify.KindAction, Findings: []finding.Finding{f}, Acts: []notify.Act{{Name: notify.ActUnmute, Value: `{"s":"aws.guardduty","i":"a"}`}},
		Word: notify.Word{Name: "act_" + name, ID: "act/" + name, About: f.Key(), Values: []notify.Value{
			{Name: "who", Person: notify.Person{ID: who, Name: who}}, {Name: "reason", Text: who}, {Name: "mute", Text: "slack-20240501-ab12"},
			{Name: "what", Text: who}, {Name: "until", Time: at()},
		}},
	}
}

// taken is an update of a finding that somebody has taken on.
func taken(who string) notify.Notification {
	return notify.Notification{
		Kind: notify.KindUpdate, Findings: []finding.Finding{plain("a")}, Changes: []notify.Change{{What: "count", From: "1", To: "3"}},
		Taken: notify.Taken{By: notify.Person{ID: who, Name: who}, At: at()},
	}
}
