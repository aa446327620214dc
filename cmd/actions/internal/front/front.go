// Package front answers the buttons of messages: it sees that a request is Slack's, and somebody's who may do what
// they ask for, does at once what is quick, and puts everything else on the queue as an action.Request. It makes no
// call for a request that is not proven to be Slack's.
package front

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/panics"
	"github.com/tocsin-sec/tocsin/pkg/table"
	"github.com/tocsin-sec/tocsin/sinks/slack/interaction"
)

// The statuses of answers. Slack warns whoever has pressed of all but the first.
const (
	statusOK          = 200
	statusUnreadable  = 400 // Slack's, and nothing that can be read
	statusUnproven    = 401 // nobody knows whose
	statusForeign     = 403 // Slack's, and about no channel that there is
	statusTooLarge    = 413
	statusFault       = 500
	statusUnavailable = 503 // it may be tried again
)

const (
	// maxBody is the longest body that is looked at, in bytes. A message has at most 50 blocks of 3,000 characters.
	maxBody = 256 << 10
	// patience is how long an answer may take from when the request came: Slack waits for 3 seconds.
	// https://docs.slack.dev/interactivity/handling-user-interaction#acknowledgment_response
	patience = 2500 * time.Millisecond
	// leastPatience is how much of that there is whatever the clocks say.
	leastPatience = time.Second
)

// Front answers requests. It is safe for concurrent use.
type Front struct {
	instances []*instance
	keys      keyring
	groups    groups
	allowed   action.Allowed
	store     table.Store
	queue     *queue
	seen      seen
	log       log
	now       func() time.Time
}

// instance is an instance of Slack whose messages have buttons.
type instance struct {
	name   string
	config interaction.Config
	api    *interaction.API
	words  interaction.Words
	read   func(ctx context.Context, again bool) (interaction.Keys, error)

	mu   sync.Mutex
	keys interaction.Keys
}

// secrets returns the instance's secrets as they were read last.
func (i *instance) secrets() interaction.Keys {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.keys
}

// answer is what a request is answered.
type answer struct {
	status int
	body   []byte // JSON
}

// JSON returns the answer as Lambda takes it.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
func (a answer) JSON() []byte {
	out := map[string]any{"statusCode": a.status}
	if a.body != nil {
		out["headers"], out["body"] = map[string]string{"content-type": "application/json"}, string(a.body)
	}
	text, err := json.Marshal(out)
	if err != nil {
		return []byte(`{"statusCode":500}`) // a number and texts: it cannot be
	}
	return text
}

// Invoke answers one request to the function's URL, whatever it is.
func (f *Front) Invoke(ctx context.Context, payload []byte) (text []byte) {
	defer func() {
		if recovered := recover(); recovered != nil {
			f.log.trouble(ctx, errors.New(panics.Describe(recovered)))
			text = answer{status: statusFault}.JSON()
		}
	}()
	r, err := readRequest(payload)
	if err != nil {
		return f.refuse(ctx, err).JSON()
	}
	ctx, cancel := context.WithDeadline(ctx, f.deadline(r.came))
	defer cancel()
	return f.answer(ctx, r).JSON()
}

// deadline returns by when a request that came at a time is to be answered.
func (f *Front) deadline(came time.Time) time.Time {
	now := f.now()
	at := came.Add(patience)
	if least := now.Add(leastPatience); at.Before(least) {
		at = least
	}
	if most := now.Add(patience); at.After(most) {
		at = most
	}
	return at
}

// errTooLarge and errReplayed say, beside those of interaction, why a request is refused.
var (
	errTooLarge = errors.New("its body is too large")
	errReplayed = errors.New("it has come before")
)

// refuse answers a request of which nobody knows whose it is: with nothing.
func (f *Front) refuse(ctx context.Context, reason error) answer {
	f.log.refused(ctx, reason)
	if errors.Is(reason, errTooLarge) {
		return answer{status: statusTooLarge}
	}
	return answer{status: statusUnproven}
}

// ignore answers a request that is Slack's, and cannot be done.
func (f *Front) ignore(ctx context.Context, status int, reason error) answer {
	f.log.ignored(ctx, reason)
	return answer{status: status}
}

// answer sees whose a request is, and does what it asks for.
func (f *Front) answer(ctx context.Context, r request) answer {
	if err := r.signed.Check(f.now()); err != nil {
		return f.refuse(ctx, err)
	}
	of, err := f.proven(ctx, r.signed)
	if errors.Is(err, errNoKey) {
		f.log.trouble(ctx, err)
		return answer{status: statusUnavailable}
	} else if err != nil {
		return f.refuse(ctx, err)
	}
	p, err := interaction.Read(r.signed.Body)
	if err != nil {
		return f.ignore(ctx, statusUnreadable, err)
	}
	task, err := f.taskOf(p, of)
	switch {
	case errors.Is(err, errForeign):
		return f.ignore(ctx, statusForeign, err)
	case err != nil:
		return f.ignore(ctx, statusUnreadable, err)
	case task == nil:
		return answer{status: statusOK}
	}
	renewed := f.renew(ctx)
	err = f.first(ctx, r.signed.ID())
	renewed()
	switch {
	case errors.Is(err, errReplayed):
		return f.refuse(ctx, err)
	case err != nil:
		f.log.trouble(ctx, err)
		return answer{status: statusUnavailable}
	}
	task.id = r.signed.ID()
	return f.do(ctx, task)
}
