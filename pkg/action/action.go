// Package action is what people do about a finding where they read it: they take it on, mute it, archive it, and
// undo that. It has what a button carries, the record that asks the function to do something, who may ask for
// it, and what is kept of it in the ledger's table.
//
// A small function of its own answers the buttons, and puts what is slow on the queue as a Request; the
// function that sends findings does it. Both know this package, and neither the other's.
package action

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/own"
)

// DetailType is what the record of a Request says that it is.
const DetailType = "Tocsin Action"

// format is the number of the form of requests. One of another form is not read.
const format = 1

// Request asks for something to be done about a finding.
type Request struct {
	// ID names the request. A copy has the same one.
	ID string `json:"id"`
	// What is one of notify's Act constants.
	What    string        `json:"what"`
	Subject Subject       `json:"subject"`
	By      notify.Person `json:"by"`
	// At is when the button was pressed.
	At   time.Time `json:"at"`
	From From      `json:"from"`
	// Mute is what ActMute asks for, and names what ActUnmute ends.
	Mute Mute `json:"mute,omitzero"`
}

// From is the message under which a button was pressed.
type From struct {
	// Sink is the instance that has sent it.
	Sink string `json:"sink"`
	// Place is the channel, Message the message's id there; Thread is that of the first message of its
	// thread, or Message itself.
	Place   string `json:"place"`
	Message string `json:"message"`
	Thread  string `json:"thread,omitempty"`
}

// The scopes of a mute.
const (
	ScopeFinding  = "finding"  // this finding
	ScopeResource = "resource" // this type on this resource
	ScopeAccount  = "account"  // this type in this account
)

// LongestMute is how long a mute that is made by a button lasts at the most.
const LongestMute = 30 * 24 * time.Hour

// Mute is a mute as somebody asks for it by a button.
type Mute struct {
	// Name is that of a mute that is to end; one that is to be made gets its own.
	Name string `json:"name,omitempty"`
	// Scope is one of the Scope constants, For how long it lasts, Reason why.
	Scope  string        `json:"scope,omitempty"`
	For    time.Duration `json:"for,omitempty"`
	Reason string        `json:"reason,omitempty"`
	// EvenCritical says that somebody has confirmed that it holds critical findings back too.
	EvenCritical bool `json:"evenCritical,omitempty"`
}

// written is the detail of a record.
type written struct {
	Format int `json:"format"`
	Request
}

// Record returns the record that is put on the queue.
func (r Request) Record() ([]byte, error) {
	return own.Record{DetailType: DetailType, At: r.At, Detail: written{format, r}}.JSON()
}

// errNoRequest says that a record asks for nothing that can be done.
var errNoRequest = errors.New("the record asks for no action that this version of Tocsin knows")

// Read reads the detail of a record.
func Read(detail []byte) (Request, error) {
	var w written
	if err := json.Unmarshal(detail, &w); err != nil {
		return Request{}, errNoRequest
	}
	isWhole := w.Format == format && w.ID != "" && w.What != "" && w.Subject.ID != "" && !w.At.IsZero()
	if !isWhole {
		return Request{}, errNoRequest
	}
	return w.Request, nil
}
