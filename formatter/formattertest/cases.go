package formattertest

import (
	"maps"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Case is a notification and the settings of a style.
type Case struct {
	Notification notify.Notification
	Settings     map[string]string
}

// Cases returns what every renderer has a golden file for, by name.
func Cases() map[string]Case {
	one := func(f finding.Finding) notify.Notification {
		return notify.Notification{Findings: []finding.Finding{f}}
	}
	update := one(Exfiltration())
	update.Kind = notify.KindUpdate
	update.Changes = []notify.Change{
		{What: "severity", From: "5.0", To: "8.0"}, {What: "count", From: "3", To: "120"}, {What: "new actor", To: "198.51.100.9"},
	}
	resolved := one(Exfiltration())
	resolved.Kind = notify.KindResolved
	heartbeat := notify.Notification{Kind: notify.KindHeartbeat}
	minimal := one(Exfiltration())
	minimal.Minimal = true
	digest := notify.Notification{Kind: notify.KindDigest, Findings: []finding.Finding{Exfiltration(), ConsoleLogin(), Sequence()}}
	for _, name := range slices.Sorted(maps.Keys(Kinds())) {
		digest.Findings = append(digest.Findings, Kinds()[name])
	}
	japanese := map[string]string{"MESSAGE_LANG": "ja"}
	all := map[string]Case{
		"finding": {one(Exfiltration()), nil}, "sample": {one(ConsoleLogin()), nil}, "sequence": {one(Sequence()), nil},
		"sequence-utmost": {one(Utmost()), nil}, "generic": {one(Generic()), nil}, "longest": {Filled(strings.Repeat("long <&> words. ", 20_000)), nil},
		"nothing": {one(finding.Finding{}), nil}, "update": {update, nil}, "minimal": {minimal, nil},
		"digest": {digest, nil}, "digest-samples": {notify.Notification{Kind: notify.KindDigest, Findings: []finding.Finding{ConsoleLogin(), ConsoleLogin()}}, nil},
		"notice":     {notify.Notification{Kind: notify.KindNotice, Findings: []finding.Finding{Exfiltration()}}, nil},
		"ja-finding": {one(Instance()), japanese}, "ja-sequence": {one(Utmost()), japanese}, "ja-digest": {digest, japanese}, "ja-update": {update, japanese},
		"resolved": {resolved, nil}, "ja-resolved": {resolved, japanese}, "heartbeat": {heartbeat, nil}, "ja-heartbeat": {heartbeat, japanese},
		"own": {one(Instance()), map[string]string{
			"FIELDS": "account,resource,action,details", "TITLE_TEMPLATE": "{{.what}} in {{.account_name | upper}}", "MENTION": "<!channel>",
			"MENTION_MIN_SEVERITY": "5", "RUNBOOK_URL": "https://wiki.example.com/runbooks/{type}",
			"BODY_TEMPLATE": "{{.actor.ip}} attacks {{.target}}\n{{with tag \"Owner\"}}Ask {{.}}{{end}}",
		}},
	}
	all["vulnerability"], all["control"], all["alarm"] = Case{one(Vulnerable()), nil}, Case{one(Failed()), nil}, Case{one(Alarm()), nil}
	all["planned"], all["ended"], all["digest-groups"] = Case{one(Maintenance()), nil}, Case{Ended(), nil}, Case{Many(), nil}
	all["ja-vulnerability"], all["ja-planned"] = Case{one(Vulnerable()), japanese}, Case{one(Maintenance()), japanese}
	all["ja-ended"], all["ja-digest-groups"] = Case{Ended(), japanese}, Case{Many(), japanese}
	all["word"], all["word-over"], all["ja-word"] = Case{Dead(), nil}, Case{Works(), nil}, Case{Dead(), japanese}
	all["buttons"], all["taken"], all["escalated"] = Case{WithButtons(), nil}, Case{Taken(), nil}, Case{Escalated(), nil}
	all["ja-taken"], all["ja-escalated"], all["ja-acted"] = Case{Taken(), japanese}, Case{Escalated(), japanese}, Case{Acted(), japanese}
	all["acted"], all["not-done"] = Case{Acted(), nil}, Case{NotDone(), nil}
	all["summary"], all["ja-summary"] = Case{Week(), nil}, Case{Week(), japanese}
	for name, f := range Kinds() {
		all[name] = Case{one(f), nil}
	}
	return all
}
