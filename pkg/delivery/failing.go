package delivery

import (
	"fmt"
	"sync"
)

// mostInVain is how many messages of a target fail in one delivery, one after the other, before its others are handed back untried. The
// first is tried for as long as a message is, the second once: it shows that it is not the message. Each further one would take the time
// of the invocation, and while a target takes nothing all of the queue, also what is for others, moves as slowly as that.
const mostInVain = 2

// failing is what a target has failed at in one delivery since it last answered in a way that says that it is there. It is safe for
// concurrent use.
type failing struct {
	mu     sync.Mutex
	inVain int // messages
	last   error
}

// add notes a message that is handed back since its attempts failed.
func (f *failing) add(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.inVain++
	f.last = err
}

// ended notes an answer: what failed before does not count any more.
func (f *failing) ended() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.inVain, f.last = 0, nil
}

// is reports whether a message has failed, so that the next one is tried once.
func (f *failing) is() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.inVain > 0
}

// left returns why the target is left alone for the rest of the delivery; nil where it is not.
func (f *failing) left() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.inVain < mostInVain {
		return nil
	}
	return fmt.Errorf("not tried, since %d messages before it failed: %w", f.inVain, f.last)
}
