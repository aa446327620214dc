package action

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/table"
)

// AuditRetention is how long it is kept what people did.
const AuditRetention = 400 * 24 * time.Hour

// Deed is something that somebody did, or was not let do.
type Deed struct {
	Request
	// Result says what came of it: "done", or why not.
	Result string `json:"result"`
}

// Audit keeps what people did, a list for each day of UTC. It is safe for concurrent use.
type Audit struct {
	Store table.Store
	// Now is the clock.
	Now func() time.Time
	// Patience is how long one call of the table may take; 0 stands for that of whoever has alerts to send.
	Patience time.Duration
}

func (a *Audit) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if a.Patience > 0 {
		return context.WithTimeout(ctx, a.Patience)
	}
	return table.Bounded(ctx, a.Store)
}

func auditList(day time.Time) string { return "/audit/" + day.UTC().Format(time.DateOnly) }

// Note keeps a deed. The same deed again takes the place of what was kept of it.
func (a *Audit) Note(ctx context.Context, d Deed) error {
	text, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("the audit record has no JSON form: %w", err)
	}
	ctx, cancel := a.bounded(ctx)
	defer cancel()
	err = a.Store.Append(ctx, auditList(d.At), table.Item{
		Key: d.At.UTC().Format("15:04:05.000Z") + " " + d.ID, Text: string(text), Expires: a.Now().Add(AuditRetention),
	})
	if err != nil {
		return fmt.Errorf("the audit record cannot be written: %w", err)
	}
	return nil
}

// Of returns what people did on a day of UTC, the earliest first.
func (a *Audit) Of(ctx context.Context, day time.Time) ([]Deed, error) {
	ctx, cancel := a.bounded(ctx)
	defer cancel()
	items, err := a.Store.Items(ctx, auditList(day))
	if err != nil {
		return nil, fmt.Errorf("the audit records cannot be read: %w", err)
	}
	var deeds []Deed
	for _, item := range items {
		var d Deed
		if item.Expires.After(a.Now()) && json.Unmarshal([]byte(item.Text), &d) == nil {
			deeds = append(deeds, d)
		}
	}
	return deeds, nil
}
