package notify

import (
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Word is what Tocsin says of itself: that a sink takes nothing, that a drill has come, what the week
// was like. It says things by name, and the formatter puts them into the operator's language.
type Word struct {
	// Name is what is said, such as "sink_dead". The formatter has a headline and a text for it, in which
	// {sink} stands for the value of that name.
	Name string
	// ID is the same whenever the same thing is said, and different for everything else that is.
	ID string
	// About is the same for all that is said about one thing, such as the failure and the recovery of a
	// sink. Empty stands for ID.
	About string
	// Severity is how bad it is; 0 where nobody is to be worried.
	Severity finding.Severity
	// IsOver says that it ends what an earlier word about the same thing has said.
	IsOver bool
	// Values are shown in their order, but for those that are hidden.
	Values []Value
	// Tallies are shown as counts, in their order.
	Tallies []Tally
}

// Value is one thing that a Word states. Its text can be an attacker's.
type Value struct {
	// Name is the key of what people call it.
	Name string
	// Text is the value, unless Time or Person is.
	Text string
	// Time is shown in the operator's own zone.
	Time time.Time
	// Person is somebody, whom a channel shows as it shows people.
	Person Person
	// IsHidden says that it stands in the words alone, and not among the facts.
	IsHidden bool
}

// Tally counts things by one of their traits, what is most frequent first.
type Tally struct {
	// Name is the key of what people call the trait.
	Name string
	// Counts are the values that are shown, More how many things have others.
	Counts []TallyCount
	More   int
}

// TallyCount is how many things share a value, which can be an attacker's text.
type TallyCount struct {
	Value string
	N     int
}

// IsSaid reports whether there is a word at all.
func (w Word) IsSaid() bool { return w.Name != "" }
