package front_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

// write is the page that gets the table of what is refused.
var write = flag.String("write", "", "write the table of TestAbuses into this page")

const page = "../../../../docs/actions.md"

// abuse is a request that somebody had better not send, and what comes of it.
type abuse struct {
	// what it is, and what is done about it, as the page says.
	what, done string
	// event returns the request; what has to be there before is made by it.
	event func(w *world) string
	// status is what it is answered, says a part of what stands in the answer, and told a part of what whoever
	// has pressed is told alone.
	status     int
	says, told string
	calls      calls
}

// changed returns an event with a change.
func changed(event string, change func(map[string]any)) string {
	var e map[string]any
	_ = json.Unmarshal([]byte(event), &e) // it was made a moment ago
	change(e)
	text, _ := json.Marshal(e)
	return string(text)
}

func header(name, value string) func(map[string]any) {
	return func(e map[string]any) { e["headers"].(map[string]any)[name] = value } //nolint:forcetypeassert // of an event
}

// acknowledge is a press that would be done.
func acknowledge(w *world) slacktest.Request {
	return w.presser("U0JANE").Press(w.message, "acknowledge")
}

// pressed is a press with a change of its payload.
func pressed(act string, change func(payload map[string]any)) func(w *world) string {
	return func(w *world) string {
		p := w.presser("U0ALLOWED")
		payload := p.Pressed(w.message, act)
		change(payload)
		return p.Payload(payload).Event()
	}
}

// button is a press with a change of the button.
func button(act, member string, value any) func(w *world) string {
	return pressed(act, func(payload map[string]any) {
		payload["actions"].([]any)[0].(map[string]any)[member] = value //nolint:forcetypeassert // of a press
	})
}

// modal opens the modal of a finding of a severity, and returns it.
func (w *world) modal(of action.Subject) json.RawMessage {
	w.t.Helper()
	w.message = w.post(of)
	w.send(w.front(), w.presser("U0ALLOWED").Press(w.message, "mute").Event())
	views := w.slack.Views()
	return views[len(views)-1].Body
}

// filled is a modal that is filled in.
func filled(values map[string]any) func(w *world) string {
	return func(w *world) string { return w.presser("U0ALLOWED").Submit(w.modal(subject(8)), values).Event() }
}

// carrying is a modal that carries something else than it was opened with.
func carrying(callback string, change func(draft map[string]any)) func(w *world) string {
	return func(w *world) string {
		p := w.presser("U0ALLOWED")
		payload := p.Submission(w.modal(subject(8)), map[string]any{"why": "x"})
		view := payload["view"].(map[string]any) //nolint:forcetypeassert // of a submission
		var draft map[string]any
		_ = json.Unmarshal([]byte(view["private_metadata"].(string)), &draft) //nolint:forcetypeassert // of a modal
		change(draft)
		text, _ := json.Marshal(draft)
		view["private_metadata"], view["callback_id"] = string(text), callback
		return p.Payload(payload).Event()
	}
}

func signed(body string, age time.Duration) string {
	return slacktest.Sign(slacktest.SigningSecret, body, time.Now().Add(-age)).Event()
}

func chosen(value string) map[string]any {
	return map[string]any{"type": "static_select", "selected_option": map[string]string{"value": value}}
}

func mute(scope string, length time.Duration, evenCritical bool) map[string]any {
	return map[string]any{"scope": scope, "for": length, "reason": "x", "evenCritical": evenCritical}
}

