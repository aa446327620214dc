package slacktest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// SigningSecret is what Slack signs its requests to the app with. It must never show.
const SigningSecret = "8f742231b10e8888" + Secret

// Presser is somebody in the workspace who presses buttons and fills in modals: it makes the requests that
// Slack makes of that. https://docs.slack.dev/interactivity/handling-user-interaction
type Presser struct {
	// ID and Name are those of the person, Channel is where they press.
	ID, Name, Channel string
	// Late has Slack's requests come when their triggers are over.
	Late bool

	t      testing.TB
	server *Server
}

// Presser returns somebody of the workspace.
func (s *Server) Presser(t testing.TB, id, name string) *Presser {
	return &Presser{ID: id, Name: name, Channel: Channel, t: t, server: s}
}

// Request is a request as Slack sends it.
type Request struct {
	// Timestamp and Signature are the header fields; one that is empty is not sent.
	Timestamp, Signature string
	Body                 string
}

// Sign returns the request with the body, signed with a secret at a time.
// https://docs.slack.dev/authentication/verifying-requests-from-slack
func Sign(secret, body string, at time.Time) Request {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + timestamp + ":" + body))
	return Request{Timestamp: timestamp, Signature: "v0=" + hex.EncodeToString(mac.Sum(nil)), Body: body}
}

