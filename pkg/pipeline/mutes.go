package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/router"
	"github.com/tocsin-sec/tocsin/pkg/secret"
)

// Mutes are the mutes in force: those of a text, or those of a secret as it was last read, and after
// them those of a table. It is safe for concurrent use.
type Mutes struct {
	secret secret.Ref
	judge  func(*mute.Mute) []error
	mu     sync.Mutex
	text   string
	list   []mute.Mute
	live   *liveMutes // nil where there is no table
}

// NewMutes returns mutes that a judge sees; nil lets all pass. Where the secret is set,
// they are in that, which is read when the first finding comes. A mute with a mistake mutes nothing.
// The error joins one error for each mistake in the text.
func NewMutes(text string, in secret.Ref, judge func(*mute.Mute) []error) (*Mutes, error) {
	m := &Mutes{secret: in, text: text, judge: judge}
	list, mistakes := m.parse(text)
	m.list = list
	return m, errors.Join(mistakes...)
}

// parse returns the mutes in which nothing is wrong, and one error for each mistake.
func (m *Mutes) parse(text string) ([]mute.Mute, []error) {
	list, mistakes := mute.Parse([]byte(text))
	for i, mistake := range mistakes {
		mistakes[i] = fmt.Errorf("MUTES: %w", mistake)
	}
	return slices.DeleteFunc(list, func(one mute.Mute) bool {
		wrong := m.wrongWith(one)
		mistakes = append(mistakes, wrong...)
		return len(wrong) > 0
	}), mistakes
}

// Judge returns one error for each thing in the condition of a mute that cannot mean what it says.
func (m *Mutes) Judge(one mute.Mute) []error {
	if m.judge == nil {
		return nil
	}
	return m.judge(&one)
}

// wrongWith returns what the judge says, with the name of the mute.
func (m *Mutes) wrongWith(one mute.Mute) []error {
	wrong := m.Judge(one)
	for i, mistake := range wrong {
		wrong[i] = fmt.Errorf("MUTES: the mute %q: when: %w", one.Name, mistake)
	}
	return wrong
}

// All returns all mutes, those that have ended too. A secret and a table are read anew: unread says
// why they cannot be, and err joins one error for each mistake in them.
func (m *Mutes) All(ctx context.Context) (list []mute.Mute, unread, err error) {
	list, unread, err = m.configured(ctx)
	if m.live == nil {
		return list, unread, err
	}
	entries, _, failed := m.live.kept.Load(ctx)
	if failed != nil {
		return list, errors.Join(unread, errOfTable(failed)), err
	}
	more, mistakes := m.compile(entries)
	return slices.Concat(list, more), unread, errors.Join(err, errors.Join(mistakes...))
}

// configured returns all mutes of the text, or of the secret.
func (m *Mutes) configured(ctx context.Context) (list []mute.Mute, unread, err error) {
	if !m.secret.IsSet() {
		return m.list, nil, nil
	}
	text, unread := m.secret.Value(ctx)
	if unread != nil {
		return nil, unread, nil
	}
	list, mistakes := m.parse(text)
	return list, nil, errors.Join(mistakes...)
}

// active returns the mutes that have not ended, and how many reads of the table failed. Of a secret
// that cannot be read there are none: one message too many is better than none.
func (m *Mutes) active(ctx context.Context, log report.Log) (list []mute.Mute, unread int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if m.live != nil {
		now = m.live.kept.Now()
		unread = m.readTable(ctx, now, log)
		defer func() { list = slices.Concat(list, mute.Active(m.live.list, now)) }()
	}
	if m.secret.IsSet() {
		text, err := m.secret.Value(ctx)
		if err != nil {
			log.Trouble(fmt.Errorf("MUTES: %w", err))
			return nil, unread
		}
		if text != m.text { // what is wrong in it mutes nothing
			list, mistakes := m.parse(text)
			for _, mistake := range mistakes {
				log.Trouble(mistake)
			}
			log.Mutes(list)
			m.text, m.list = text, list
		}
	}
	return mute.Active(m.list, now), unread
}

// Held returns the name of the mute that holds a finding back now; empty for none. Of the finding no more is known
// than the named things: a mute that asks for anything else holds nothing back, since what is not known would count
// as not being so.
func (m *Mutes) Held(ctx context.Context, f finding.Finding, knows []string, log report.Log) string {
	all, _ := m.active(ctx, log)
	all = slices.DeleteFunc(all, func(one mute.Mute) bool {
		return slices.ContainsFunc(one.When.Reads(), func(name string) bool { return !slices.Contains(knows, name) })
	})
	decision := router.Decide(f, []router.Route{{}}, all)[0]
	if decision.Verdict != router.Muted {
		return ""
	}
	return decision.Rule
}
