package formatter

import (
	"cmp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// field is a fact that FIELDS can name.
type field struct {
	name string
	// text returns the text of the fact, or "" where the finding does not state it.
	text func(*builder, *finding.Finding) string
}

// defaultFields returns the facts of a message in their default order: to what, by whom, what, how
// often, when, where, what to do, on what evidence.
func defaultFields() []field {
	return []field{
		{"resource", func(b *builder, f *finding.Finding) string { return b.resource(f.Resource, f.Place) }},
		{"tags", func(b *builder, f *finding.Finding) string { return b.tags(f.Resource) }},
		{"actor", func(b *builder, f *finding.Finding) string { return b.remote(f.Actor.Remote) }},
		{"user", func(b *builder, f *finding.Finding) string { return b.user(f.Actor.User) }},
		{"process", func(b *builder, f *finding.Finding) string { return b.process(f.Actor.Process) }},
		{"action", func(b *builder, f *finding.Finding) string { return b.action(f.Action) }},
		{"vulnerability", func(b *builder, f *finding.Finding) string { return b.vulnerability(f.Vulnerability) }},
		{"packages", (*builder).packages},
		{"control", func(b *builder, f *finding.Finding) string { return b.control(f.Check) }},
		{"facts", (*builder).factsText},
		{"planned", func(b *builder, f *finding.Finding) string {
			if f.Planned.Starts.IsZero() {
				return b.time(f.Planned.Ends)
			}
			return b.planned(f.Planned)
		}},
		{"count", count},
		{"first_seen", func(b *builder, f *finding.Finding) string { return b.time(began(f.Activity)) }},
		{"last_seen", func(b *builder, f *finding.Finding) string { return b.lastSeen(f.Activity) }},
		{"account", func(b *builder, f *finding.Finding) string { return b.account(f.Account) }},
		{"region", func(_ *builder, f *finding.Finding) string { return clean(f.Region) }},
		{"remedy", func(_ *builder, f *finding.Finding) string { return said(f, f.Remedy.Text) }},
		{"threats", func(b *builder, f *finding.Finding) string { return list(b, f.Threats, b.threat) }},
		{"tactics", func(b *builder, f *finding.Finding) string {
			return list(b, f.Sequence.Indicator("ATTACK_TACTIC"), words)
		}},
		{"signals", (*builder).signals},
		{"actors", (*builder).actors},
		{"resources", (*builder).resources},
		{"endpoints", (*builder).endpoints},
		{"related", func(b *builder, f *finding.Finding) string { return list(b, f.Related, b.brief) }},
		{"user_agent", func(_ *builder, f *finding.Finding) string { return clean(f.Actor.UserAgent) }},
		{"id", func(b *builder, f *finding.Finding) string { return b.id(clean(f.ID)) }},
	}
}

// allFields returns every fact that FIELDS can ask for, the default ones first.
func allFields() []field {
	return append(defaultFields(),
		field{"techniques", func(b *builder, f *finding.Finding) string {
			return list(b, f.Sequence.Indicator("ATTACK_TECHNIQUE"), words)
		}},
		field{"details", (*builder).details},
		field{"state", func(b *builder, f *finding.Finding) string { return b.state(f.State) }},
		field{"type", func(_ *builder, f *finding.Finding) string { return findingType(f) }},
		field{"severity", func(b *builder, f *finding.Finding) string { return b.severity(f.Severity) }},
	)
}

// Fields returns the name of every fact that FIELDS can ask for.
func Fields() []string {
	var names []string
	for _, field := range allFields() {
		names = append(names, field.name)
	}
	return names
}

// most is how many elements of a list are shown before "and 12 more".
const most = 5

// facts returns the facts of the style that the finding states.
func (b *builder) facts(f *finding.Finding) []Fact {
	fields := b.style.fields
	if len(fields) == 0 { // the zero style
		fields = defaultFields()
	}
	all := make([]Fact, 0, len(fields))
	b.isMarking = b.style.hasParts
	defer func() { b.isMarking = false }()
	for _, field := range fields {
		if f.State.Over() && (field.name == "remedy" || field.name == "planned") { // nothing is left to be done
			continue
		}
		if field.name == "facts" {
			all = append(all, b.ownFacts(f)...)
			continue
		}
		if value := field.text(b, f); value != "" {
			all = append(all, newFact(field.name, b.label(field.name, f), value))
		}
	}
	return all
}

// label returns what people call a fact. Where a finding states no sighting, its times are those of
// its own history, and of what is planned that of the announcement. What has an end alone is no
// plan: it has to be done by then.
func (b *builder) label(name string, f *finding.Finding) string {
	isPlan, isSeen := f.Planned != (finding.Window{}), isSeen(f.Activity)
	switch {
	case name == "planned" && f.Planned.Starts.IsZero():
		return b.word("fact.deadline")
	case isSeen:
	case isPlan && (name == "first_seen" || name == "last_seen" && f.Created.IsZero()):
		return b.word("fact.announced")
	case name == "first_seen":
		return b.word("fact.created")
	case name == "last_seen":
		return b.word("fact.updated")
	}
	return b.word("fact." + name)
}

// isSeen reports whether a source says when it has seen what it reports.
func isSeen(a finding.Activity) bool { return !a.FirstSeen.IsZero() || !a.LastSeen.IsZero() }

func count(_ *builder, f *finding.Finding) string {
	if f.Count <= 0 {
		return ""
	}
	return strconv.Itoa(f.Count)
}

// sequenceOf returns the finding's sequence, or one without anything in it.
func sequenceOf(f *finding.Finding) finding.Sequence {
	if f.Sequence == nil {
		return finding.Sequence{}
	}
	return *f.Sequence
}

// signals counts the signals of a sequence and returns the first in order of time, with the day
// where there are several.
func (b *builder) signals(f *finding.Finding) string {
	signals := slices.Clone(sequenceOf(f).Signals)
	sort.SliceStable(signals, func(i, j int) bool { return signals[i].FirstSeen.Before(signals[j].FirstSeen) })
	layout := "15:04"
	if n := len(signals); n > 0 && !signals[0].FirstSeen.Truncate(day).Equal(signals[n-1].FirstSeen.Truncate(day)) {
		layout = "01-02 15:04"
	}
	return numbered(len(signals), list(b, signals, func(s finding.Signal) string { return signal(s, layout) }))
}

// actors counts the actors of a sequence; a single one is the finding's own.
func (b *builder) actors(f *finding.Finding) string {
	return numberedList(b, sequenceOf(f).Actors, func(a finding.Actor) string { return cmp.Or(b.user(a.User), b.process(a.Process)) })
}

// resources counts the resources of a sequence; a single one is the finding's own.
func (b *builder) resources(f *finding.Finding) string {
	return numberedList(b, sequenceOf(f).Resources, func(r finding.Resource) string { return b.resource(r, f.Place) })
}

// endpoints counts the remote endpoints of a sequence; a single one is the finding's own.
func (b *builder) endpoints(f *finding.Finding) string {
	return numberedList(b, sequenceOf(f).Endpoints, b.remote)
}

// numberedList returns "12: a, b, c" for more than one element, and nothing for fewer.
func numberedList[T any](b *builder, all []T, text func(T) string) string {
	if len(all) < 2 {
		return ""
	}
	return numbered(len(all), list(b, all, text))
}

// words returns "Defense Evasion" for "DEFENSE_EVASION", and other texts as they are.
func words(text string) string {
	return clean(strings.ReplaceAll(text, "_", " "))
}

// signal returns "08:20 Unusual ListBuckets".
func signal(s finding.Signal, layout string) string {
	text := clean(cmp.Or(s.Name, s.Type, s.Description))
	if text == "" || s.FirstSeen.IsZero() {
		return text
	}
	return s.FirstSeen.UTC().Format(layout) + " " + text
}

// numbered returns "12: a, b, c".
func numbered(n int, text string) string {
	if text == "" {
		return ""
	}
	return strconv.Itoa(n) + ": " + text
}

// list returns the first few elements of a list that have a text, and how many more there are.
// Semicolons separate elements that have commas of their own.
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
