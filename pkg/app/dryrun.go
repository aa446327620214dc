package app

import (
	"context"
	"errors"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// DryRun is a run that sends nothing: the same router, ledger rules and delivery, over sinks that
// accept everything and do nothing. Queues and dead letters are left alone, and what the ledger
// remembers of the run is forgotten with it.
type DryRun struct {
	// ReadLedger begins with what the table of the configuration holds; nothing is written to it.
	ReadLedger bool
	// Single takes each finding as if it came by itself: there are no digests.
	Single bool
}

// check reports why a configuration allows no such dry run.
func (r *DryRun) check(c config.Config) error {
	if r != nil && r.ReadLedger && c.Ledger != config.LedgerDynamoDB {
		return errors.New("LEDGER: names no table that could be read; set it to dynamodb, and LEDGER_TABLE")
	}
	return nil
}

// target returns the target that takes another one's place in the dry run.
func (r *DryRun) target(t delivery.Target) delivery.Target {
	if r == nil {
		return t
	}
	t.Sink, t.Rate = silent{}, 0
	if r.Single {
		t.DigestAfter = 0
	}
	return t
}

// now returns the clock: that of a dry run stands still, so that its result does not depend on how
// long it takes. nil stands for the real one.
func (r *DryRun) now() func() time.Time {
	if r == nil {
		return nil
	}
	now := time.Now()
	return func() time.Time { return now }
}

// silent is a sink that accepts everything and sends nothing.
type silent struct{}

// Notify implements notify.Notifier.
func (silent) Notify(ctx context.Context, _ notify.Notification) (notify.Receipt, error) {
	return notify.Receipt{}, ctx.Err()
}
