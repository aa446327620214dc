package front_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/cmd/actions/internal/front"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

// Every mistake is said at once, by its variable, and shows no value.
func TestMistakes(t *testing.T) {
	settings := map[string]string{
		"SINKS": "slack,other=slack,sns", "SLACK_BOT_TOKEN": "xoxb-s3cr3t", "SLACK_SIGNING_SECRET": "s3cr3t", "SLACK_CHANNEL": "#s3cr3t", "SLACK_API_URL": "s3cr3t",
		"OTHER_CHANNEL": "C0123ABCD", "OTHER_MESSAGE_LANG": "s3cr3t", "OTHER_USERNAME": "s3cr3t", "LEDGER": "memory", "ACTIONS_ALLOW": "s3cr3t,@s3cr3t", "QUEUE_URL": "s3cr3t", "LOG_LEVEL": "s3cr3t",
	}
	var log bytes.Buffer
	_, mistakes := front.Load(t.Context(), front.Options{Settings: config.Texts(settings), Log: &log})
	var all []string
	for _, mistake := range mistakes {
		text := mistake.Error()
		if strings.Contains(text, "s3cr3t") || strings.Contains(text, "\n") {
			t.Errorf("shows a value, or is not one line: %s", text)
		}
		all = append(all, strings.SplitN(text, ":", 2)[0])
	}
	want := "SINKS QUEUE_URL LOG_LEVEL OTHER_USERNAME SLACK_SIGNING_SECRET SLACK_CHANNEL SLACK_API_URL OTHER_BOT_TOKEN OTHER_SIGNING_SECRET OTHER_MESSAGE_LANG LEDGER" +
		strings.Repeat(" ACTIONS_ALLOW", 2) // two entries
	if got := strings.Join(all, " "); got != want || log.Len() > 0 {
		t.Errorf("got\n%v\nwant mistakes in\n%s", mistakes, want)
	}
}

func TestOneMistake(t *testing.T) {
	for variable, value := range map[string]string{
		"LEDGER_TABLE": "", "QUEUE_URL": "", "ACTIONS_ALLOW": "#oncall", "SLACK_CHANNEL": "", "SLACK_SIGNING_SECRET": "", "SLACK_BOT_TOKEN": "", "MESSAGE_LANG": "tlh",
	} {
		w := newWorld(t)
		w.settings[variable] = value
		_, mistakes := front.Load(t.Context(), front.Options{Settings: config.Texts(w.settings)})
		if len(mistakes) != 1 || !strings.HasPrefix(mistakes[0].Error(), variable+": ") {
			t.Errorf("%s: got %v", variable, mistakes)
		}
		if got := w.calls(); got.secrets > 0 {
			t.Errorf("%s: %v", variable, got)
		}
	}
}
