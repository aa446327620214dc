package notify

import "context"

// Prober is a Notifier that can ask its destination whether it would take a message. It is optional, and
// for tocsin check --live alone: the delivery never asks for it.
type Prober interface {
	Notifier
	// Probe looks at the destination without sending anything that a person or a program would see
	// there. It returns a check for each thing that it has looked at, one at least. No check shows a
	// secret. It returns soon after ctx ends.
	Probe(ctx context.Context) []Check
}

// Check is one thing that was looked at, and what it is like.
type Check struct {
	// What was looked at, in a few words: "token", "topic".
	What  string
	State State
	// Says is what was seen, and what to do where something is to be done.
	Says string
}

// State is what something is like that was looked at.
type State int

// The states.
const (
	// OK is as it should be, as far as that can be seen without a message.
	OK State = iota
	// Warning works, and somebody should know something about it.
	Warning
	// Unknown could not be looked at: there was no answer, or a right is missing.
	Unknown
	// Fault keeps findings from somebody until it is mended.
	Fault
)

// String returns the state in words.
func (s State) String() string {
	words := [...]string{OK: "ok", Warning: "warning", Unknown: "not known", Fault: "fault"}
	if s < 0 || int(s) >= len(words) {
		return words[Unknown]
	}
	return words[s]
}

// MarshalText returns the same in JSON and other encodings.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
