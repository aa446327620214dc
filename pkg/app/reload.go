package app

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/secret"
)

const (
	// rereadEvery is how long a configuration in a secret is in force before it is read again.
	rereadEvery = 5 * time.Minute
	// rereadTimeout bounds that reading: findings wait for it.
	rereadTimeout = 2 * time.Second
)

// Reloading is an App that reads its configuration again where that is in a secret. It is safe for
// concurrent use.
type Reloading struct {
	options Options
	app     atomic.Pointer[App]

	mu sync.Mutex // is held by the one who reads
	// read is when the secret was last read. rejected says that the version that was found is not in
	// force.
	read     time.Time
	rejected bool
}

// LoadReloading builds an App as Load does, and keeps it at the newest version of its configuration.
func LoadReloading(ctx context.Context, o Options) (*Reloading, error) {
	value, _ := o.Settings.Lookup(config.FileVariable)
	if ref := secret.New(strings.TrimSpace(value.Text)); ref.IsReference() {
		o.file = ref
	}
	first, err := Load(ctx, o)
	if err != nil {
		return nil, err
	}
	r := &Reloading{options: o, read: time.Now()}
	r.app.Store(first)
	first.sayStart("start")
	return r, nil
}

// Invoke handles one payload of Lambda with the newest configuration that is good.
func (r *Reloading) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	r.reload(ctx)
	return r.app.Load().Invoke(ctx, payload)
}

// reload exchanges the App where the secret has a new version. Whoever is being served by the old one
// ends there. A version with a mistake, and a secret that cannot be read, leave the old one in force,
// and are said each time.
func (r *Reloading) reload(ctx context.Context) {
	if !r.options.file.IsSet() || !r.mu.TryLock() {
		return
	}
	defer r.mu.Unlock()
	if time.Since(r.read) < rereadEvery {
		return
	}
	r.read = time.Now()
	ctx, cancel := context.WithTimeout(ctx, rereadTimeout)
	defer cancel()
	isNew, err := r.options.file.Refresh(ctx)
	if r.rejected = r.rejected || isNew; err == nil && r.rejected {
		err = r.exchange(ctx)
	}
	if err != nil {
		r.app.Load().parts.Log.ConfigurationRejected(Mistakes(err))
	}
}

// exchange puts the App of a new version in place of the old one. A version that was rejected is
// tried again: not only what stands in it can be the reason.
func (r *Reloading) exchange(ctx context.Context) error {
	o := r.options
	o.before = r.app.Load()
	next, err := Load(ctx, o)
	if err != nil {
		return err
	}
	r.rejected = false
	r.app.Store(next)
	next.sayStart("new configuration")
	return nil
}
