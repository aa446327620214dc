package suggest_test

import (
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

func TestWord(t *testing.T) {
	candidates := []string{"SLACK_WEBHOOK_URL", "SLACK_USERNAME", "SLACK_MIN_SEVERITY"}
	for word, want := range map[string]string{
		"SLACK_WEBHOKO_URL":  "SLACK_WEBHOOK_URL",
		"SLACK_URL":          "",
		"SLACK_MIN_SEVERTY":  "SLACK_MIN_SEVERITY",
		"SLACK_USER_NAME":    "SLACK_USERNAME",
		"":                   "",
		"SOMETHING_ELSE_YET": "",
	} {
		if got := suggest.Word(word, candidates); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}
