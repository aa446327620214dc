package ledger

import (
	"context"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Told is what a sink was told of a finding last.
type Told struct {
	// Receipt is that of the message that the next one follows; zero where there is none, as for a line of
	// a digest.
	Receipt  notify.Receipt
	Severity finding.Severity
	// IsOver says that the sink was told of the end.
	IsOver bool
	// At is when it was told.
	At time.Time
}

// Told returns what sinks were told of the finding of a key, by the sinks' names; a sink that was told nothing is
// not among them. It writes nothing. What a build before has kept of a finding and a sink is found for the sinks
// that are named.
func (l *Ledger) Told(ctx context.Context, key string, sinks ...string) (map[string]Told, error) {
	c := l.Case(key)
	if err := c.load(ctx); err != nil {
		return nil, err
	}
	told := make(map[string]Told, len(c.file))
	for i := range c.file {
		if last := c.file[i].record.Last; last != nil {
			told[c.file[i].sink] = last.told()
		}
	}
	for _, sink := range sinks {
		record, err := c.record(ctx, c.file, &Request{Subject: &Subject{Key: key}, Sink: sink})
		if err != nil {
			return nil, err
		}
		if record.Last != nil {
			told[sink] = record.Last.told()
		}
	}
	return told, nil
}

func (m *Message) told() Told {
	return Told{Receipt: m.Receipt, Severity: m.Severity, IsOver: m.isOver(), At: m.At}
}