// unproven are requests of which nobody can say that Slack has sent them.
func unproven() []abuse {
	refused := func(what string, calls calls, event func(w *world) string) abuse {
		return abuse{what: what, done: "nothing", event: event, status: 401, calls: calls}
	}
	none := calls{}
	at := func(timestamp string) func(w *world) string {
		return func(w *world) string {
			r := acknowledge(w)
			r.Timestamp = timestamp
			return r.Event()
		}
	}
	return []abuse{
		refused("no signature", none, func(w *world) string { return slacktest.Request{Body: acknowledge(w).Body}.Event() }),
		refused("signed with another secret", none, func(w *world) string { return slacktest.Sign("another", acknowledge(w).Body, time.Now()).Event() }),
		refused("signed with an empty secret", none, func(w *world) string { return slacktest.Sign("", acknowledge(w).Body, time.Now()).Event() }),
		refused("a signature that is cut off", none, func(w *world) string {
			r := acknowledge(w)
			r.Signature = r.Signature[:40]
			return r.Event()
		}),
		refused("a signature of another version (`v1=`)", none, func(w *world) string {
			r := acknowledge(w)
			r.Signature = "v1" + r.Signature[2:]
			return r.Event()
		}),
		refused("a signature in capital letters", none, func(w *world) string {
			r := acknowledge(w)
			r.Signature = "v0=" + strings.ToUpper(r.Signature[3:])
			return r.Event()
		}),
		refused("the signature's field twice, in two cases", none, func(w *world) string {
			return changed(acknowledge(w).Event(), header("X-Slack-Signature", "v0=0"))
		}),
		refused("the signature's field twice, joined as Lambda does", none, func(w *world) string {
			r := acknowledge(w)
			return changed(r.Event(), header("x-slack-signature", r.Signature+","+r.Signature))
		}),
		refused("the body encoded anew", none, func(w *world) string {
			r := acknowledge(w)
			r.Body = strings.ReplaceAll(r.Body, "%7B", "%7b")
			return r.Event()
		}),
		refused("one byte more in the body", none, func(w *world) string {
			r := acknowledge(w)
			r.Body += "\n"
			return r.Event()
		}),
		refused("a time that is a text", none, at("now")),
		refused("a negative time", none, at("-1")),
		refused("a time with a sign", none, at("+"+strconv.FormatInt(time.Now().Unix(), 10))),
		refused("a time in the year 5138", none, at("99999999999")),
		refused("a time that is no number of seconds any more", none, at(strings.Repeat("9", 400))),
		refused("signed six minutes ago", none, func(w *world) string { return signed(acknowledge(w).Body, 6*time.Minute) }),
		refused("signed six minutes ahead", none, func(w *world) string { return signed(acknowledge(w).Body, -6*time.Minute) }),
		refused("the same request again", none, func(w *world) string {
			event := acknowledge(w).Event()
			w.send(w.first, event)
			return event
		}),
		refused("the same request again, to another process", calls{table: 1}, func(w *world) string {
			event := acknowledge(w).Event()
			w.send(w.front(), event)
			return event
		}),
		refused("a GET", none, func(w *world) string {
			return changed(acknowledge(w).Event(), func(e map[string]any) {
				e["requestContext"].(map[string]any)["http"].(map[string]any)["method"] = "GET" //nolint:forcetypeassert // of an event
			})
		}),
		{what: "a body of more than 256 KiB, well signed", done: "nothing", status: 413, event: func(*world) string {
			return signed("payload="+strings.Repeat("x", 256<<10), 0)
		}},
		refused("a body that is no base64, though it says so", none, func(w *world) string {
			return changed(acknowledge(w).Event(), func(e map[string]any) { e["body"] = "%%%" })
		}),
		refused("an invocation that is no request to the URL", none, func(*world) string { return `{"source":"tocsin","detail-type":"Tocsin Action"}` }),
		refused("no JSON", none, func(*world) string { return "\x00" }),
		refused("Slack's look at the certificate (`ssl_check`), not signed", none, func(*world) string {
			return slacktest.Request{Body: "ssl_check=1&token=x"}.Event()
		}),
	}
}

