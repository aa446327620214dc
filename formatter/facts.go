package formatter

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// The names of the facts, as FIELDS takes them.
const (
	FieldResource   = "resource"
	FieldTags       = "tags"
	FieldActor      = "actor"
	FieldUser       = "user"
	FieldProcess    = "process"
	FieldAction     = "action"
	FieldCount      = "count"
	FieldFirstSeen  = "first_seen"
	FieldLastSeen   = "last_seen"
	FieldAccount    = "account"
	FieldRegion     = "region"
	FieldThreats    = "threats"
	FieldTactics    = "tactics"
	FieldTechniques = "techniques"
	FieldSignals    = "signals"
	FieldActors     = "actors"
	FieldResources  = "resources"
	FieldEndpoints  = "endpoints"
	FieldRelated    = "related"
	FieldUserAgent  = "user_agent"
	FieldDetails    = "details"
	FieldType       = "type"
	FieldSeverity   = "severity"
	FieldID         = "id"
)

// DefaultFields gives the facts of a message in their usual order: to what, by whom, what, how often,
// when, where, on what evidence.
func DefaultFields() []string {
	return []string{
		FieldResource, FieldTags, FieldActor, FieldUser, FieldProcess, FieldAction, FieldCount, FieldFirstSeen,
		FieldLastSeen, FieldAccount, FieldRegion, FieldThreats, FieldTactics, FieldSignals, FieldActors,
		FieldResources, FieldEndpoints, FieldRelated, FieldUserAgent, FieldID,
	}
}

// Fields gives every fact that FIELDS can ask for, those of DefaultFields first.
func Fields() []string {
	return append(DefaultFields(), FieldTechniques, FieldDetails, FieldType, FieldSeverity)
}

// usualFacts is room for the facts that a message has as a rule.
const usualFacts = 12

// most is how many elements of a list are shown before "and 12 more".
const most = 5

// facts gives the facts of the style that the finding states.
func (b *builder) facts(f *finding.Finding) []Fact {
	fields := b.style.fields
	if len(fields) == 0 {
		fields = DefaultFields()
	}
	all := make([]Fact, 0, usualFacts)
	for _, name := range fields {
		if value := b.fact(name, f); value != "" {
			all = append(all, Fact{name, b.word("fact." + name), cutRunes(value, maxFact)})
		}
	}
	return all
}

// fact gives the text of one fact, or "" where the finding does not state it.
func (b *builder) fact(name string, f *finding.Finding) string {
	switch name {
	case FieldResource:
		return b.resource(f.Resource, f.Place)
	case FieldTags:
		return b.tags(f.Resource)
	case FieldActor:
		return b.remote(f.Actor.Remote)
	case FieldUser:
		return b.user(f.Actor.User)
	case FieldProcess:
		return b.process(f.Actor.Process)
	case FieldAction:
		return b.action(f.Action)
	case FieldCount:
		if f.Count > 0 {
			return strconv.Itoa(f.Count)
		}
	case FieldFirstSeen, FieldLastSeen:
		return b.seen(name, f.Activity)
	case FieldAccount:
		return clean(f.Account.String())
	case FieldRegion:
		return clean(f.Region)
	case FieldThreats:
		return list(b, f.Threats, b.threat)
	case FieldRelated:
		return list(b, f.Related, b.brief)
	case FieldUserAgent:
		return clean(f.Actor.UserAgent)
	case FieldDetails:
		return b.details(f)
	case FieldType:
		return findingType(f)
	case FieldSeverity:
		return joined(" ", b.level(f.Severity.Level()), strings.TrimSuffix(f.Severity.String(), "unknown"))
	case FieldID:
		return clean(f.ID)
	default:
		return b.sequence(name, f.Sequence, f.Place)
	}
	return ""
}

// sequence gives the facts of a sequence: counts, and the first of each list.
func (b *builder) sequence(name string, s *finding.Sequence, place finding.Place) string {
	if s == nil {
		return ""
	}
	switch name {
	case FieldTactics:
		return list(b, s.Indicator("ATTACK_TACTIC"), words)
	case FieldTechniques:
		return list(b, s.Indicator("ATTACK_TECHNIQUE"), words)
	case FieldSignals:
		signals := slices.Clone(s.Signals)
		slices.SortStableFunc(signals, func(one, other finding.Signal) int { return one.FirstSeen.Compare(other.FirstSeen) })
		layout := "15:04"
		if n := len(signals); n > 0 && !signals[0].FirstSeen.Truncate(day).Equal(signals[n-1].FirstSeen.Truncate(day)) {
			layout = "01-02 15:04"
		}
		return numbered(len(signals), list(b, signals, func(s finding.Signal) string { return signal(s, layout) }))
	case FieldActors:
		if len(s.Actors) > 1 {
			return numbered(len(s.Actors), list(b, s.Actors, func(a finding.Actor) string {
				return firstOf(b.user(a.User), b.process(a.Process))
			}))
		}
	case FieldResources:
		if len(s.Resources) > 1 {
			return numbered(len(s.Resources), list(b, s.Resources, func(r finding.Resource) string { return b.resource(r, place) }))
		}
	case FieldEndpoints:
		if len(s.Endpoints) > 1 {
			return numbered(len(s.Endpoints), list(b, s.Endpoints, b.remote))
		}
	}
	return ""
}

// words gives "Defense Evasion" for "DEFENSE_EVASION", and other texts as they are.
func words(text string) string {
	return clean(strings.ReplaceAll(text, "_", " "))
}

// signal gives "08:20 Unusual ListBuckets".
func signal(s finding.Signal, layout string) string {
	text := clean(firstOf(s.Name, s.Type, s.Description))
	if text == "" || s.FirstSeen.IsZero() {
		return text
	}
	return s.FirstSeen.UTC().Format(layout) + " " + text
}

// numbered gives "12: a, b, c".
func numbered(n int, text string) string {
	if text == "" {
		return ""
	}
	return strconv.Itoa(n) + ": " + text
}

// list gives the first few elements of a list that have a text, and how many more there are. Semicolons
// separate elements that have commas of their own.
func list[T any](b *builder, all []T, text func(T) string) string {
	var shown []string
	separator := ", "
	for i, element := range all {
		if len(shown) == most {
			shown = append(shown, b.say("more", strconv.Itoa(len(all)-i)))
			break
		}
		if one := text(element); one != "" {
			shown = append(shown, one)
			if strings.Contains(one, ", ") {
				separator = "; "
			}
		}
	}
	return strings.Join(shown, separator)
}
