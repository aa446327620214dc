package delivery

import (
	"context"
	"fmt"
	"sync"

	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// takings know who has taken findings on. Each finding is asked about once in a delivery, whatever the number of
// targets.
type takings struct {
	ask func(ctx context.Context, key string) (notify.Taken, error)

	mu    sync.Mutex
	asked map[string]func() notify.Taken
}

func newTakings(ask func(ctx context.Context, key string) (notify.Taken, error)) *takings {
	return &takings{ask: ask, asked: map[string]func() notify.Taken{}}
}

// of returns who has taken a finding on. Where that cannot be asked it is nobody: the message goes out all the
// same, and failed is told why.
func (t *takings) of(ctx context.Context, key string, failed func(error)) notify.Taken {
	t.mu.Lock()
	once := t.asked[key]
	if once == nil {
		once = sync.OnceValue(func() notify.Taken {
			taken, err := t.ask(ctx, key)
			if err != nil {
				failed(fmt.Errorf("who has taken a finding on is not known: %w", err))
			}
			return taken
		})
		t.asked[key] = once
	}
	t.mu.Unlock()
	return once()
}

// takenBy returns who has taken the finding of a message on that follows another one. Nobody can have taken on what is
// told for the first time, so that a new finding costs no call. What is open again after its end is new to whoever
// had it: nobody has it, until somebody takes it on once more.
func (r *sinkRun) takenBy(ctx context.Context, message *Message, claim *ledger.Claim) notify.Taken {
	follows := claim.Kind == notify.KindUpdate || claim.Kind == notify.KindResolved
	if r.Taken == nil || !follows {
		return notify.Taken{}
	}
	key := message.Subject.Key
	taken := r.shared.takings.of(ctx, key, r.count)
	isOpenAgain := claim.Last != nil && claim.Last.State != "" && !message.Subject.Version.Over
	if taken.IsTaken() && isOpenAgain && !taken.At.After(claim.Last.At) {
		r.count(r.Forget(ctx, key, taken))
		return notify.Taken{}
	}
	return taken
}
