package formatter

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// vulnerability returns "CVE-2026-1234, score 9.8, EPSS 0.97, exploit known, fix available". Whether
// there is an exploit or a fix is said where it is not stated, too: one would wait for it.
func (b *builder) vulnerability(v finding.Vulnerability) string {
	if v.ID == "" && len(v.Packages) == 0 {
		return ""
	}
	return joined(", ", b.id(clean(v.ID)), b.say("score", within(v.Score, 10)), b.say("epss", within(v.EPSS, 1)),
		b.answer("exploit", v.Exploit), b.answer("fix", v.Fix))
}

// answer returns the words for an answer, such as "no fix available".
func (b *builder) answer(question string, a finding.Answer) string {
	return cmp.Or(b.word(question+"."+string(a)), b.word(question+".unstated"))
}

// within returns a number that is above 0 and at most limit, with as many decimals as matter.
func within(value, limit float64) string {
	const precision = 100_000
	if value = math.Round(value*precision) / precision; value > 0 && value <= limit {
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	return ""
}

// packages returns "zlib 1.2.11 (OS) in /usr/lib, fixed in 1.2.13".
func (b *builder) packages(f *finding.Finding) string {
	return list(b, f.Vulnerability.Packages, func(p finding.Package) string {
		text := bracketed(joined(" ", clean(p.Name), clean(p.Version)), clean(p.Manager))
		return joined(", ", joined(" ", text, b.say("in", b.id(clean(p.Path)))), b.say("fixed_in", clean(p.Fixed)))
	})
}

// control returns "S3.9 FAILED, of NIST 800-53, PCI DSS".
func (b *builder) control(c finding.Check) string {
	return joined(", ", joined(" ", b.id(clean(c.Control)), words(c.Result)), b.say("standards", list(b, c.Standards, clean)))
}

// planned returns "starts 2026-05-30 12:00:00 UTC, ends 2026-05-30 14:00:00 UTC (for 2 h)".
func (b *builder) planned(w finding.Window) string {
	starts, ends := b.say("starts", b.time(w.Starts)), b.say("ends", b.time(w.Ends))
	if !w.Starts.IsZero() && w.Ends.After(w.Starts) {
		ends = bracketed(ends, b.say("lasting", b.duration(w.Ends.Sub(w.Starts))))
	}
	return joined(", ", starts, ends)
}

// state returns the word for how a finding came to its end, or "" for one that has not.
func (b *builder) state(s finding.State) string {
	if !s.Over() {
		return ""
	}
	return b.word("state." + s.String())
}

// maxFacts bounds the facts of a finding that are shown beside those that every finding has.
const maxFacts = 15

// ownFacts returns what else the source states, each under its own label.
func (b *builder) ownFacts(f *finding.Finding) []Fact {
	var all []Fact
	for _, a := range f.Facts {
		if len(all) == maxFacts {
			break
		}
		if value := b.factValue(f, a); value != "" {
			all = append(all, newFact("facts", b.factLabel(f, a.Name), value))
		}
	}
	return all
}

// factsText returns the same in one text, for templates.
func (b *builder) factsText(f *finding.Finding) string {
	return list(b, b.ownFacts(f), func(fact Fact) string { return fact.Label + ": " + fact.Value })
}

// factLabel returns what people call a fact: the common word, that of the source whose parser has
// read the finding, or the name itself, without anything but letters and digits.
func (b *builder) factLabel(f *finding.Finding, name string) string {
	if word := cmp.Or(b.word("fact."+name), b.word(f.Road+".fact."+name)); word != "" && name != "" {
		return word
	}
	name = cutRunes(lettersOf(name), maxLabel)
	if name == "" {
		return b.word("fact.facts")
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// maxLabel is how long the label of a fact is at the most, in runes.
const maxLabel = 40

// lettersOf returns a text with a space in place of everything but letters and digits of ASCII.
func lettersOf(text string) string {
	shown := func(r rune) rune {
		if isAlphanumeric(r) {
			return r
		}
		return ' '
	}
	return strings.Join(strings.Fields(strings.Map(shown, text[:min(len(text), 4*maxLabel)])), " ")
}

// factValue returns the value of a fact: the words for those that have some, a time as all times
// are written, otherwise as it is.
func (b *builder) factValue(f *finding.Finding, a finding.Attribute) string {
	if words := b.valueWords(f.Road+".value."+a.Name+".", a.Value); words != "" {
		return words
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700"} { // CloudWatch has no colon in the zone
		if t, err := time.Parse(layout, a.Value); err == nil {
			return b.time(t)
		}
	}
	switch a.Value {
	case "true":
		return b.word("yes")
	case "false":
		return b.word("no")
	}
	if a.Name == finding.AttrPublicAccess {
		return cmp.Or(b.word("access."+a.Value), clean(a.Value))
	}
	if isLiteral(a.Name) || strings.HasPrefix(a.Value, "arn:") {
		return b.id(clean(a.Value))
	}
	return clean(a.Value)
}

// longestCode bounds the values that there can be words for.
const longestCode = 120

// valueWords returns the words that a source has for a code, or for each of a list of codes, and ""
// where it has none for one of them.
func (b *builder) valueWords(prefix, value string) string {
	if len(value) > longestCode {
		return ""
	}
	codes := strings.Split(value, ", ")
	for i, code := range codes {
		if codes[i] = b.word(prefix + code); codes[i] == "" {
			return ""
		}
	}
	return strings.Join(codes, ", ")
}