// Event returns the request as the URL of a Lambda function hands it over: a body of a form is encoded there.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
func (r Request) Event() string {
	now := time.Now()
	header := map[string]string{
		"content-type": "application/x-www-form-urlencoded", "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
		"accept-encoding": "gzip,deflate", "host": "x.lambda-url.us-east-1.on.aws", "x-forwarded-proto": "https",
	}
	if r.Timestamp != "" {
		header["x-slack-request-timestamp"] = r.Timestamp
	}
	if r.Signature != "" {
		header["x-slack-signature"] = r.Signature
	}
	event, _ := json.Marshal(map[string]any{ // texts alone cannot fail
		"version": "2.0", "routeKey": "$default", "rawPath": "/", "rawQueryString": "", "headers": header,
		"requestContext": map[string]any{
			"accountId": "anonymous", "apiId": "x", "domainName": "x.lambda-url.us-east-1.on.aws", "stage": "$default",
			"http":      map[string]string{"method": "POST", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
			"timeEpoch": now.UnixMilli(),
		},
		"body": base64.StdEncoding.EncodeToString([]byte(r.Body)), "isBase64Encoded": true,
	})
	return string(event)
}

// Payload returns the request for a payload, signed as Slack signs it now.
func (p *Presser) Payload(payload map[string]any) Request {
	p.t.Helper()
	text, err := json.Marshal(payload)
	if err != nil {
		p.t.Fatal(err)
	}
	return Sign(SigningSecret, url.Values{"payload": {asSlack(text)}}.Encode(), time.Now())
}

// asSlack writes JSON as Slack does: with what is not ASCII, and every slash, escaped.
func asSlack(text []byte) string { return strings.ReplaceAll(string(ascii(text)), "/", `\/`) }

// who are the members of every payload that say who has done it, and where.
func (p *Presser) who(kind string) map[string]any {
	at := time.Now()
	if p.Late {
		at = at.Add(-2 * triggerLife)
	}
	trigger, response := p.server.press(at)
	return map[string]any{
		"type": kind, "api_app_id": "A0TESTING", "token": "deprecated", "trigger_id": trigger, "response_url": response,
		"team": map[string]string{"id": "T0TESTING", "domain": "testing"}, "enterprise": nil, "is_enterprise_install": false,
		"user": map[string]string{"id": p.ID, "username": p.Name, "name": p.Name, "team_id": "T0TESTING"},
	}
}

// Pressed returns the payload for the first button of the given id in the newest state of a message.
func (p *Presser) Pressed(timestamp, actionID string) map[string]any {
	p.t.Helper()
	message, thread := p.shown(timestamp)
	payload := p.who("block_actions")
	container := map[string]any{"type": "message", "message_ts": timestamp, "channel_id": p.Channel, "is_ephemeral": false}
	if thread != "" {
		container["thread_ts"] = thread
	}
	payload["container"], payload["channel"] = container, map[string]string{"id": p.Channel, "name": "testing"}
	payload["message"], payload["state"] = message, map[string]any{"values": map[string]any{}}
	find := func(blocks any) map[string]any {
		for _, one := range list(blocks) {
			block, _ := one.(map[string]any)
			for _, element := range list(block["elements"]) {
				if button, _ := element.(map[string]any); button["action_id"] == actionID {
					return map[string]any{
						"action_id": actionID, "block_id": block["block_id"], "type": "button", "text": button["text"], "value": button["value"],
						"action_ts": strconv.FormatFloat(float64(time.Now().UnixMilli())/1000, 'f', 6, 64),
					}
				}
			}
		}
		return nil
	}
	found := find(message["blocks"])
	for i, one := range list(message["attachments"]) {
		attachment, _ := one.(map[string]any)
		if found != nil {
			break
		}
		if found = find(attachment["blocks"]); found != nil {
			container["type"], container["attachment_id"], container["is_app_unfurl"] = "message_attachment", i+1, false
		}
	}
	if found == nil {
		p.t.Fatalf("the message %s has no button %s", timestamp, actionID)
	}
	payload["actions"] = []any{found}
	return payload
}

// Press returns the request for the first button of the given id in the newest state of a message.
func (p *Presser) Press(timestamp, actionID string) Request {
	p.t.Helper()
	return p.Payload(p.Pressed(timestamp, actionID))
}

// shown returns a message as Slack shows it to an app, and the thread that it is in: with what Slack puts to it.
func (p *Presser) shown(timestamp string) (message map[string]any, thread string) {
	p.t.Helper()
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	m := p.server.find(timestamp)
	if m == nil {
		p.t.Fatalf("there is no message %s", timestamp)
	}
	message = m.shown()
	message["bot_id"], message["app_id"], message["team"] = "B0TESTBOT", "A0TESTING", "T0TESTING"
	complete(message["blocks"], "b")
	for i, one := range list(message["attachments"]) {
		if attachment, ok := one.(map[string]any); ok {
			attachment["id"], attachment["fallback"] = i+1, "[no preview available]"
			complete(attachment["blocks"], "a"+strconv.Itoa(i))
		}
	}
	return message, m.Thread
}

// complete gives blocks the ids that they lack, and plain texts the flag that Slack adds.
func complete(blocks any, prefix string) {
	for i, one := range list(blocks) {
		block, ok := one.(map[string]any)
		if !ok {
			continue
		}
		if block["block_id"] == nil {
			block["block_id"] = prefix + strconv.Itoa(i)
		}
		if text, ok := block["text"].(map[string]any); ok && text["type"] == "plain_text" {
			text["emoji"] = true
		}
	}
}

func list(value any) []any {
	all, _ := value.([]any)
	return all
}

// Submission returns the payload for a modal that is filled in: of each block what was chosen or written, by the
// block's name. What is not given stays as it was when the modal was opened. A value that is no text is sent as
// it is, whatever there is to choose.
func (p *Presser) Submission(body json.RawMessage, values map[string]any) map[string]any {
	p.t.Helper()
	var v view
	if err := json.Unmarshal(body, &v); err != nil {
		p.t.Fatal(err)
	}
	state := map[string]any{}
	for _, b := range v.Blocks {
		if b.Type != "input" {
			continue
		}
		given, isGiven := values[b.ID]
		text, isText := given.(string)
		filled := given
		if !isGiven || isText {
			filled = b.filled(p.t, text, isGiven)
		}
		state[b.ID] = map[string]any{b.Element.ActionID: filled}
	}
	payload := p.who("view_submission")
	delete(payload, "response_url")
	payload["view"] = map[string]any{
		"id": "V0TESTING", "team_id": "T0TESTING", "type": "modal", "callback_id": v.Callback, "private_metadata": v.Metadata,
		"state": map[string]any{"values": state}, "hash": "156772938.1827394", "app_id": "A0TESTING", "bot_id": "B0TESTBOT",
	}
	return payload
}

// Submit returns the request for a modal that is filled in as for Submission.
func (p *Presser) Submit(body json.RawMessage, values map[string]any) Request {
	p.t.Helper()
	return p.Payload(p.Submission(body, values))
}

// filled returns the state of an input, in which a text was written or chosen.
func (b viewBlock) filled(t testing.TB, text string, isGiven bool) map[string]any {
	t.Helper()
	state := map[string]any{"type": b.Element.Type}
	chosen := b.Element.Initial
	for _, o := range b.Element.Options {
		if isGiven && o.Value == text {
			chosen = &o
		}
	}
	switch b.Element.Type {
	case "plain_text_input":
		state["value"] = nil
		if isGiven {
			state["value"] = text
		}
	case "checkboxes":
		state["selected_options"] = []any{}
		if isGiven {
			state["selected_options"] = []any{chosen}
		}
	default:
		state["selected_option"] = chosen
	}
	if isGiven && len(b.Element.Options) > 0 && (chosen == nil || chosen.Value != text) {
		t.Fatalf("%s has no option %s to choose", b.ID, text)
	}
	return state
}
