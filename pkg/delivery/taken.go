package delivery

import (
	"context"
	"fmt"
	"sync"

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

// withTaken adds who has taken the finding on to a message that follows another one. Nobody can have taken on
// what is told for the first time, so that a new finding costs no call.
func (r *sinkRun) withTaken(ctx context.Context, message *Message, n notify.Notification) notify.Notification {
	follows := n.Kind == notify.KindUpdate || n.Kind == notify.KindResolved
	if r.Taken != nil && follows {
		n.Taken = r.shared.takings.of(ctx, message.Subject.Key, r.count)
	}
	return n
}
