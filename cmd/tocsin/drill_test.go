package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/awssend/awssendtest"
	"github.com/tocsin-sec/tocsin/sinks/eventbridge/eventbridgetest"
)

// A drill from here goes to the sinks that accept drills, or to the one that is named.
func TestDrillHere(t *testing.T) {
	gone, _ := hook(t, http.StatusNotFound)
	both := map[string]string{"SINKS": "slack,console", "SLACK_WEBHOOK_URL": gone["SLACK_WEBHOOK_URL"], "LEDGER": "off"}
	with := func(name, value string) map[string]string {
		settings := map[string]string{name: value}
		for name, value := range both {
			settings[name] = value
		}
		return settings
	}
	for name, test := range map[string]struct {
		settings map[string]string
		args     []string
		code     int
		want     string
	}{
		"nobody accepts drills": {both, nil, exitUsage, "no sink accepts drills; set DRILL=true"},
		"one does":              {with("CONSOLE_DRILL", "true"), nil, exitDone, "  slack: accepts no drills\n  console: delivered\n"},
		"all do":                {with("DRILL", "true"), nil, exitFailed, "  slack: dead: posting to Slack: "},
		"the one that is named": {both, []string{"--sink", "console"}, exitDone, "  console: delivered\n"},
		"named against its will": {
			with("CONSOLE_DRILL", "false"), []string{"--sink", "console"}, exitDone, "  console: delivered\n",
		},
		"named and broken":    {both, []string{"--sink", "slack"}, exitFailed, "  slack: dead: "},
		"named and not there": {both, []string{"--sink", "pager"}, exitUsage, `SINKS: does not name "pager"; there are: slack, console`},
		"a mistake":           {with("DRILL", "daily"), nil, exitUsage, "DRILL: says whether fire drills are sent: want true or false"},
		"the log too":         {with("CONSOLE_DRILL", "true"), []string{"-v"}, exitDone, `"message":"said","word":"drill_by_hand","sink":"console","outcome":"delivered"`},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, stderr := tocsin(t, "", test.settings, append([]string{"drill"}, test.args...)...)
			if code != test.code || !strings.Contains(stderr, test.want) {
				t.Errorf("exit code %d, want %d\n%s", code, test.code, stderr)
			}
		})
	}
	for name, args := range map[string][]string{
		"--queue and --rule exclude": {"--queue", "https://sqs.eu-west-1.amazonaws.com/1/q", "--rule", "r"}, "--bus is that of a rule": {"--bus", "default"},
		"are for a drill that is sent from here": {"--sink", "slack", "--rule", "r"}, "--queue: is not the URL of a queue; that of a stack is its output TocsinQueueUrl": {"--queue", "q"},
		"--bus: is neither": {"--rule", "r", "--bus", "a b"}, "--rule: is not the name of a rule; those of a stack are in its output TocsinDrilledRules": {"--rule", "<!channel>"}, "unknown command": {"now"},
	} {
		if code, _, stderr := tocsin(t, "", nil, append([]string{"drill"}, args...)...); code != exitUsage || !strings.Contains(stderr, name) {
			t.Errorf("%v: exit code %d, %s", args, code, stderr)
		}
	}
}

// What is put into a queue is a drill by hand, which the handler says as one.
func TestDrillIntoQueue(t *testing.T) {
	var body string
	refuses := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ MessageBody string }
		_ = json.NewDecoder(r.Body).Decode(&in)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		if refuses || r.Header.Get("X-Amz-Target") != "AmazonSQS.SendMessage" {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"__type":"com.amazonaws.sqs#AccessDeniedException"}`)
			return
		}
		body = in.MessageBody
		_, _ = io.WriteString(w, `{"MessageId":"m"}`)
	}))
	t.Cleanup(server.Close)
	awssendtest.Environment(t, map[string]string{"AWS_ENDPOINT_URL_SQS": server.URL})
	const url = "https://sqs.eu-west-1.amazonaws.com/111122223333/tocsin"
	code, stdout, stderr := tocsin(t, "", nil, "drill", "--queue", url)
	if code != exitDone || !strings.HasPrefix(stdout, "the drill by-hand-") || !strings.HasSuffix(stdout, " is in the queue\n") {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	opened, err := events.Open(events.Table(), []byte(body))
	if err != nil || opened.Records[0].Envelope.DetailType != "Tocsin Drill" || !strings.Contains(body, `"byHand":true`) {
		t.Errorf("the queue has %s (%v)", body, err)
	}
	refuses = true
	if code, _, stderr := tocsin(t, "", nil, "drill", "--queue", url); code != exitFailed || !strings.Contains(stderr, "the queue of --queue: SQS: AccessDeniedException") {
		t.Errorf("refused: exit code %d, %s", code, stderr)
	}
}

// By a rule, the event is what the schedule of a deployment puts on the bus.
func TestDrillByRule(t *testing.T) {
	service := eventbridgetest.New(t)
	awssendtest.Environment(t, map[string]string{"AWS_ENDPOINT_URL_EVENTBRIDGE": service.URL(), "AWS_REGION": "eu-west-1"})
	drill := func(bus string) (code int, stdout, stderr string) {
		return tocsin(t, "", nil, "drill", "--rule", "tocsin-findings", "--bus", bus)
	}
	code, stdout, stderr := drill(eventbridgetest.BusARN)
	if code != exitDone || !strings.Contains(stdout, "as the event event-1; it comes if the rule tocsin-findings takes it\n") {
		t.Fatalf("exit code %d: %s%s (%v)", code, stdout, stderr, service.Refused())
	}
	var detail map[string]string
	got := service.Events()[0]
	if err := json.Unmarshal([]byte(got.Detail), &detail); err != nil || got.Source != "tocsin" || got.DetailType != "Tocsin Drill" ||
		len(detail) != 3 || detail["rule"] != "tocsin-findings" || detail["drill"] == "" || detail["at"] == "" {
		t.Errorf("got %+v (%v)", got, err)
	}
	if code, _, stderr := drill("other"); code != exitFailed || !strings.Contains(stderr, "the bus other: DescribeEventBus: EventBridge: ResourceNotFoundException; there is no such bus") {
		t.Errorf("another bus: exit code %d, %s", code, stderr)
	}
	service.Forbid()
	if code, _, stderr := drill(eventbridgetest.BusARN); code != exitFailed || !strings.Contains(stderr, "AccessDeniedException; use credentials with events:DescribeEventBus") {
		t.Errorf("forbidden: exit code %d, %s", code, stderr)
	}
	if len(service.Events()) != 1 {
		t.Errorf("%d events, want 1", len(service.Events()))
	}
}
