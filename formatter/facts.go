package formatter

import (
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

const (
	// timeLayout is how times are shown, always in UTC.
	timeLayout = "2006-01-02 15:04:05 UTC"
	// most is how many elements of a list are shown before "and 12 more".
	most = 5
	// mostDetails is how many details of a resource are shown.
	mostDetails = 6
)

// facts gives what a reader needs to act, the most important first: renderers that are short of space
// drop from the end.
func facts(f finding.Finding) []Fact {
	var l factList
	l.add("Account", clean(f.Account.String()))
	l.add("Region", clean(f.Region))
	l.add("Resource", resourceText(f.Resource))
	l.add("Actor", remoteText(f.Actor.Remote))
	l.add("User", userText(f.Actor.User))
	l.add("Action", actionText(f.Action))
	l.add("Process", processText(f.Actor.Process))
	l.add("Threats", threatsText(f.Threats))
	l.addSequence(f.Sequence)
	l.addTimes(f.Activity)
	l.add("Details", detailsText(f))
	l.add("Tags", tagsText(f.Resource.Tags))
	l.add("Also involved", listText(f.Related, resourceText))
	l.add("User agent", clean(f.Actor.UserAgent))
	l.add("Finding", clean(f.ID))
	return l.facts
}

type factList struct{ facts []Fact }

func (l *factList) add(label, value string) {
	if value != "" {
		l.facts = append(l.facts, Fact{label, cutRunes(value, maxFact)})
	}
}

func (l *factList) addTimes(a finding.Activity) {
	first, last := a.FirstSeen, a.LastSeen
	if first.IsZero() {
		first = a.Created
	}
	if last.IsZero() {
		last = a.Updated
	}
	l.add("First seen", timeText(first))
	if !last.Equal(first) {
		l.add("Last seen", timeText(last))
	}
	if a.Count > 0 {
		l.add("Count", strconv.Itoa(a.Count))
	}
}

func (l *factList) addSequence(s *finding.Sequence) {
	if s == nil {
		return
	}
	if len(s.Signals) > 0 {
		l.add("Signals", strconv.Itoa(len(s.Signals))+": "+listText(s.Signals, func(signal finding.Signal) string {
			return clean(firstOf(signal.Name, signal.Type, signal.Description))
		}))
	}
	for _, indicator := range []struct{ label, key string }{
		{"Tactics", "ATTACK_TACTIC"}, {"Techniques", "ATTACK_TECHNIQUE"}, {"Malicious addresses", "MALICIOUS_IP"},
	} {
		l.add(indicator.label, listText(s.Indicator(indicator.key), clean))
	}
	if len(s.Resources) > 1 {
		l.add("Resources", strconv.Itoa(len(s.Resources))+": "+listText(s.Resources, resourceText))
	}
	if len(s.Actors) > 1 {
		l.add("Actors", strconv.Itoa(len(s.Actors))+": "+listText(s.Actors, func(actor finding.Actor) string {
			return firstOf(userText(actor.User), processText(actor.Process))
		}))
	}
}

// listText gives the first few elements of a list and how many more there are.
func listText[T any](list []T, text func(T) string) string {
	var shown []string
	left := 0
	for _, element := range list {
		one := text(element)
		switch {
		case one == "":
		case len(shown) < most:
			shown = append(shown, one)
		default:
			left++
		}
	}
	if left > 0 {
		shown = append(shown, "and "+strconv.Itoa(left)+" more")
	}
	return strings.Join(shown, ", ")
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}

// resourceText gives "Instance web-1 (i-0a1b2c3d)".
func resourceText(r finding.Resource) string {
	kind, name, id := clean(r.Type), clean(r.Name), clean(r.ID)
	if id == "" {
		id = clean(r.ARN)
	}
	switch {
	case name == "" || name == id:
		return joined(" ", kind, id)
	case id == "":
		return joined(" ", kind, name)
	default:
		return joined(" ", kind, name, "("+id+")")
	}
}

// remoteText gives "198.51.100.7, Lima, Peru (Example Telecom, AS64500)".
func remoteText(r finding.Remote) string {
	country := clean(firstOf(r.Country, r.CountryCode))
	text := joined(", ", clean(r.IP), clean(r.Domain), clean(r.City), country)
	if network := joined(", ", clean(r.Organization), clean(r.ASN)); network != "" {
		text = joined(" ", text, "("+network+")")
	}
	if account := clean(r.Account.String()); account != "" {
		text = joined(", ", text, "account "+account)
	}
	return text
}

// userText gives "admin (AssumedRole), session build-7, key ASIA...".
func userText(u finding.User) string {
	name := clean(firstOf(u.Name, u.PrincipalID))
	if kind := clean(u.Type); kind != "" {
		name = joined(" ", name, "("+kind+")")
	}
	session, key := clean(u.Session), clean(u.AccessKey)
	if session != "" {
		session = "session " + session
	}
	if key != "" {
		key = "key " + key
	}
	return joined(", ", name, session, key)
}

// processText gives "/usr/bin/xmrig (pid 42) as root, SHA-256 ab12...".
func processText(p finding.Process) string {
	text := clean(firstOf(p.Path, p.Name))
	if pid := clean(p.PID); pid != "" {
		text = joined(" ", text, "(pid "+pid+")")
	}
	if user := clean(p.User); user != "" {
		text = joined(" ", text, "as "+user)
	}
	if hash := clean(p.SHA256); hash != "" {
		text = joined(", ", text, "SHA-256 "+hash)
	}
	return text
}

func threatsText(threats []finding.Threat) string {
	return listText(threats, func(t finding.Threat) string {
		text := clean(firstOf(t.Name, t.SHA256))
		if list := clean(t.List); list != "" {
			text = joined(" ", text, "(listed by "+list+")")
		}
		if file := clean(t.File); file != "" {
			text = joined(" ", text, "in "+file)
		}
		return text
	})
}

// tagsText gives the tags but for the name, which stands with the resource.
func tagsText(tags []finding.Tag) string {
	return listText(tags, func(tag finding.Tag) string {
		if tag.Key == "Name" {
			return ""
		}
		return clean(tag.Key) + "=" + clean(tag.Value)
	})
}

// detailsText gives the first few facts about the resource that stand nowhere else.
func detailsText(f finding.Finding) string {
	var parts []string
	for _, attribute := range f.Resource.Attributes {
		value := clean(attribute.Value)
		switch attribute.Name {
		case finding.AttrInstanceType:
			value = plain(attribute.Value) // "m5.large" is no address
		case finding.AttrUser, finding.AttrUserType, finding.AttrPrincipal:
			if f.Actor.User.Name != "" {
				continue
			}
		}
		if len(parts) < mostDetails {
			parts = append(parts, detailWord(attribute.Name)+" "+value)
		}
	}
	return strings.Join(parts, ", ")
}
