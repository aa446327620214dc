package ledger

import (
	"fmt"
	"reflect"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/jsonwrite"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// MarshalJSON writes the file, as a kept one. What the first sink by name was sent last is what others can
// have in common with it. A file is written twice for each finding.
func (f file) MarshalJSON() ([]byte, error) {
	const frame, each = 512, 256
	o := jsonwrite.New(frame + each*len(f))
	at, common := f.common()
	if common != nil {
		writeMessage(o, "last", common)
	}
	o.Begin("sinks")
	for i := range f {
		last := f[i].record.Last
		isCommon := last != nil && (i == at || reflect.DeepEqual(last.shared(), common))
		writeRecord(o, f[i].sink, &f[i].record, isCommon)
	}
	o.End()
	text, err := o.JSON()
	if err != nil {
		return nil, fmt.Errorf("the file of a finding: %w", err)
	}
	return text, nil
}

// common returns what the first sink that has a message was sent last, but for where and when, and its place.
func (f file) common() (at int, common *Message) {
	for i := range f {
		if last := f[i].record.Last; last != nil {
			return i, last.shared()
		}
	}
	return -1, nil
}

// shared returns the message but for where and when it went.
func (m *Message) shared() *Message {
	shared := *m
	shared.Receipt, shared.At = notify.Receipt{}, time.Time{}
	return &shared
}

// writeRecord writes a record, with its last message or, where that is the common one, with the rest of it.
// What few records have is left to encoding/json.
func writeRecord(o *jsonwrite.Object, name string, r *Record, isCommon bool) {
	o.Begin(name)
	if r.Last != nil && !isCommon {
		writeMessage(o, "last", r.Last)
	}
	if r.Dead != nil {
		o.Any("dead", r.Dead)
	}
	o.Texts("deadParts", r.DeadParts)
	if r.Lease != (Lease{}) {
		o.Begin("lease")
		o.Some("owner", r.Lease.Owner)
		o.Time("until", r.Lease.Until)
		o.End()
	}
	if r.Revision != 0 {
		o.Int("revision", r.Revision)
	}
	if r.Heard != nil {
		o.Any("heard", r.Heard)
	}
	o.True("owed", r.IsOwed)
	if len(r.Opened) > 0 {
		o.Any("opened", r.Opened)
	}
	o.True("isFirst", r.IsFirst)
	if isCommon {
		o.True("common", true)
		if r.Last.Receipt != (notify.Receipt{}) {
			writeReceipt(o, r.Last.Receipt)
		}
		o.Since("at", r.Last.At)
	}
	o.End()
}

func writeMessage(o *jsonwrite.Object, name string, m *Message) {
	o.Begin(name)
	writeVersion(o, m.Version)
	o.Any("severity", m.Severity)
	o.Int("count", int64(m.Count))
	writeReceipt(o, m.Receipt)
	o.Time("at", m.At)
	o.Some("state", m.State)
	o.Some("road", m.Road)
	o.True("native", m.IsNative)
	o.Texts("seen", m.Seen)
	o.Since("namesAt", m.NamesAt)
	if m.History != nil {
		o.Any("history", m.History)
	}
	o.End()
}

func writeReceipt(o *jsonwrite.Object, r notify.Receipt) {
	o.Begin("receipt")
	o.Text("ID", r.ID)
	o.Text("Place", r.Place)
	o.End()
}

func writeVersion(o *jsonwrite.Object, v finding.Version) {
	o.Begin("version")
	o.Time("Updated", v.Updated)
	o.Int("Count", int64(v.Count))
	o.True("Over", v.Over)
	o.Text("Content", v.Content)
	o.Some("Road", v.Road)
	o.Since("Published", v.Published)
	o.End()
}
