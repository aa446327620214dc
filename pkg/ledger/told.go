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
	f, _, err := l.files.Load(ctx, fileKey(key))
	if err != nil {
		return nil, err
	}
	told := make(map[string]Told, len(f))
	for i := range f {
		if last := f[i].record.Last; last != nil {
			told[f[i].sink] = last.told()
		}
	}
	for _, sink := range sinks {
		record, err := l.record(ctx, f, &Request{Subject: &Subject{Key: key}, Sink: sink})
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