// unusual are requests that Slack has signed, and that ask for nothing that is to be had.
func unusual() []abuse {
	const nothing = "nothing"
	bomb := strings.Repeat(`{"a":[`, 40_000)
	return []abuse{
		{what: "no form", done: nothing, status: 400, event: func(*world) string { return signed(`{"type":"block_actions"}`, 0) }},
		{what: "a form that cannot be decoded", done: nothing, status: 400, event: func(*world) string { return signed("payload=%zz", 0) }},
		{what: "two payloads", done: nothing, status: 400, event: func(w *world) string { return signed(acknowledge(w).Body+"&payload={}", 0) }},
		{what: "a payload that is no object", done: nothing, status: 400, event: func(*world) string { return signed("payload=[1]", 0) }},
		{what: "240 kB of nested JSON", done: nothing, status: 400, event: func(*world) string { return signed("payload="+bomb, 0) }},
		{what: "a payload of a type that nobody knows", done: nothing, status: 200, event: func(w *world) string {
			return w.presser("U0JANE").Payload(map[string]any{"type": "workflow_step_edit"}).Event()
		}},
		{what: "a modal that was closed (`view_closed`)", done: nothing, status: 200, event: func(w *world) string {
			return w.presser("U0JANE").Payload(map[string]any{"type": "view_closed"}).Event()
		}},
		{what: "a modal of another making", done: nothing, status: 200, event: carrying("another", func(map[string]any) {})},
		{what: "`ssl_check`, signed", done: nothing, status: 200, event: func(*world) string { return signed("ssl_check=1&token=x", 0) }},
		{what: "a button that leads to a page", done: nothing, status: 200, event: func(w *world) string {
			return w.presser("U0JANE").Press(w.message, "console").Event()
		}},
		{what: "a button in a row that is not ours", done: nothing, status: 200, event: button("archive", "block_id", "rows-1")},
		{what: "a button of ours that there is not", done: nothing, status: 400, event: button("archive", "action_id", "delete_everything")},
		{what: "a button whose value has another form", done: nothing, status: 400, event: button("archive", "value", "f1")},
		{what: "a button whose value names no finding", done: nothing, status: 400, event: button("archive", "value", `{"s":"com.example"}`)},
		{what: "a button with a value of 100 kB", done: nothing, status: 400, event: button("archive", "value", strings.Repeat("x", 100_000))},
		{what: "a button that ends a mute, and names none", done: nothing, status: 400, event: func(w *world) string {
			value, _ := w.subject.Value()
			return button("unmute", "value", value)(w)
		}},
		{what: "no button at all", done: nothing, status: 400, event: pressed("archive", func(p map[string]any) { p["actions"] = []any{} })},
		{what: "somebody whose id is `<!channel>`", done: nothing, status: 400, event: pressed("acknowledge", func(p map[string]any) {
			p["user"] = map[string]string{"id": "<!channel>"}
		})},
		{what: "a button in a channel of no instance", done: nothing, status: 403, event: pressed("archive", func(p map[string]any) {
			p["channel"] = map[string]string{"id": "C0ANOTHER"}
		})},
		{what: "a modal that carries what cannot be read", done: nothing, status: 400, event: carrying("tocsin-mute", func(d map[string]any) { delete(d, "s") })},
		{what: "a modal that carries another instance", done: nothing, status: 403, event: carrying("tocsin-mute", func(d map[string]any) {
			d["f"].(map[string]any)["sink"] = "another" //nolint:forcetypeassert // of a draft
		})},
		{what: "a modal that carries another channel", done: nothing, status: 403, event: carrying("tocsin-mute", func(d map[string]any) {
			d["f"].(map[string]any)["place"] = "C0ANOTHER" //nolint:forcetypeassert // of a draft
		})},
	}
}

