package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/report"
	"github.com/tocsin-sec/tocsin/pkg/secret"
)

// Mutes are the mutes in force: those of a text, or those of a secret as it was last read. It is
// safe for concurrent use.
type Mutes struct {
	secret secret.Ref
	judge  func(*mute.Mute) []error
	mu     sync.Mutex
	text   string
	list   []mute.Mute
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
	if m.judge == nil {
		return list, mistakes
	}
	return slices.DeleteFunc(list, func(one mute.Mute) bool {
		wrong := m.judge(&one)
		for _, mistake := range wrong {
			mistakes = append(mistakes, fmt.Errorf("MUTES: the mute %q: when: %w", one.Name, mistake))
		}
		return len(wrong) > 0
	}), mistakes
}

// All returns all mutes, those that have ended too. A secret is read anew: unread says why it
// cannot be, and err joins one error for each mistake in it.
func (m *Mutes) All(ctx context.Context) (list []mute.Mute, unread, err error) {
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

// active returns the mutes that have not ended. When they are in a secret that cannot be read,
// there are none: one message too many is better than none.
func (m *Mutes) active(ctx context.Context, log report.Log) []mute.Mute {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.secret.IsSet() {
		text, err := m.secret.Value(ctx)
		if err != nil {
			log.Trouble(fmt.Errorf("MUTES: %w", err))
			return nil
		}
		if text != m.text { // what is wrong in it mutes nothing
			list, mistakes := m.parse(text)
			for _, mistake := range mistakes {
				log.Trouble(mistake)
			}
			log.ExpiredMutes(list)
			m.text, m.list = text, list
		}
	}
	return mute.Active(m.list, time.Now())
}
