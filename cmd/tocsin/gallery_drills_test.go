package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The page shows what is said of fire drills where a sink accepts them, and is as it was where none does.
func TestPreviewOfDrills(t *testing.T) {
	for name, test := range map[string]struct {
		settings map[string]string
		isShown  bool
	}{
		"nobody": {map[string]string{"SINKS": "console,slack", "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T/B/X"}, false},
		"one":    {map[string]string{"SINKS": "console,slack", "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T/B/X", "SLACK_DRILL": "true"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if code, _, stderr := tocsin(t, event, test.settings, "preview", "--out", folder, "-"); code != exitDone {
				t.Fatalf("exit code %d: %s", code, stderr)
			}
			text, err := os.ReadFile(filepath.Join(folder, "index.html"))
			if err != nil {
				t.Fatal(err)
			}
			page := string(text)
			for _, want := range []string{
				"Fire drill: findings would come through", "Fire drill missed: findings may be lost", "fire drill</span>", "tocsin-findings-health",
				"Not sent, unless CONSOLE_DRILL is true. It would look like this.", "Sent where fire drills are accepted.", "&#34;drill_missed&#34;",
			} {
				if strings.Contains(page, want) != test.isShown {
					t.Errorf("the page holds %q: want %v", want, test.isShown)
				}
			}
			if !strings.Contains(page, "<h2>1 finding</h2>") {
				t.Error("a drill counts as a finding")
			}
		})
	}
}
