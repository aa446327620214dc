package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/mutelist"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// patienceOfPeople is how long somebody at a terminal waits for one call of the table. Credentials
// that are fetched first count too.
const patienceOfPeople = 10 * time.Second

// withTableMutes lets the mutes of the ledger's table be in force, where there is one. A dry run
// asks it only where it reads the ledger too. It returns them; nil where there are none.
func (a *App) withTableMutes(ctx context.Context, o Options) (*mutelist.Kept, error) {
	if a.config.Ledger != config.LedgerDynamoDB || o.DryRun != nil && !o.DryRun.ReadLedger {
		return nil, nil //nolint:nilnil // no table is a choice
	}
	kept, err := a.keptMutes(ctx, o.Now)
	if err != nil {
		return nil, err
	}
	if o.DryRun == nil {
		kept.Patience = table.Patience // no alert waits for longer
	}
	a.parts.Mutes.WithTable(kept)
	return kept, nil
}

// MuteTable returns the mutes that are kept in the ledger's table, for whoever changes them. The
// error says what is to be set where the configuration names no table.
func (a *App) MuteTable(ctx context.Context) (*mutelist.Kept, error) {
	if a.config.Ledger != config.LedgerDynamoDB {
		return nil, fmt.Errorf("LEDGER: is %s, and mutes that are made now are kept in a table; set LEDGER=%s and LEDGER_TABLE "+
			"as the function has them, or name the table with --table", a.config.Ledger, config.LedgerDynamoDB)
	}
	return a.keptMutes(ctx, nil)
}

func (a *App) keptMutes(ctx context.Context, now func() time.Time) (*mutelist.Kept, error) {
	store, err := table.NewDynamoDB(ctx, a.config.LedgerTable)
	if err != nil {
		return nil, fmt.Errorf("LEDGER: %w", err)
	}
	if now == nil {
		now = time.Now
	}
	return &mutelist.Kept{Store: store, Now: now, Patience: patienceOfPeople}, nil
}

// JudgeMute returns what is wrong with the condition of a mute, as with one of MUTES.
func (a *App) JudgeMute(m mute.Mute) error { return errors.Join(a.parts.Mutes.Judge(m)...) }
