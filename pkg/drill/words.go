package drill

import (
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Site is where rules are. Several deployments can say their words in one place, and people have to know of
// which one a word is.
type Site struct{ Account, Region string }

// values returns the site as a word states it.
func (s Site) values() []notify.Value {
	return []notify.Value{{Name: "account", Text: s.Account}, {Name: "region", Text: s.Region}}
}

// Word returns what is said of a round: the rule by which the first of its drills has come.
func Word(of Site, round, rule string, at time.Time) notify.Notification {
	values := append([]notify.Value{{Name: "rule", Text: rule}, {Name: "drilled", Time: at}}, of.values()...)
	return notify.Notification{Kind: notify.KindHeartbeat, Word: notify.Word{Name: "drill", ID: "drill/" + round, Values: values}}
}

// HandWord returns what is said of a drill that has come by no rule.
func HandWord(round string, at time.Time) notify.Notification {
	return notify.Notification{Kind: notify.KindHeartbeat, Word: notify.Word{
		Name: "drill_by_hand", ID: "drill_by_hand/" + round, Values: []notify.Value{{Name: "drilled", Time: at}},
	}}
}

// about returns what a missed drill and the recovery are about, so that one ends the other where the far end
// keeps alerts, and that of no other deployment which has its alerts there too.
func about(rules Site) string { return "drill/rules/" + rules.Account + "/" + rules.Region }

// idOf names what a check has found; asked is its time.
func idOf(name string, rules Site, asked time.Time) string {
	return name + "/" + rules.Account + "/" + rules.Region + "/" + asked.UTC().Format(time.RFC3339)
}

// MissedWord returns what is said where drills of rules are missed; asked is the time of the check.
func MissedWord(of Site, rules []string, asked time.Time) notify.Notification {
	const name, severe = "drill_missed", 8
	values := []notify.Value{{Name: "rules", Text: strings.Join(rules, ", ")}, {Name: "checked", Time: asked}}
	return notify.Notification{Kind: notify.KindNotice, Word: notify.Word{
		Name: name, ID: idOf(name, of, asked), About: about(of), Severity: finding.NewSeverity(severe),
		Values: append(values, of.values()...),
	}}
}

// BackWord returns what is said where drills were missed before, and all have come now.
func BackWord(of Site, asked time.Time) notify.Notification {
	const name = "drill_back"
	return notify.Notification{Kind: notify.KindNotice, Word: notify.Word{
		Name: name, ID: idOf(name, of, asked), About: about(of), IsOver: true,
		Values: append([]notify.Value{{Name: "checked", Time: asked}}, of.values()...),
	}}
}

// Examples returns what is said of drills, for a preview: that one has come, and that one was missed.
func Examples(at time.Time) []notify.Notification {
	site := Site{Account: "111122223333", Region: "eu-west-1"}
	return []notify.Notification{Word(site, at.Format(time.RFC3339), "tocsin-findings", at), MissedWord(site, []string{"tocsin-findings-health"}, at)}
}
