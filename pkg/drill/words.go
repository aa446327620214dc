package drill

import (
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Word returns what is said of a round: the rule by which the first of its drills has come.
func Word(round, rule string, at time.Time) notify.Notification {
	return notify.Notification{Kind: notify.KindHeartbeat, Word: notify.Word{
		Name: "drill", ID: "drill/" + round, Values: []notify.Value{{Name: "rule", Text: rule}, {Name: "drilled", Time: at}},
	}}
}

// HandWord returns what is said of a drill that has come by no rule.
func HandWord(round string, at time.Time) notify.Notification {
	return notify.Notification{Kind: notify.KindHeartbeat, Word: notify.Word{
		Name: "drill_by_hand", ID: "drill_by_hand/" + round, Values: []notify.Value{{Name: "drilled", Time: at}},
	}}
}

// aboutRules is what a missed drill and the recovery are about, so that one ends the other where the far end
// keeps alerts.
const aboutRules = "drill/rules"

// MissedWord returns what is said where drills are missed; asked is the time of the check.
func MissedWord(rules []string, asked time.Time) notify.Notification {
	const severe = 8
	return notify.Notification{Kind: notify.KindNotice, Word: notify.Word{
		Name: "drill_missed", ID: "drill_missed/" + asked.UTC().Format(time.RFC3339), About: aboutRules,
		Severity: finding.NewSeverity(severe),
		Values:   []notify.Value{{Name: "rules", Text: strings.Join(rules, ", ")}, {Name: "checked", Time: asked}},
	}}
}

// BackWord returns what is said where drills were missed before, and all have come now.
func BackWord(asked time.Time) notify.Notification {
	return notify.Notification{Kind: notify.KindNotice, Word: notify.Word{
		Name: "drill_back", ID: "drill_back/" + asked.UTC().Format(time.RFC3339), About: aboutRules, IsOver: true,
		Values: []notify.Value{{Name: "checked", Time: asked}},
	}}
}

// Examples returns what is said of drills, for a preview: that one has come, and that one was missed.
func Examples(at time.Time) []notify.Notification {
	return []notify.Notification{Word(at.Format(time.RFC3339), "tocsin-findings", at), MissedWord([]string{"tocsin-findings-health"}, at)}
}
