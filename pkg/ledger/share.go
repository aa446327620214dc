package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// Sharing is that a sink was told what another one was told of a finding.
type Sharing struct {
	// Key is the finding's, From the sink that was told before, To the one that was told now.
	Key, From, To string
	// Receipt is that of the message by which To was told.
	Receipt notify.Receipt
}

// Share notes it, so that what follows goes there too, such as the end. A sink that was told of the finding by
// itself, and has it open, stays as it is.
func (l *Ledger) Share(ctx context.Context, s Sharing) error {
	for range maxRaces {
		c := l.Case(s.Key)
		if err := c.load(ctx); err != nil {
			return err
		}
		from, err := c.record(ctx, c.file, &Request{Subject: &Subject{Key: s.Key}, Sink: s.From})
		if err != nil {
			return err
		}
		to, err := c.record(ctx, c.file, &Request{Subject: &Subject{Key: s.Key}, Sink: s.To})
		if err != nil || from.Last == nil || to.Last != nil && !to.Last.isOver() {
			return err
		}
		last := *from.Last
		last.Receipt, last.At = s.Receipt, l.files.Now().UTC()
		to.Last = &last
		err = l.files.Save(ctx, c.key, c.file.with(s.To, to), c.revision)
		if !errors.Is(err, table.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("ledger: %w", table.ErrConflict)
}
