package formatter

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Act is what people can do about a message by pressing a button, in words.
type Act struct {
	// Name is one of notify's Act constants.
	Name string
	// Label is what stands on the button.
	Label string
	// Value comes back when it is pressed. It is for programs, and neither clean nor escaped.
	Value string
	// Confirm is what is asked before it is done; its zero value is nothing.
	Confirm Confirm
}

// Confirm asks whether something is meant.
type Confirm struct{ Title, Text, Yes, No string }

// WithActs returns the style for a channel whose messages have buttons that people press: without it a message
// has no acts.
func (s Style) WithActs() Style {
	s.hasActs = true
	return s
}

// acts returns what people can do. Who has a finding gives it back, and nobody takes it on a second time. A
// finding that is over calls for no work, and is left alone.
func (b *builder) acts(n notify.Notification) []Act {
	if !b.style.hasActs || len(n.Acts) == 0 || len(n.Findings) != 1 || n.Kind != notify.KindAction && isOver(n) {
		return nil
	}
	all := make([]Act, 0, len(n.Acts))
	for _, a := range n.Acts {
		if a.Name == notify.ActAcknowledge && n.Taken.IsTaken() {
			a.Name = notify.ActGiveBack
		}
		act := Act{Name: a.Name, Label: b.actLabel(a.Name, first(n.Findings)), Value: a.Value}
		if a.Name == notify.ActArchive {
			act.Confirm = Confirm{act.Label + "?", b.ofSource(first(n.Findings), "confirm.archive"), b.word("confirm.archive.yes"), b.word("confirm.no")}
		}
		if act.Label != "" && act.Value != "" {
			all = append(all, act)
		}
	}
	return all
}

// actLabel returns what stands on a button: "Archive in Macie", which names who has found it.
func (b *builder) actLabel(name string, f *finding.Finding) string {
	label := b.word("act." + name)
	if !strings.Contains(label, "{}") {
		return label
	}
	product := cutRunes(lettersOf(cmp.Or(f.Native.Product, f.About.Product)), maxLabel)
	return cmp.Or(b.say("act."+name, product), b.word("act."+name+".plain"))
}

// ofSource returns the text of a key as whoever has found a finding says it, or as it is said in general.
func (b *builder) ofSource(f *finding.Finding, key string) string {
	id := strings.TrimPrefix(cmp.Or(f.Native.Source, f.Source), "aws.")
	return cmp.Or(b.word(id+"."+key), b.word(key))
}

// maxName is how much of a name is shown that people choose themselves, in runes.
const maxName = 80

// taken returns "Acknowledged by jane, 2026-11-29 10:00 UTC", or nothing for what nobody has taken on.
func (b *builder) taken(t notify.Taken) Fact {
	if !t.IsTaken() {
		return Fact{}
	}
	p := shown(t.By)
	b.isMarking = b.style.hasParts
	who := b.marked(p.ID, cmp.Or(p.Name, p.ID, b.word("unstated")))
	at := b.timeAs(t.At, strings.Replace(b.word("time"), ":05", "", 1))
	b.isMarking = false
	return newFact("taken", "", strings.NewReplacer("{who}", who, "{at}", at).Replace(b.word("taken")))
}

// shown returns somebody as it is safe to show them.
func shown(p notify.Person) notify.Person {
	return notify.Person{ID: cutRunes(clean(p.ID), maxName), Name: cutRunes(clean(p.Name), maxName)}
}

// person returns "jane (U012AB3CD)".
func (b *builder) person(p notify.Person) string {
	p = shown(p)
	return b.marked(p.ID, p.String())
}

// marked marks a text as FormPerson where a fact is being made, of somebody with an id.
func (b *builder) marked(id, text string) string {
	if !b.isMarking || id == "" {
		return text
	}
	return personMark + id + zoneMark + text + endMark
}

// News returns what is new since the last message, and who has taken the finding on: a line for each.
func (m Message) News() []string {
	if m.Taken.Value == "" {
		return m.Changes
	}
	return append(m.Changes[:len(m.Changes):len(m.Changes)], m.Taken.Value)
}
