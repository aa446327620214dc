package formatter

import (
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Form says what a part of a fact is, so that a channel can set it as it sets such things.
type Form int

// The forms.
const (
	// FormProse is what people read: words, names, numbers.
	FormProse Form = iota
	// FormID is what people copy: an id, an address, a path, a command.
	FormID
	// FormTime is where a channel can show a time in its reader's own zone. The time in UTC follows as
	// prose. The text is the time in the operator's zone, or empty.
	FormTime
	// FormPerson is somebody, by the name that they have chosen and the channel's own name for them. Where a
	// channel shows people itself, that is who it is: the name proves nothing.
	FormPerson
)

// Part is a piece of a fact's value.
type Part struct {
	Text string
	Form Form
	// Time is the time of FormTime, ID the channel's name of FormPerson.
	Time time.Time
	ID   string
}

// Parts returns the pieces of the value in their order: their texts make up the value.
func (f Fact) Parts() iter.Seq[Part] {
	return func(yield func(Part) bool) {
		left := f.Value
		for marked := f.marked; marked != ""; {
			var part Part
			part, marked = nextPart(marked)
			rest, isWhole := strings.CutPrefix(left, part.Text)
			if !isWhole { // the value is cut here
				part.Text, rest, marked = left, "", ""
			}
			if left = rest; !yield(part) {
				return
			}
		}
		if left != "" {
			yield(Part{Text: left})
		}
	}
}

// The marks around the parts of a value: control characters, none of which clean leaves in a text.
// That of a time stands before its seconds since 1970, that of a person before their id: zoneMark divides these
// from the text.
const (
	idMark     = "\x01"
	timeMark   = "\x02"
	zoneMark   = "\x03"
	endMark    = "\x04"
	personMark = "\x05"
)

// nextPart returns the first part of a marked text, and what follows.
func nextPart(marked string) (Part, string) {
	at := 0
	for at < len(marked) && marked[at] != idMark[0] && marked[at] != timeMark[0] && marked[at] != personMark[0] {
		at++
	}
	if at == len(marked) {
		return Part{Text: marked}, ""
	}
	if at > 0 {
		return Part{Text: marked[:at]}, marked[at:]
	}
	inner, rest, _ := strings.Cut(marked[1:], endMark)
	if marked[:1] == idMark {
		return Part{Text: inner, Form: FormID}, rest
	}
	seconds, text, _ := strings.Cut(inner, zoneMark)
	if marked[:1] == personMark {
		return Part{Text: text, Form: FormPerson, ID: seconds}, rest
	}
	unix, _ := strconv.ParseInt(seconds, 10, 64) // of our own writing
	return Part{Text: text, Form: FormTime, Time: time.Unix(unix, 0).UTC()}, rest
}

// newFact returns a fact of a text that may be marked.
func newFact(name, label, marked string) Fact {
	if !strings.Contains(marked, endMark) {
		return Fact{Name: name, Label: label, Value: cutRunes(marked, maxFact)}
	}
	var value strings.Builder
	value.Grow(len(marked))
	for rest := marked; rest != ""; {
		var part Part
		part, rest = nextPart(rest)
		value.WriteString(part.Text)
	}
	return Fact{Name: name, Label: label, Value: cutRunes(value.String(), maxFact), marked: marked}
}

// id marks a text as FormID where a fact is being made.
func (b *builder) id(text string) string {
	if !b.isMarking || text == "" {
		return text
	}
	return idMark + text + endMark
}

// time returns "2026-03-16 11:20:05 UTC", behind the same time in the operator's zone where there is
// one.
func (b *builder) time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return b.timeAs(t, b.word("time"))
}

// timeAs returns the same in a layout that ends with UTC.
func (b *builder) timeAs(t time.Time, layout string) string {
	local := ""
	if zone := b.style.zone; zone != nil {
		local = t.In(zone).Format(strings.TrimSuffix(layout, " UTC")+" MST") + " / "
	}
	if b.isMarking {
		local = timeMark + strconv.FormatInt(t.Unix(), 10) + zoneMark + local + endMark
	}
	return local + t.UTC().Format(layout)
}

// isLiteral reports whether an attribute holds an id, an address, a path or a command.
func isLiteral(attribute string) bool {
	switch attribute {
	case finding.AttrPublicIP, finding.AttrPrivateIP, finding.AttrLocalIP, finding.AttrDomain, finding.AttrURI,
		finding.AttrVPC, finding.AttrSubnet, finding.AttrSecurityGroups, finding.AttrAccount, finding.AttrPrincipal,
		finding.AttrImage, finding.AttrObject, finding.AttrHash, finding.AttrAPI, finding.AttrCommand, finding.AttrScript,
		finding.AttrFile, finding.AttrLibrary, finding.AttrModule, finding.AttrSocket, finding.AttrMount, finding.AttrDevice,
		finding.AttrTask, finding.AttrTargetProcess, finding.AttrModifyingProcess, finding.AttrAffected:
		return true
	}
	return false
}
