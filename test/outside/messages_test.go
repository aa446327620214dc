package outside_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
)

// styles are settings for how messages look.
func styles() map[string]map[string]string {
	return map[string]map[string]string{
		"plain": nil,
		"styled": {
			"ACCOUNT_NAMES": "111122223333=prod", "RUNBOOK_URL": "https://wiki.example.com/runbooks", "SHOW_TAGS": "*",
			"MENTION": "<!here>", "MENTION_MIN_SEVERITY": "critical", "SLACK_USERNAME": "Tocsin", "SLACK_ICON_EMOJI": ":rotating_light:",
		},
		"japanese": {"MESSAGE_LANG": "ja"},
	}
}

// The messages to Slack and SNS, byte for byte.
func TestMessages(t *testing.T) {
	for style, variables := range styles() {
		all := map[string]string{"LEDGER": "off", "LEDGER_TABLE": "", "MIN_SEVERITY": "0"}
		maps.Copy(all, variables)
		w := newWorld(t, "messages-"+style, all)
		for _, name := range []string{"ssh", "bucket", "sequence", "generic"} {
			fmt.Fprintf(&w.text, "== %s\n%s\n", name, w.invoke(t, event(t, name, nil)))
			for _, request := range w.slack.took() {
				w.text.WriteString(request)
			}
			for _, p := range w.services.topics() {
				fmt.Fprintf(&w.text, "topic: %s\nsubject: %s\nstructure: %q\n", p.Topic, p.Subject, p.Structure)
				fmt.Fprintf(&w.text, "attributes: %s\n%s\n", compact(t, p.Attributes), p.Message)
			}
			w.text.WriteString("\n")
		}
		golden(t, "messages-"+style+".txt", w.text.String())
	}
}

// A bot's message, what an update does to its thread, and the minimal form of a message that was refused.
func TestThread(t *testing.T) {
	w := newWorld(t, "thread", map[string]string{
		"SINKS": "slack", "SNS_TOPIC_ARN": "", "SLACK_WEBHOOK_URL": "", "SLACK_BOT_TOKEN": "xoxb-secret", "SLACK_CHANNEL": "C0123ABCD", "SLACK_API_URL": "{api}",
	})
	w.show(t, "a finding", event(t, "ssh", nil))
	fmt.Fprintf(&w.text, "== the table\n%s\n", items(t, w.table))
	w.show(t, "its level rises", event(t, "ssh", map[string]any{"updatedAt": "2026-03-16T09:13:10.500Z", "count": 20, "severity": 8}))
	w.show(t, "its count rises", event(t, "ssh", map[string]any{"updatedAt": "2026-03-16T10:13:10.500Z", "count": 2000, "severity": 8}))
	w.slack.answers(func(w http.ResponseWriter) bool {
		_, _ = io.WriteString(w, `{"ok":false,"error":"invalid_blocks"}`)
		return true
	})
	w.show(t, "refused: the full and the minimal form", event(t, "generic", nil))
	golden(t, "messages-thread.txt", w.text.String())
}

// show invokes the function and writes down what it sent to Slack.
func (w *world) show(t *testing.T, name, payload string) {
	t.Helper()
	fmt.Fprintf(&w.text, "== %s\n%s\n%s\n", name, w.invoke(t, payload), strings.Join(w.slack.took(), ""))
}

// A message with buttons, what its thread says of what somebody did, an update of a finding that somebody has taken
// on, and its end, which has none.
func TestButtons(t *testing.T) {
	w := newWorld(t, "buttons", map[string]string{
		"SINKS": "slack", "SNS_TOPIC_ARN": "", "SLACK_WEBHOOK_URL": "", "SLACK_BOT_TOKEN": "xoxb-secret", "SLACK_CHANNEL": "C0123ABCD", "SLACK_API_URL": "{api}",
		"SLACK_SIGNING_SECRET": "arn:aws:secretsmanager:us-east-1:111122223333:secret:slack-AbCdEf", "ACTIONS_ARCHIVE": "true", "SLACK_MENTION": "<!here>",
	})
	w.show(t, "a finding", event(t, "ssh", nil))
	detail := decoded(t, []byte(event(t, "ssh", nil))).(map[string]any)["detail"].(map[string]any)
	account, region, id := detail["accountId"].(string), detail["region"].(string), detail["id"].(string)
	w.show(t, "somebody has taken it on", compact(t, map[string]any{
		"version": "0", "source": "tocsin", "detail-type": "Tocsin Action", "time": "2026-03-16T08:30:00Z", "detail": map[string]any{
			"format": 1, "id": "r1", "what": "acknowledge", "at": "2026-03-16T08:30:00Z",
			"subject": map[string]any{"s": "aws.guardduty", "a": account, "r": region, "i": id},
			"by":      map[string]any{"id": "U012AB3CD", "name": "jane <!here>"},
			"from":    map[string]any{"sink": "slack", "place": "C0123ABCD", "message": "1773649510.000100"},
		},
	}))
	text := func(s string) any { return map[string]string{"S": s} }
	dynamoDB(t, "PutItem", map[string]any{"TableName": w.table, "Item": map[string]any{
		"pk": text("aws.guardduty/" + account + "/" + region + "/" + id), "sk": text("/ack"),
		"record": text(`{"by":{"id":"U012AB3CD","name":"jane <!here>"},"at":"2026-03-16T08:30:00Z"}`),
		"format": map[string]string{"N": "1"}, "revision": map[string]string{"N": "1"}, "expires": map[string]string{"N": "4102444800"},
	}})
	w.show(t, "its level rises", event(t, "ssh", map[string]any{"updatedAt": "2026-03-16T09:13:10.500Z", "count": 20, "severity": 8}))
	over := map[string]any{"updatedAt": "2026-03-16T10:13:10.500Z", "count": 20, "severity": 8}
	end := strings.Replace(event(t, "ssh", over), `"archived":false`, `"archived":true`, 1)
	w.show(t, "it is over", end)
	golden(t, "messages-buttons.txt", w.text.String())
}
