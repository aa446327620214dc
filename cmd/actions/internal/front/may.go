package front

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/action"
)

// groupsAge is for how long it is believed who is in a user group.
const groupsAge = 5 * time.Minute

// groups are who is in user groups, as Slack has said.
type groups struct {
	mu    sync.Mutex
	known map[string]group // by instance and id
}

type group struct {
	users []string
	at    time.Time
}

func (g *groups) get(name string, now time.Time) ([]string, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	known, ok := g.known[name]
	return known.users, ok && now.Sub(known.at) < groupsAge
}

func (g *groups) set(name string, users []string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.known == nil {
		g.known = map[string]group{}
	}
	g.known[name] = group{users, now}
}

// may reports whether somebody may do what they ask for. The error says that nobody can tell: then they may not.
func (f *Front) may(ctx context.Context, t *task) (bool, error) {
	if !action.NeedsLeave(t.what) || f.allowed.HasUser(t.by.ID) {
		return true, nil
	}
	found, failed := make([]bool, len(f.allowed.Groups)), make([]error, len(f.allowed.Groups))
	var all sync.WaitGroup
	for i, id := range f.allowed.Groups {
		all.Go(func() {
			var users []string
			users, failed[i] = f.members(ctx, t.of, id)
			found[i] = slices.Contains(users, t.by.ID)
		})
	}
	all.Wait()
	if slices.Contains(found, true) {
		return true, nil
	}
	return false, errors.Join(failed...)
}

// members returns who is in a user group.
func (f *Front) members(ctx context.Context, of *instance, id string) ([]string, error) {
	name := of.name + " " + id
	if users, ok := f.groups.get(name, f.now()); ok {
		return users, nil
	}
	ctx, cancel := context.WithTimeout(ctx, callPatience)
	defer cancel()
	users, err := of.api.Members(ctx, of.secrets(), id)
	if err != nil {
		return nil, fmt.Errorf("who is in a group of %s: %w", allowVariable, err)
	}
	f.groups.set(name, users, f.now())
	return users, nil
}
