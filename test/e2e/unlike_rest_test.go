package e2e_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/test/moto"
)

// The same for EventBridge, which moto alone plays.
func TestUnlikeEventBridge(t *testing.T) {
	wantMoto(t)
	unlikeEventBridge().check(t, 0, moto.Start(t))
}

// The same for SES.
func TestUnlikeSES(t *testing.T) {
	t.Run("aws-ses-v2-local", func(t *testing.T) { unlikeSES().check(t, 0, startMailProgram(t).url) })
	t.Run("moto", func(t *testing.T) {
		wantMoto(t)
		unlikeSES().check(t, 1, moto.Start(t))
	})
}

func unlikeEventBridge() emulated {
	const (
		api   = "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_"
		guide = "https://docs.aws.amazon.com/eventbridge/latest/userguide/"
		sink  = "`sinks/eventbridge`: every event goes to `eventbridgetest`, which refuses it (`TestEverythingArrives`)"
		rules = "patterns are held against `events/eventstest` (`TestPattern` in `cdk/tocsin`), and that against moto where moto is right (`TestMotoSaysTheSame`)"
	)
	refused := func(page string) string { return "refused ([source](" + page + "))" }
	of := func(answer, page string) string { return answer + " ([source](" + guide + page + "))" }
	return emulated{"eventbridge", []string{"moto " + versionOfMoto}, []difference{
		{"an event with a source that begins with `aws.`", refused(api + "PutEventsResultEntry.html"), []string{"taken"}, "`cdk`: `TestDeploy` says so; hand-made events go into the queue", puts(map[string]any{"Source": "aws.guardduty"})},
		{"a detail that is a list", refused(api + "PutEventsRequestEntry.html"), []string{"taken"}, sink, puts(map[string]any{"Detail": "[]"})},
		{"an event of more than 1 MiB", refused(guide + "eb-putevents.html"), []string{"taken"}, sink, puts(map[string]any{"Detail": `{"a":"` + strings.Repeat("x", 1<<20) + `"}`})},
		{"a bus that is not there", "taken, and dropped (seen, not documented)", []string{"refused"}, "`sinks/eventbridge`: `TestNoBus`, `TestBusIsLookedForAgain`", puts(map[string]any{"EventBusName": "none"})},
		{"a disabled rule", of("does not come", "eb-manage-rules.html"), []string{"comes"}, "nothing of Tocsin's yet: nothing disables a rule", ruled(rule{pattern: `{"source":["s"]}`, isDisabled: true})},
		{"a target without a right to the queue", of("does not come", "eb-use-resource-based.html"), []string{"comes"}, "`cdk/tocsin`: `TestPolicies`", ruled(rule{pattern: `{"source":["s"]}`})},
		{"`Input` of a target", of("its text comes", "eb-create-pattern.html"), []string{"the event comes"}, "no rule of Tocsin's has one: `cdk/tocsin`: `TestDefaults`", withInput},
		{"the account in the envelope", of("there", "eb-events-structure.html"), []string{"missing"}, "`test/e2e` hands over events with it; the parsers' tests have whole envelopes (`events/testdata`)", account},
		{"a pattern for objects in a list", of("comes", "eb-event-patterns.html"), []string{"does not come"}, rules, ruled(rule{pattern: `{"detail":{"f":{"level":["x"]}}}`, detail: `{"f":[{"level":"x"}]}`})},
		{"a pattern with an unknown operator", refused(guide + "eb-create-pattern-operators.html"), []string{"taken"}, rules, unknownOperator},
	}}
}

// busOf makes a bus for a question.
func busOf(t *testing.T, s server) string {
	t.Helper()
	name := fmt.Sprint("unlike-", time.Now().UnixNano())
	s.json(t, "events", "AWSEvents.CreateEventBus", map[string]any{"Name": name})
	return name
}

func entryOf(bus string, values map[string]any) map[string]any {
	entry := map[string]any{"Source": "s", "DetailType": "d", "Detail": "{}", "EventBusName": bus}
	for name, value := range values {
		entry[name] = value
	}
	return map[string]any{"Entries": []any{entry}}
}

func puts(values map[string]any) func(*testing.T, server) string {
	return func(t *testing.T, s server) string {
		t.Helper()
		answer := s.json(t, "events", "AWSEvents.PutEvents", entryOf(busOf(t, s), values))
		if word := answer.word(); word != "taken" {
			return word
		}
		var result struct{ FailedEntryCount int }
		answer.into(t, &result)
		return map[int]string{0: "taken", 1: "refused"}[result.FailedEntryCount]
	}
}

// rule is a rule whose target is a queue.
type rule struct {
	pattern, detail string
	target          map[string]any
	isDisabled      bool
}

// make makes the rule on a bus of its own, puts an event there, and returns the queue.
func (r rule) make(t *testing.T, s server) (queue string) {
	t.Helper()
	bus := busOf(t, s)
	queue = queueOf(t, s)
	var of struct{ Attributes map[string]string }
	s.sqs(t, "GetQueueAttributes", map[string]any{"QueueUrl": queue, "AttributeNames": []string{"QueueArn"}}).into(t, &of)
	target := map[string]any{"Id": "1", "Arn": of.Attributes["QueueArn"]}
	for name, value := range r.target {
		target[name] = value
	}
	s.json(t, "events", "AWSEvents.PutRule", map[string]any{"Name": "r", "EventBusName": bus, "EventPattern": r.pattern})
	s.json(t, "events", "AWSEvents.PutTargets", map[string]any{"Rule": "r", "EventBusName": bus, "Targets": []any{target}})
	if r.isDisabled {
		s.json(t, "events", "AWSEvents.DisableRule", map[string]any{"Name": "r", "EventBusName": bus})
	}
	values := map[string]any{}
	if r.detail != "" {
		values["Detail"] = r.detail
	}
	s.json(t, "events", "AWSEvents.PutEvents", entryOf(bus, values))
	return queue
}

