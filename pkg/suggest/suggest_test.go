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

// Neighbours that are exchanged are one slip.
func TestExchanged(t *testing.T) {
	if got := suggest.Word("hihg", []string{"low", "high"}); got != "high" {
		t.Errorf("got %q", got)
	}
}

func TestSlip(t *testing.T) {
	candidates := []string{"aws.signin", "Recon", "Inspector", "AWS_API_CALL", "NETWORK_CONNECTION"}
	for word, want := range map[string]string{
		"aws.sigin": "aws.signin", "aws.signer": "", "Reccon": "Recon", "Rceon": "Recon", "Rec": "", "Spectator": "",
		"NETWORK_CONECTON": "NETWORK_CONNECTION", "NETWORK_CONNECTIONS": "NETWORK_CONNECTION", "AWS_API_KALLS": "AWS_API_CALL",
		"AWS_API_KAL": "", "": "",
	} {
		if got := suggest.Slip(word, candidates); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}
