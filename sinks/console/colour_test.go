package console_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/sinks/console"
)

// Colours are for terminals, and for nobody who forbids them; the environment of the process has no
// say beside the settings that are handed over.
func TestColours(t *testing.T) {
	terminal, err := os.Open(os.DevNull) // a character device, as a terminal is
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = terminal.Close() }()
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	t.Setenv("NO_COLOR", "1")
	t.Setenv("TERM", "dumb")
	for name, test := range map[string]struct {
		settings map[string]string
		want     bool
	}{
		"nothing set":      {nil, true},
		"a terminal":       {map[string]string{"TERM": "xterm", "NO_COLOR": ""}, true},
		"forbidden":        {map[string]string{"NO_COLOR": "0"}, false},
		"none to be had":   {map[string]string{"TERM": "dumb"}, false},
		"under the prefix": {map[string]string{"CONSOLE_NO_COLOR": "1", "CONSOLE_TERM": "dumb"}, true},
	} {
		var c console.Config
		if err := config.Texts(test.settings).Decode("", c.Unprefixed()); err != nil {
			t.Fatal(err)
		}
		if got := c.Terminal.HasColour(terminal); got != test.want {
			t.Errorf("%s: got %v", name, got)
		}
		if c.Terminal.HasColour(file) {
			t.Errorf("%s: a file gets colours", name)
		}
	}
}