// wishes are requests of people who ask for what they cannot have, or not so.
func wishes() []abuse {
	look := calls{table: 1}
	denied := "nothing; kept in the audit records"
	nobody := func(w *world) *slacktest.Presser { return w.presser("U0NOBODY") }
	return []abuse{
		{what: "a mute for 31 days", done: "the modal says so", status: 200, says: `"errors":{"for":"Choose`, calls: look,
			event: filled(map[string]any{"why": "x", "for": chosen("31d")})},
		{what: "a mute for less than no time", done: "the modal says so", status: 200, says: `"errors":{"for":"Choose`, calls: look,
			event: filled(map[string]any{"why": "x", "for": chosen("-1h")})},
		{what: "a mute of what the modal did not offer", done: "the modal says so", status: 200, says: `"errors":{"scope":"This cannot`, calls: look,
			event: filled(map[string]any{"why": "x", "scope": chosen("everything")})},
		{what: "a mute of a type, of a finding that has none", done: "the modal says so", status: 200, says: `"errors":{"scope":"This cannot`, calls: look,
			event: func(w *world) string {
				s := subject(8)
				s.Type = ""
				return w.presser("U0ALLOWED").Submit(w.modal(s), map[string]any{"why": "x", "scope": chosen("account")}).Event()
			}},
		{what: "a mute without a reason", done: "the modal says so", status: 200, says: `"errors":{"why":"Say why"`, calls: look,
			event: filled(map[string]any{"why": " \u3000\n"})},
		{what: "a reason of 3,001 characters", done: "the modal says so", status: 200, says: `"errors":{"why":"At most 300`, calls: look,
			event: filled(map[string]any{"why": strings.Repeat("x", 3_001)})},
		{what: "a reason with `<!channel>`, line breaks and control characters", done: "muted; the reason is one line, and calls nobody", status: 200,
			calls: calls{table: 1, queue: 1}, event: filled(map[string]any{"why": "<!channel>\n\x1b[31m\u202ered"})},
		{what: "a critical finding, without a word of critical ones", done: "the modal says so", status: 200, says: `"errors":{"critical":"This finding is critical`, calls: look,
			event: func(w *world) string {
				return w.presser("U0ALLOWED").Submit(w.modal(subject(9.5)), map[string]any{"why": "x"}).Event()
			}},
		{what: "critical ones too, not confirmed", done: "a second modal asks", status: 200, says: `"callback_id":"tocsin-mute-critical"`, calls: look,
			event: filled(map[string]any{"why": "x", "critical": "tick"})},
		{what: "a confirmation that carries 31 days", done: "nothing", status: 400, calls: look,
			event: carrying("tocsin-mute-critical", func(d map[string]any) { d["m"] = mute("finding", 31*24*time.Hour, true) })},
		{what: "a confirmation of nothing critical", done: "nothing", status: 400, calls: look,
			event: carrying("tocsin-mute-critical", func(d map[string]any) { d["m"] = mute("finding", time.Hour, false) })},
		{what: "somebody whom `ACTIONS_ALLOW` does not name, who presses", done: denied, status: 200, told: "You may not do that", calls: calls{table: 2, slack: 1},
			event: func(w *world) string { return nobody(w).Press(w.message, "mute").Event() }},
		{what: "the same, who fills in somebody else's modal", done: denied, status: 200, says: "You may not do that", calls: calls{table: 2},
			event: func(w *world) string {
				return nobody(w).Submit(w.modal(subject(8)), map[string]any{"why": "x"}).Event()
			}},
		{what: "the same, with the address for an answer at another host", done: denied + "; nobody is told", status: 200, calls: calls{table: 2},
			event: func(w *world) string {
				payload := nobody(w).Pressed(w.message, "archive")
				payload["response_url"] = "https://hooks.slack.com.example.com/actions/T0/1/x"
				return nobody(w).Payload(payload).Event()
			}},
		{what: "the same, with an address on this machine", done: denied + "; nobody is told", status: 200, calls: calls{table: 2},
			event: func(w *world) string {
				payload := nobody(w).Pressed(w.message, "archive")
				payload["response_url"] = "http://169.254.169.254/latest/meta-data/"
				return nobody(w).Payload(payload).Event()
			}},
		{what: "somebody of a group that `ACTIONS_ALLOW` names", done: "what they ask for", status: 200, calls: calls{table: 1, slack: 1, queue: 1},
			event: func(w *world) string {
				w.slack.SetScopes("chat:write", "usergroups:read")
				w.slack.SetGroup("S0ONCALL", "U0MEMBER")
				return w.presser("U0MEMBER").Press(w.message, "archive").Event()
			}},
		{what: "the same, where Slack does not say who is in it", done: "nothing; kept in the audit records", status: 200, told: "could not be looked up", calls: calls{table: 2, slack: 2},
			event: func(w *world) string { return w.presser("U0MEMBER").Press(w.message, "archive").Event() }},
		{what: "a press that comes when no modal can be opened any more", done: "nothing", status: 200, told: "Press once more", calls: calls{table: 1, slack: 2},
			event: func(w *world) string {
				p := w.presser("U0ALLOWED")
				p.Late = true
				return p.Press(w.message, "mute").Event()
			}},
		{what: "a finding that somebody else has", done: "nothing; the message says who has it", status: 200, told: "<@U0FIRST> has this already", calls: calls{table: 2, slack: 2},
			event: func(w *world) string {
				event := acknowledge(w).Event()
				w.send(w.front(), w.presser("U0FIRST").Press(w.message, "acknowledge").Event())
				return event
			}},
		{what: "a finding given back that nobody has", done: "nothing", status: 200, told: "Nobody had this", calls: calls{table: 2, slack: 2},
			event: func(w *world) string {
				w.send(w.front(), w.presser("U0FIRST").Press(w.message, "acknowledge").Event())
				first, second := w.presser("U0FIRST").Press(w.message, "give_back"), w.presser("U0JANE").Press(w.message, "give_back")
				w.send(w.front(), first.Event())
				return second.Event()
			}},
		{what: "a mute ended that is not there", done: "handed on; the thread says that there is none", status: 200, calls: calls{table: 1, queue: 1},
			event: func(w *world) string { return w.presser("U0ALLOWED").Press(w.message, "unmute").Event() }},
	}
}

