package notify

import "context"

// Noted is a Notifier with something to say about its settings that is no mistake. It is optional, and for
// tocsin check alone: the delivery never asks for it.
type Noted interface {
	Notifier
	// Notes returns one sentence for each thing that an operator should know. It reaches no network, reads no
	// secret and shows none.
	Notes(ctx context.Context) []string
}
