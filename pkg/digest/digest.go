// Package digest owns digests: it counts the messages to a sink, gathers what comes beyond a number
// of them a minute, and hands it out once the digest is to be sent. Digests are kept in a table, so
// that many executions fill one.
package digest

import (
	"sync"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/table"
)

// Digests are the digests of all sinks, with the counts of messages, safe for concurrent use.
type Digests struct {
	store table.Store
	open  table.Records[opened] // the open digest of each sink
	now   func() time.Time

	opening sync.Mutex // held by whoever opens a digest
	mu      sync.Mutex
	// countsThen are the counts of minuteBefore, which was over when they were read.
	minuteBefore table.Key
	countsThen   map[string]int64
	// put is what this process has put into the open digest, by the sink.
	put map[string]put
}

// New returns the digests in a store. now is the clock; nil stands for the real one.
func New(store table.Store, now func() time.Time) *Digests {
	if now == nil {
		now = time.Now
	}
	return &Digests{
		store: store, open: table.Records[opened]{Store: store, Now: now}, now: now, put: map[string]put{},
	}
}
