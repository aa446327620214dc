package source

import (
	"cmp"
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Envelope is an EventBridge event:
// https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
// What the event does not state is the zero value.
type Envelope struct {
	// ID is the event's id; it is another one for each publication of a finding.
	ID, Source, DetailType string
	// Account and Region say where the event was published, which need not be where it happened.
	Account, Region string
	Time            time.Time
	Resources       []string
	// Detail is the event's detail and Event the whole event, both as they came. A finding that
	// came without an envelope is both.
	Detail, Event json.RawMessage

	// opened is Detail as it has been read already, until it is taken.
	opened *atomic.Pointer[lenient.Document]
}

// Opened returns the envelope with its detail as it has been read already.
func (e Envelope) Opened(detail lenient.Document) Envelope {
	e.opened = new(atomic.Pointer[lenient.Document])
	e.opened.Store(&detail)
	return e
}

// Document returns the detail. What has been read already is the first caller's alone, who may
// change it, and is not kept in memory any longer; anybody else reads the detail for himself.
func (e Envelope) Document() lenient.Document {
	if e.opened != nil {
		if d := e.opened.Swap(nil); d != nil {
			return *d
		}
	}
	return lenient.Decode(e.Detail)
}

// Origin says where a finding was read from. An event without a detail is its own document.
func (e Envelope) Origin(raw json.RawMessage) finding.Origin {
	if len(raw) == 0 {
		raw = e.Event
	}
	return finding.Origin{Published: e.Time, Document: raw, Event: e.Event}
}

// Place says where a finding happened: as it says itself, else as its ARN says, else the envelope.
func (e Envelope) Place(stated finding.Place, arn string) finding.Place {
	name := lenient.ParseARN(arn)
	p := finding.Place{
		Account:   finding.Account{ID: cmp.Or(stated.Account.ID, name.AccountID, e.Account)},
		Region:    cmp.Or(stated.Region, name.Region, e.Region),
		Partition: cmp.Or(stated.Partition, name.Partition),
	}
	if p.Partition == "" {
		p.Partition = finding.PartitionOf(p.Region).Name
	}
	return p
}
