package notify

import "time"

// The names of what people can do about a finding by pressing a button, and of what undoes it.
const (
	ActAcknowledge = "acknowledge"
	ActGiveBack    = "give_back" // undoes ActAcknowledge
	ActMute        = "mute"
	ActUnmute      = "unmute" // ends a mute that ActMute has made
	ActArchive     = "archive"
	ActUnarchive   = "unarchive"
)

// Act is what people can do about the finding of a message by pressing a button, where the channel has such.
type Act struct {
	// Name is one of the Act constants.
	Name string
	// Value comes back when the button is pressed; at most 2,000 characters.
	Value string
}

// Person is somebody who has pressed a button.
type Person struct {
	// ID is the channel's own name for them, such as U012AB3CD.
	ID string `json:"id"`
	// Name is what people call them. They choose it themselves: it proves nothing, and is as hostile as
	// the text of a finding.
	Name string `json:"name,omitempty"`
}

// String returns "name (id)", or the one of the two that is known.
func (p Person) String() string {
	switch {
	case p.Name == "":
		return p.ID
	case p.ID == "":
		return p.Name
	}
	return p.Name + " (" + p.ID + ")"
}

// Taken is who has taken a finding on, and when. Its zero value is nobody.
type Taken struct {
	By Person    `json:"by"`
	At time.Time `json:"at"`
}

// IsTaken reports whether somebody has taken it on.
func (t Taken) IsTaken() bool { return !t.At.IsZero() }
