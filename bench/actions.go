package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"
)

// actions are runs of the function that answers buttons, in turn with the naive function, which is no part of
// it: it is what the start of a cold environment costs anyhow. Its first answer takes secrets, a table, a queue and
// an edit of the message.
type actions struct {
	program      program
	front, naive []numbers
}

// The names in a press of the benchmark.
const (
	pressedChannel = "C0BENCHMARK"
	signingSecret  = "8f742231b10e8888abcd99yyyzzz85a5"
)

// measure measures pairs.
func (a *actions) measure(count int, p programs, event func(int) []byte) error {
	const warm = 20
	tables, err := startTables(p.tables, 0)
	if err != nil {
		return err
	}
	defer tables.stop()
	table, err := tables.make()
	if err != nil {
		return err
	}
	w := newWorld(0)
	defer w.stop()
	secrets := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(rw, `{"SecretString":%q}`, `{"bot":"xoxb-1","signing":"`+signingSecret+`"}`)
	}))
	defer secrets.Close()
	var edits atomic.Int64
	const arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:bench-AbCdEf"
	v := variables{
		"SINKS": "slack", "SLACK_BOT_TOKEN": arn + "#bot", "SLACK_SIGNING_SECRET": arn + "#signing", "SLACK_CHANNEL": pressedChannel,
		"SLACK_API_URL": w.answer(0, "application/json", func([]byte) string { edits.Add(1); return `{"ok":true}` }) + "/api/",
		"LEDGER":        "dynamodb", "LEDGER_TABLE": table, "AWS_ENDPOINT_URL_DYNAMODB": tables.url, "AWS_ENDPOINT_URL_SECRETS_MANAGER": secrets.URL,
		"QUEUE_URL": w.startQueue() + "/111122223333/bench",
	}
	of := 0 // each run presses buttons of its own
	a.front, a.naive, err = pairs(count,
		func() (numbers, error) {
			of++
			return run(a.program.path, v, func(n int) []byte { return pressOf(of*(warm+1) + n) }, warm)
		},
		func() (numbers, error) { return run(p.naive, w.usual(), event, warm) })
	if done, want := edits.Load(), int64(count*(warm+1)); err == nil && done != want {
		err = fmt.Errorf("%d of %d presses were answered as they should", done, want)
	}
	return err
}

// pressOf is a press of the button by which somebody takes on a finding of the given number.
func pressOf(number int) []byte {
	value := fmt.Sprintf(`{"s":"com.example","a":"111122223333","r":"eu-west-1","i":"f%d","t":"Recon:EC2/Portscan","o":"i-0abc","v":8}`, number)
	object := func(parts ...any) map[string]any {
		all := map[string]any{}
		for i := 0; i+1 < len(parts); i += 2 {
			all[fmt.Sprint(parts[i])] = parts[i+1]
		}
		return all
	}
	row := object("type", "actions", "block_id", "acts-1", "elements", []any{
		object("type", "button", "action_id", "acknowledge", "text", object("type", "plain_text", "text", "Acknowledge"), "value", value),
	})
	payload, err := json.Marshal(object(
		"type", "block_actions", "user", object("id", "U0BENCHMARK", "username", "jane"), "channel", object("id", pressedChannel),
		"container", object("type", "message_attachment", "message_ts", "1700000000.000100"), "trigger_id", "1.2.3", "response_url", "",
		"message", object("text", "what happened", "attachments", []any{object("color", "#E01E5A", "blocks", []any{row})}),
		"actions", []any{object("type", "button", "action_id", "acknowledge", "block_id", "acts-1", "value", value)},
	))
	if err != nil {
		return nil // texts alone cannot fail
	}
	now, body := time.Now(), url.Values{"payload": {string(payload)}}.Encode()
	timestamp := strconv.FormatInt(now.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(signingSecret))
	mac.Write([]byte("v0:" + timestamp + ":" + body))
	event, err := json.Marshal(object(
		"version", "2.0", "headers", object("x-slack-request-timestamp", timestamp, "x-slack-signature", "v0="+hex.EncodeToString(mac.Sum(nil))),
		"requestContext", object("http", object("method", http.MethodPost), "timeEpoch", now.UnixMilli()),
		"body", base64.StdEncoding.EncodeToString([]byte(body)), "isBase64Encoded", true,
	))
	if err != nil {
		return nil
	}
	return event
}

// budgets are the limits of the function that answers buttons.
func (a *actions) budgets(slack bool) []budget {
	most := 1.5
	if slack {
		most = 1.8
	}
	return []budget{
		{"actions: cold start", ratio(a.front, a.naive, figureCold).median, most, "x naive", false, false},
		{"actions: bootstrap", float64(a.program.binary) / 1e6, 11.2, "MB", false, false},
		{"actions: zip", float64(a.program.archived) / 1e6, 4.6, "MB", false, false},
	}
}
