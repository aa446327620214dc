package formatter

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// says makes the message for a word of Tocsin itself, which shows no finding.
func (b *builder) says(n notify.Notification) Message {
	m := Message{Headline: b.headlineOf(n), Description: b.filled(b.ofSource(first(n.Findings), "word."+n.Word.Name+".text"), n.Word)}
	b.isMarking = b.style.hasParts
	key := b.wordKey(n.Word)
	if n.Kind == notify.KindAction {
		m.Said = newFact("said", "", b.filled(b.word(key), n.Word))
	}
	for _, v := range n.Word.Values {
		isSaid := v.Name == "who" || v.Name == "what" && key != "word."+n.Word.Name
		if n.Kind == notify.KindAction && isSaid { // by the title
			continue
		}
		if text := b.valueOf(v); text != "" && !v.IsHidden {
			m.Facts = append(m.Facts, newFact(v.Name, b.word("fact."+v.Name), text))
		}
	}
	b.isMarking = false
	for _, tally := range n.Word.Tallies {
		if group := b.tally(tally); len(group.Counts) > 0 {
			m.Groups = append(m.Groups, group)
		}
	}
	return m
}

// wordHeadline returns the headline of a word. One that is to worry nobody has no level.
func (b *builder) wordHeadline(w notify.Word) Headline {
	h := Headline{Title: cutRunes(b.filled(b.word(b.wordKey(w)), w), maxTitle+maxTarget)}
	if w.Severity > 0 {
		h.Level, h.LevelName, h.Severity = w.Severity.Level(), b.level(w.Severity), w.Severity.String()
	}
	return h
}

// wordKey returns the key of a word's title. Where {what} was done has a title of its own, that is it.
func (b *builder) wordKey(w notify.Word) string {
	key := "word." + w.Name
	for _, v := range w.Values {
		if v.Name == "what" && b.word(key+"."+v.Text) != "" {
			return key + "." + v.Text
		}
	}
	return key
}

// named returns what a finding is called of which no more is known than its name: "Recon:EC2/Portscan · i-1 ·
// prod / eu-west-1".
func (b *builder) named(findings []finding.Finding) string {
	if len(findings) == 0 {
		return ""
	}
	f := &findings[0]
	return joined(" · ", cutRunes(findingType(f), maxTitle), cutRunes(b.target(f), maxTarget), b.place(f))
}

// filled returns a text with the values of a word in their places.
func (b *builder) filled(text string, w notify.Word) string {
	if !strings.Contains(text, "{") {
		return text
	}
	var places []string
	for _, v := range w.Values {
		places = append(places, "{"+v.Name+"}", cmp.Or(b.valueOf(v), b.word("unstated")))
	}
	return strings.NewReplacer(places...).Replace(text)
}

func (b *builder) valueOf(v notify.Value) string {
	switch {
	case !v.Time.IsZero():
		return b.time(v.Time)
	case v.Person != (notify.Person{}):
		return b.person(v.Person)
	}
	switch v.Name {
	case "mute": // its name, by which tocsin mute end knows it
		return b.id(fact(v.Text))
	case "waited":
		if d, err := time.ParseDuration(v.Text); err == nil {
			return cmp.Or(b.duration(d), fact(v.Text))
		}
	}
	return fact(v.Text)
}

// levelKey returns the key of a level's name; what is over has one for all.
func levelKey(level string) string {
	if level == "over" {
		return "ended.plain"
	}
	return "level." + level
}

func (b *builder) tally(t notify.Tally) Group {
	g := Group{Name: t.Name, Label: b.word("group." + t.Name)}
	for _, c := range t.Counts {
		value := cutRunes(clean(c.Value), maxTitle)
		if t.Name == "level" {
			value = cmp.Or(b.word(levelKey(c.Value)), value)
		}
		g.Counts = append(g.Counts, Count{Value: value, N: c.N})
	}
	if t.More > 0 {
		g.More = b.say("more", strconv.Itoa(t.More))
	}
	return g
}
