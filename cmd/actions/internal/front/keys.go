package front

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tocsin-sec/tocsin/sinks/slack/interaction"
)

const (
	// keysAge is how old secrets may be, and the least time between two readings of them that somebody who
	// proves nothing can cause.
	keysAge = 5 * time.Minute
	// keysMissing is the same while a secret could not be read at all.
	keysMissing = time.Minute
)

// errNoKey says that nobody can tell whose a request is.
var errNoKey = errors.New("no signing secret can be read, so that no request can be told to be Slack's")

// keyring knows when the secrets were read.
type keyring struct {
	mu        sync.Mutex
	at        time.Time
	isMissing bool
}

// isOld reports whether the secrets are to be read again, and takes that on.
func (k *keyring) isOld(now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	age := keysAge
	if k.isMissing {
		age = keysMissing
	}
	if !k.at.IsZero() && now.Sub(k.at) < age {
		return false
	}
	k.at = now
	return true
}

// read reads the secrets of all instances side by side. One that cannot be read stays what it was.
func (f *Front) read(ctx context.Context, again bool) {
	var all sync.WaitGroup
	missing := make([]bool, len(f.instances))
	for i, one := range f.instances {
		all.Go(func() {
			keys, err := one.read(ctx, again)
			if err != nil {
				f.log.trouble(ctx, fmt.Errorf("%s: %w", one.name, err))
			}
			one.mu.Lock()
			defer one.mu.Unlock()
			one.keys = keys
			missing[i] = !keys.AreWhole()
		})
	}
	all.Wait()
	f.keys.mu.Lock()
	defer f.keys.mu.Unlock()
	f.keys.isMissing = false
	for _, is := range missing {
		f.keys.isMissing = f.keys.isMissing || is
	}
}

// proven returns the instances whose app has signed a request. Where that is none, the secrets may have changed
// meanwhile: they are read again, but seldom, since anybody can send what is signed by somebody else.
func (f *Front) proven(ctx context.Context, s interaction.Signed) ([]*instance, error) {
	of := f.signers(s)
	if len(of) == 0 && f.keys.isOld(f.now()) {
		f.read(ctx, true)
		of = f.signers(s)
	}
	if len(of) > 0 {
		return of, nil
	}
	for _, one := range f.instances {
		if one.secrets().CanProve() {
			return nil, interaction.ErrSignature
		}
	}
	return nil, errNoKey
}

func (f *Front) signers(s interaction.Signed) (of []*instance) {
	for _, one := range f.instances {
		if s.IsOf(one.secrets()) {
			of = append(of, one)
		}
	}
	return of
}

// renew begins to read secrets that are old, and returns what waits for them.
func (f *Front) renew(ctx context.Context) (wait func()) {
	if !f.keys.isOld(f.now()) {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.read(ctx, true)
	}()
	return func() { <-done }
}
