package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/secret"
)

// mutes are the mutes of an App: those of its configuration, or those of a secret as it was last read.
type mutes struct {
	secret secret.Ref
	mu     sync.Mutex
	text   string
	list   []mute.Mute
}

// newMutes reads the mutes of the configuration. A secret is read when the first finding comes.
func newMutes(c config.Mutes, readFile func(name string) ([]byte, error)) (*mutes, error) {
	m := &mutes{secret: c.Secret, text: c.Text}
	if c.File != "" {
		if readFile == nil {
			readFile = readFromDisk
		}
		text, err := readFile(c.File)
		if err != nil {
			return m, fmt.Errorf("MUTES: the file that it names cannot be read (%w); in Lambda it lies beside the bootstrap, where make build "+
				"BUNDLE=mutes.yaml puts it; on a laptop its path begins in the working folder", err)
		}
		m.text = string(text)
	}
	var err error
	m.list, err = parseMutes(m.text)
	return m, err
}

func readFromDisk(name string) ([]byte, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, errors.Unwrap(err) // without the path
	}
	return text, nil
}

// parseMutes gives the mutes that can be read, and one error for each mistake.
func parseMutes(text string) ([]mute.Mute, error) {
	list, mistakes := mute.Parse([]byte(text))
	for i, mistake := range mistakes {
		mistakes[i] = fmt.Errorf("MUTES: %w", mistake)
	}
	return list, errors.Join(mistakes...)
}

// activeMutes gives the mutes that have not ended. When they are in a secret that cannot be read, there are none:
// one message too many is better than none.
func (a *App) activeMutes(ctx context.Context) []mute.Mute {
	m := a.mutes
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.secret.IsSet() {
		text, err := m.secret.Value(ctx)
		if err != nil {
			a.log.Trouble(fmt.Errorf("MUTES: %w", err))
			return nil
		}
		if text != m.text {
			a.renew(text)
		}
	}
	return mute.Active(m.list, time.Now())
}

// renew takes over the mutes of a secret whose text is another one now. What is wrong in it mutes nothing.
func (a *App) renew(text string) {
	list, err := parseMutes(text)
	for _, mistake := range Mistakes(err) {
		a.log.Trouble(mistake)
	}
	a.mutes.text, a.mutes.list = text, list
	a.log.ExpiredMutes(list)
}
