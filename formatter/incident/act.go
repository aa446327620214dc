package incident

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// ActOf returns what somebody did about a finding, as a word that tells it has it: one of notify's Act constants
// as a rule. It is empty for a notification that tells no such thing.
func ActOf(n notify.Notification) string {
	if n.Kind != notify.KindAction {
		return ""
	}
	act, _ := strings.CutPrefix(n.Word.Name, "act_")
	return act
}

// IsEscalation reports whether a notification is a word about one finding that asks for work: what was told
// elsewhere, and nobody has taken on. It is a part of the finding's own alert, which ends with the finding.
func IsEscalation(n notify.Notification) bool {
	return n.Kind == notify.KindNotice && n.Word.IsSaid() && len(n.Findings) == 1
}

// Named returns a message that says which finding it is about, as that of the finding does: it stands beside no
// alert that would say so.
func Named(m, finding formatter.Message) formatter.Message {
	target := cmp.Or(finding.Target, finding.Type)
	if finding.IsOwn { // the operator's template makes all of the headline
		target = finding.Title
	}
	m.Target, m.Place = cmp.Or(m.Target, target), cmp.Or(m.Place, finding.Place)
	m.Source, m.Type = cmp.Or(m.Source, finding.Source), cmp.Or(m.Type, finding.Type)
	m.Account, m.Region = cmp.Or(m.Account, finding.Account), cmp.Or(m.Region, finding.Region)
	return m
}
