package formatter

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// says makes the message for a word of Tocsin itself, which holds no finding.
func (b *builder) says(n notify.Notification) Message {
	m := Message{Headline: b.wordHeadline(n.Word), Description: b.filled("word."+n.Word.Name+".text", n.Word)}
	b.isMarking = b.style.hasParts
	for _, v := range n.Word.Values {
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
	h := Headline{Title: cutRunes(b.filled("word."+w.Name, w), maxTitle+maxTarget)}
	if w.Severity > 0 {
		h.Level, h.LevelName, h.Severity = w.Severity.Level(), b.level(w.Severity), w.Severity.String()
	}
	return h
}

// filled returns the text of a key with the values of a word in their places.
func (b *builder) filled(key string, w notify.Word) string {
	text := b.word(key)
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
	if !v.Time.IsZero() {
		return b.time(v.Time)
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
