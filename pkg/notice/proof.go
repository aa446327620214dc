package notice

import (
	"errors"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

// receivesOfAnHour is the receive at which a record that failed each time has been tried for an hour at
// least, by the schedule of package delivery. The queue counts them, so that no process has to live as long,
// and neither a finding that is old by itself nor a letter that is redriven looks like a sink that is dead.
const receivesOfAnHour = 12

// health is what the outcomes of a payload say of a sink.
type health int

const (
	// Of the zero value nothing is known: nothing was sent, or it failed in a way that may pass.
	_ health = iota
	// works: a message was accepted.
	works
	// fails: a message has failed for an hour. Others may have been accepted meanwhile.
	fails
	// broken: the remote end says that it takes nothing.
	broken
)

// proof is what is known of a sink after a payload.
type proof struct {
	health health
	// err is why it takes nothing, since is the least time for which it does not.
	err   error
	since time.Duration
}

// proofs returns what the outcomes say of each sink. A sink that was found broken is left alone for the rest
// of the payload, so that whatever it took came before. One that asks for less is there, and so is one that
// has accepted something.
func proofs(r report.Report) []proof {
	all := make([]proof, len(r.Sinks))
	for _, record := range r.Records {
		for _, f := range record.Findings {
			for sink := range f.Results {
				all[sink].add(f.Results[sink], record.Receives)
			}
		}
		if d := record.Digest; d != nil {
			all[d.Sink].add(d.Result, record.Receives)
		}
		for _, said := range record.Said {
			if said.Sink >= 0 {
				all[said.Sink].add(said.Result, record.Receives)
			}
		}
	}
	return all
}

// add takes one outcome into account. What comes back from the ledger as dead was proved before, and proves
// nothing now: somebody may have mended it.
func (p *proof) add(result delivery.Result, receives int) {
	kind := notify.KindOf(result.Err)
	switch {
	case result.Outcome == delivery.Dead && kind == notify.Broken:
		p.health, p.err, p.since = broken, sinkError(result.Err), 0
	case p.health == broken:
	case result.IsSent():
		p.health, p.err = works, nil
	case p.health == works:
	case result.Outcome == delivery.Retry && result.Attempts > 0 && kind == notify.Transient && receives >= receivesOfAnHour:
		p.health, p.err, p.since = fails, result.Err, time.Hour
	}
}

// sinkError returns the sink's own error, without that of a dead letter beside it.
func sinkError(err error) error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		for _, one := range joined.Unwrap() {
			if notify.KindOf(one) == notify.Broken {
				return one
			}
		}
	}
	return err
}