func ruled(r rule) func(*testing.T, server) string {
	return func(t *testing.T, s server) string {
		t.Helper()
		return arrived(t, s, r.make(t, s))
	}
}

// body returns the one message of a queue.
func bodyOf(t *testing.T, s server, queue string) string {
	t.Helper()
	var got struct{ Messages []struct{ Body string } }
	s.sqs(t, "ReceiveMessage", map[string]any{"QueueUrl": queue}).into(t, &got)
	if len(got.Messages) != 1 {
		t.Fatalf("%d messages", len(got.Messages))
	}
	return got.Messages[0].Body
}

func withInput(t *testing.T, s server) string {
	queue := rule{pattern: `{"source":["s"]}`, target: map[string]any{"Input": `{"fixed":1}`}}.make(t, s)
	if strings.Contains(bodyOf(t, s, queue), "fixed") {
		return "its text comes"
	}
	return "the event comes"
}

func account(t *testing.T, s server) string {
	var event map[string]json.RawMessage
	if err := json.Unmarshal([]byte(bodyOf(t, s, rule{pattern: `{"source":["s"]}`}.make(t, s))), &event); err != nil {
		t.Fatal(err)
	}
	if event["account"] == nil {
		return "missing"
	}
	return "there"
}

func unknownOperator(t *testing.T, s server) string {
	return s.json(t, "events", "AWSEvents.PutRule", map[string]any{"Name": "r", "EventBusName": busOf(t, s), "EventPattern": `{"source":[{"unknown":1}]}`}).word()
}

func unlikeSES() emulated {
	const (
		quotas = "https://docs.aws.amazon.com/ses/latest/dg/quotas.html"
		api    = "https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html"
		sink   = "`sinks/ses`: every mail of its tests goes to `sestest`, which refuses it (`checkRequest`, `Read`)"
	)
	refused := func(page string) string { return "refused ([source](" + page + "))" }
	var many []string
	for i := range 51 {
		many = append(many, fmt.Sprintf("a%d@example.com", i))
	}
	return emulated{"ses", []string{"aws-ses-v2-local 2.10.2", "moto " + versionOfMoto}, []difference{
		{"a sender that is not verified", refused("https://docs.aws.amazon.com/ses/latest/dg/verify-addresses-and-domains.html"), []string{"taken", ""}, "`sinks/ses`: `TestRefusals`, `TestTheServerRefuses`", mails(mailTo{from: "other@example.org"})},
		{"51 recipients", refused(quotas), []string{"taken", ""}, "`sinks/ses`: `TestMistakes`, `TestManyRecipients`", mails(mailTo{to: many})},
		{"no recipient", refused(api), []string{"taken", "taken"}, "`sinks/ses`: `TestMistakes`", mails(mailTo{to: []string{}})},
		{"an address without a domain", refused(api), []string{"taken", ""}, "`sinks/ses`: `TestMistakes`", mails(mailTo{to: []string{"nobody"}})},
		{"an address that is not ASCII", refused(api), []string{"taken", "taken"}, "`sinks/ses`: `TestMistakes`", mails(mailTo{to: []string{"検知@example.com"}})},
		{"a line of 1,100 characters", refused(quotas), []string{"taken", "taken"}, sink, mails(mailTo{body: strings.Repeat("x", 1100)})},
		{"more than 40 MB", refused(quotas), []string{"", "taken"}, "`sinks/ses`: `TestHugeFindingsFit`: far less", mails(mailTo{body: strings.Repeat("x\r\n", 14_000_000)})},
		{"a configuration set that is not there", refused(api), []string{"taken", "taken"}, "`sinks/ses`: `TestRefusals`, `TestTheServerRefuses`", mails(mailTo{set: "none"})},
		{"`GetAccount`, which tells of the sandbox", "taken ([source](https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html))", []string{"refused", "refused"}, "nothing of Tocsin's asks it", func(t *testing.T, s server) string {
			t.Helper()
			return s.get(t, "/v2/email/account", "ses").word()
		}},
	}}
}

// mailTo is a mail, in what it is unlike one that SES takes.
type mailTo struct {
	from, set, body string
	to              []string
}

func mails(m mailTo) func(*testing.T, server) string {
	return func(t *testing.T, s server) string {
		t.Helper()
		const verified = "from@example.com"
		s.post(t, "/v2/email/identities", "application/json", []byte(`{"EmailIdentity":"`+verified+`"}`), signedFor("ses"))
		if m.from == "" {
			m.from = verified
		}
		if m.to == nil {
			m.to = []string{"to@example.com"}
		}
		raw := "From: " + m.from + "\r\nTo: to@example.com\r\nSubject: s\r\n\r\n" + m.body
		request := map[string]any{
			"FromEmailAddress": m.from, "Destination": map[string]any{"ToAddresses": m.to},
			"Content": map[string]any{"Raw": map[string]any{"Data": base64.StdEncoding.EncodeToString([]byte(raw))}},
		}
		if m.set != "" {
			request["ConfigurationSetName"] = m.set
		}
		body, err := json.Marshal(request)
		if err != nil {
			t.Fatal(err)
		}
		return s.post(t, "/v2/email/outbound-emails", "application/json", body, signedFor("ses")).word()
	}
}