func TestAbuses(t *testing.T) {
	var lines []string
	for _, group := range []struct {
		title  string
		abuses []abuse
	}{
		{"Not proven to be Slack's", unproven()}, {"Slack's, and nothing that is to be had", unusual()}, {"What people may not, or not so", wishes()},
	} {
		lines = append(lines, "### "+group.title, "", "| what comes | answer | what is done | calls |", "|---|---|---|---|")
		for _, a := range group.abuses {
			t.Run(a.what, func(t *testing.T) { a.try(t) })
			answered := strconv.Itoa(a.status)
			if a.told != "" {
				answered += ", and whoever pressed is told"
			}
			lines = append(lines, fmt.Sprintf("| %s | %s | %s | %s |", a.what, answered, a.done, a.calls))
		}
		lines = append(lines, "")
	}
	text := strings.Join(lines, "\n")
	if *write != "" {
		if err := replace(*write, text); err != nil {
			t.Fatal(err)
		}
	}
	if written, err := os.ReadFile(page); err != nil || !strings.Contains(string(written), text) {
		t.Errorf("docs/actions.md does not hold the table (%v); go test ./cmd/actions/internal/front -run TestAbuses -write $PWD/docs/actions.md writes it", err)
	}
}

// The marks between which the table stands in the page.
const begin, end = "<!-- what TestAbuses writes -->\n", "<!-- until here -->"

func replace(path, text string) error {
	before, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, rest, hasBegin := strings.Cut(string(before), begin)
	_, tail, hasEnd := strings.Cut(rest, end)
	if !hasBegin || !hasEnd {
		return fmt.Errorf("%s has no place for the table", path)
	}
	return os.WriteFile(path, []byte(head+begin+"\n"+text+end+tail), 0o600)
}

func (a abuse) try(t *testing.T) {
	w := newWorld(t)
	w.settings["ACTIONS_ALLOW"] = "U0ALLOWED"
	if strings.Contains(a.what, "group") || strings.Contains(a.done, "audit") && strings.Contains(a.told, "looked up") {
		w.settings["ACTIONS_ALLOW"] += ",S0ONCALL"
	}
	w.first = w.front()
	event := a.event(w)
	before, told, requests := w.calls(), len(w.slack.Told()), len(w.requests())
	log := len(w.log.String())
	r := w.send(w.first, event)
	if c := w.calls().since(before); r.Status != a.status || c != a.calls {
		t.Errorf("answered %d, want %d; calls: %v, want: %v\n%s", r.Status, a.status, c, a.calls, w.log.String()[log:])
	}
	if a.says == "" && r.Body != "" || !strings.Contains(r.Body, a.says) {
		t.Errorf("the answer is %q, want %q", r.Body, a.says)
	}
	said := w.slack.Told()[told:]
	if (a.told != "") != (len(said) == 1) || a.told != "" && !strings.Contains(said[0].Text, a.told) {
		t.Errorf("told %+v, want %q", said, a.told)
	}
	if isCounted := strings.Contains(w.log.String()[log:], `"ActionsRefused":1`); isCounted != (a.status == 401 || a.status == 413) {
		t.Errorf("counted as refused: %v", isCounted)
	}
	for _, asked := range w.requests()[requests:] {
		if strings.ContainsAny(asked.Mute.Reason, "\n\x1b\u202e") {
			t.Errorf("the reason is %q", asked.Mute.Reason)
		}
	}
	audit := &action.Audit{Store: w.store(), Now: time.Now}
	deeds, err := audit.Of(t.Context(), time.Now())
	if isKept := len(deeds) == 1 && deeds[0].By.Name == "jane" && deeds[0].Result != ""; err != nil || isKept != strings.Contains(a.done, "audit") {
		t.Errorf("kept: %+v, %v", deeds, err)
	}
	if refused := w.slack.Refused(); len(refused) > 0 {
		t.Errorf("Slack refuses %v", refused)
	}
}

// The table does not answer: nobody knows whether the request is the first.
func TestNoTable(t *testing.T) {
	w := newWorld(t)
	f := w.front()
	w.settings["LEDGER_TABLE"] = "another"
	without := w.front()
	event := acknowledge(w).Event()
	if r := w.send(without, event); r.Status != 503 || len(w.requests()) > 0 || len(w.slack.Calls()) > 0 {
		t.Errorf("%+v", r)
	}
	if r := w.send(f, event); r.Status != 200 { // it was not done, and may come again
		t.Errorf("%+v\n%s", r, w.log)
	}
}
