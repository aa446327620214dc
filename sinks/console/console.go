// Package console writes to standard output: the sink of a laptop.
package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/json"
	"github.com/tocsin-sec/tocsin/formatter/text"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// maxBytes bounds one text; nobody reads more in a terminal.
const maxBytes = 64 << 10

// Config is what can be set; each field is a variable under the instance's prefix.
type Config struct {
	// Format is text, or json for a line for each finding, and for what is about none, by docs/schema; empty means text.
	Format string
	// Terminal is read without the prefix, see Unprefixed.
	Terminal Terminal `ignored:"true"`
}

// Terminal is what is said of the terminal to all programs.
type Terminal struct {
	// NoColor forbids colours, whatever it is set to (https://no-color.org).
	NoColor string `split_words:"true"`
	// Term is the kind of terminal, of which "dumb" has no colours.
	Term string
}

// Traits returns what the sink says of itself.
func Traits() traits.Traits { return traits.Traits{Concurrency: 1} }

// Unprefixed returns the part of the configuration that is read without the instance's prefix.
func (c *Config) Unprefixed() any { return &c.Terminal }

// Sink writes to one stream. Its messages do not mix.
type Sink struct {
	mu     sync.Mutex
	out    io.Writer
	json   bool
	colour bool
	style  formatter.Style
}

// New builds a sink that writes to standard output, in colour when that is a terminal that has
// colours and nobody forbids them.
func New(_ context.Context, _ string, c Config, style formatter.Style) (*Sink, error) {
	sink, err := NewTo(os.Stdout, c, c.Terminal.hasColour(os.Stdout))
	if err == nil {
		sink.style = style
	}
	return sink, err
}

// NewTo builds a sink that writes to out. The error says what is wrong with the settings.
func NewTo(out io.Writer, c Config, colour bool) (*Sink, error) {
	format := strings.ToLower(strings.TrimSpace(c.Format))
	if format != "" && format != "text" && format != "json" {
		return nil, errors.New("FORMAT: want text or json")
	}
	return &Sink{out: out, json: format == "json", colour: colour}, nil
}

// hasColour reports whether a file is a terminal that is to be written to in colour.
func (t Terminal) hasColour(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && t.Term != "dumb" && t.NoColor == ""
}

// Notify writes one notification. The proof of acceptance is that all of it was written.
func (s *Sink) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return notify.Receipt{}, fmt.Errorf("not written: %w", err)
	}
	text, err := s.render(n)
	if err != nil {
		return notify.Receipt{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := io.WriteString(s.out, text); err != nil {
		return notify.Receipt{}, fmt.Errorf("writing to the console: %w", err)
	}
	return notify.Receipt{}, nil
}

// Preview returns what would be written where the standard output is no terminal: without colour.
func (s *Sink) Preview(n notify.Notification) (notify.Preview, error) {
	plain := Sink{json: s.json, style: s.style}
	text, err := plain.render(n)
	if err != nil {
		return notify.Preview{}, err
	}
	if s.json {
		return notify.Preview{Form: notify.FormJSON, Body: []byte(text)}, nil
	}
	sizes := []notify.Size{{What: "bytes", Value: len(text), Limit: maxBytes}}
	return notify.Preview{Form: notify.FormText, Body: []byte(text), Sizes: sizes}, nil
}

func (s *Sink) render(n notify.Notification) (string, error) {
	if s.json {
		lines, err := json.Lines(n)
		if n.Word.IsSaid() { // it is about no finding
			lines, err = json.Document(n, maxBytes)
			lines = append(lines, '\n')
		}
		if err != nil {
			return "", notify.PermanentMessage(fmt.Errorf("as JSON: %w", err))
		}
		return string(lines), nil
	}
	render := text.Render
	if s.colour {
		render = text.Coloured
	}
	return strings.TrimRight(render(formatter.New(n, s.style), maxBytes), "\n") + "\n\n", nil
}
