package sinks_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/sinks/ses/sestest"
)

// mailEnd is SES. What stands there are the mails, by their subjects and plain texts.
func mailEnd(t *testing.T) *remote {
	server := sestest.New(t)
	return &remote{
		handler: server, refused: server.Refused,
		settings: func(base string) map[string]string {
			all := map[string]string{"SES_FROM": "Tocsin <alerts@example.com>", "SES_TO": "team@example.com"}
			maps.Copy(all, sestest.Environment(base))
			return all
		},
		arrived: func() []string {
			var all []string
			for _, m := range server.Mails() {
				all = append(all, m.Subject+"\n"+m.Text)
			}
			return all
		},
		throttle: func(w http.ResponseWriter, _ *http.Request) {
			sestest.Refuse(w, http.StatusTooManyRequests, "TooManyRequestsException", "Maximum sending rate exceeded.")
		},
		dead: func(w http.ResponseWriter, _ *http.Request) {
			sestest.Refuse(w, http.StatusBadRequest, "SendingPausedException", "")
		},
		check: func(t testing.TB, message string) { formattertest.CheckText(t, withoutReturns(message), len(message)) },
	}
}

// withoutReturns returns the text of a mail, whose lines end with CRLF, with line breaks alone.
func withoutReturns(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }
