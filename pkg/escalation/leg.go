package escalation

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/own"
)

// DetailType is what a record says that it is.
const DetailType = "Tocsin Escalation"

// format is the number of the form of records. One of another form is not read.
const format = 1

// leg is a record: a part of the way from the moment before a finding is sent to the end of the time to take it on.
type leg struct {
	// Sink is the instance that the finding is sent to.
	Sink string `json:"sink"`
	// At is when the first leg was made, Number counts the legs.
	At     time.Time `json:"at"`
	Number int       `json:"leg"`
	// Before is when the sink was told of the finding before this time; zero for never. It stays the same when what
	// was not accepted is sent again, and so names what is escalated.
	Before time.Time `json:"before,omitzero"`
	// Since is when the sink accepted it; zero until that is known.
	Since time.Time `json:"since,omitzero"`
	// ID is the finding's id as its key has it, which the stored form cuts; Finding is that form.
	ID      string          `json:"id"`
	Finding json.RawMessage `json:"finding"`
}

// newLeg returns the first leg.
func newLeg(sink string, f *finding.Finding, at time.Time) (leg, error) {
	text, err := digest.Encode(f)
	if err != nil {
		return leg{}, fmt.Errorf("the finding has no JSON form: %w", err)
	}
	return leg{Sink: sink, At: at.UTC(), Number: 1, ID: action.SubjectOf(f).ID, Finding: json.RawMessage(text)}, nil
}

// written is the detail of a record.
type written struct {
	Format int `json:"format"`
	leg
}

// record returns the record that waits in the queue.
func (l leg) record() ([]byte, error) {
	return own.Record{DetailType: DetailType, At: l.At, Detail: written{format, l}}.JSON()
}

// errNoLeg says that a record is of no escalation that can be gone on with.
var errNoLeg = errors.New("the record is of no escalation that this version of Tocsin knows")

// read reads the detail of a record, with the finding.
func read(detail []byte) (leg, finding.Finding, error) {
	var w written
	if err := json.Unmarshal(detail, &w); err != nil {
		return leg{}, finding.Finding{}, errNoLeg
	}
	f, isFinding := digest.Decode(string(w.Finding))
	isWhole := isFinding && w.Format == format && w.Sink != "" && w.ID != "" && w.Number > 0 && !w.At.IsZero()
	if !isWhole {
		return leg{}, finding.Finding{}, errNoLeg
	}
	if f.Native.ID != "" {
		f.Native.ID = w.ID
	} else {
		f.ID = w.ID
	}
	return w.leg, f, nil
}
