package e2e_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

// pair is both programs of one deployment: the one that sends findings, and the one that answers the buttons of its
// messages. Between them is a queue.
type pair struct {
	*testing.T
	slack, oncall *slacktest.Server
	sends, asks   map[string]string // the variables of either
	queue         string
}

func newPair(t *testing.T, name string) *pair {
	t.Helper()
	var queue struct{ QueueURL string }
	sqs(t, "CreateQueue", map[string]any{"QueueName": name}, &queue)
	w := newTeam(t, name)
	maps.Copy(w.variables, map[string]string{
		"SLACK_BOT_TOKEN": secretARN + "#bot", "ACTIONS_ALLOW": allowed, "ACTIONS_ARCHIVE": "true", "AWS_ENDPOINT_URL_SQS": shared.emulator.url,
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": newVault(t, `{"bot":"`+slacktest.Token+`","signing":"`+slacktest.SigningSecret+`"}`),
	})
	p := &pair{t, w.slack, w.oncall, w.variables, map[string]string{}, queue.QueueURL}
	for _, both := range strings.Fields("SLACK_BOT_TOKEN SLACK_SIGNING_SECRET SLACK_CHANNEL SLACK_API_URL LEDGER LEDGER_TABLE ACTIONS_ALLOW " +
		"AWS_ENDPOINT_URL_DYNAMODB AWS_ENDPOINT_URL_SQS AWS_ENDPOINT_URL_SECRETS_MANAGER") {
		p.asks[both] = w.variables[both]
	}
	p.asks["SINKS"], p.asks["QUEUE_URL"] = "slack", queue.QueueURL
	return p
}

// send lets a process of its own send a finding.
func (p *pair) send(event, want string) {
	p.Helper()
	if got := start(p.T, p.sends).succeeded(p.T, event); got != want {
		p.Errorf("got %s, want %s", got, want)
	}
}

// pass lets a process of its own do what has been put on the queue, and returns how much that was.
func (p *pair) pass() int {
	p.Helper()
	var bodies []string
	for _, message := range received(p.T, p.queue) {
		bodies = append(bodies, message.Body)
	}
	if len(bodies) > 0 {
		start(p.T, p.sends).done(p.T, bodies...)
	}
	return len(bodies)
}

// thread returns the lines of the first message's thread.
func thread(slack *slacktest.Server) (lines []string) {
	for _, reply := range slack.Conversation()[0].Replies {
		lines = append(lines, string(reply.Body))
	}
	return lines
}

// last returns the last line of a thread, and its name in Slack.
func last(t *testing.T, slack *slacktest.Server) (body, timestamp string) {
	t.Helper()
	replies := slack.Conversation()[0].Replies
	if len(replies) == 0 {
		t.Fatal("nothing stands in the thread")
	}
	reply := replies[len(replies)-1]
	return string(reply.Body), reply.Timestamp
}

// A finding goes through both programs and the queue between them: somebody takes it on, mutes it by the modal, ends that
// in the thread, archives it and takes that back. Each is said in both threads, once.
func TestPressedThroughBothPrograms(t *testing.T) {
	p := newPair(t, "pressed")
	g, url := newThreats(t, "d1")
	g.keeps = []string{keptThreat}
	p.sends["AWS_ENDPOINT_URL_GUARDDUTY"] = url
	p.send(threatEvent(), `{"delivered":3,"findings":1}`)
	first := p.slack.Conversation()[0].Timestamp
	front, jane := startProgram(t, shared.actions, p.asks), p.slack.Presser(t, allowed, "jane")
	press := func(message, act string) {
		t.Helper()
		pressedWell(t, front, jane.Press(message, act).Event())
	}
	says := func(want string, lines int) {
		t.Helper()
		if n := p.pass(); n != 1 {
			t.Fatalf("%d records are in the queue, want one\n%s", n, front.stdout.String())
		}
		for name, slack := range map[string]*slacktest.Server{"pressed": p.slack, "told": p.oncall} {
			if all := thread(slack); len(all) != lines || !strings.Contains(all[lines-1], want) {
				t.Errorf("%s: the thread says %q, want %d lines, at the end %s", name, all, lines, want)
			}
		}
	}
	press(first, "acknowledge")
	says("has acknowledged this", 1)
	if body := string(p.slack.Conversation()[0].Body); !strings.Contains(body, "Acknowledged by") || !strings.Contains(body, `"give_back"`) {
		t.Errorf("the message does not say who has it: %s", body)
	}
	press(first, "mute")
	views := p.slack.Views()
	pressedWell(t, front, jane.Submit(views[len(views)-1].Body, map[string]any{"scope": "account", "for": "1h", "why": "the scanner of the audit"}).Event())
	says("has muted this type in this account", 2)
	other := strings.Replace(threatEvent(), keptThreat, strings.Repeat("f", len(keptThreat)), 1)
	p.send(other, `{"findings":1,"muted":3}`)
	_, muted := last(t, p.slack)
	press(muted, "unmute")
	says("has ended the mute", 3)
	p.send(other, `{"delivered":3,"findings":1}`)
	press(first, "archive")
	says("has archived this", 4)
	_, archived := last(t, p.slack)
	if !g.archived[keptThreat] {
		t.Error("it is not archived")
	}
	press(archived, "unarchive")
	says("has undone the archiving of this", 5)
	if g.archived[keptThreat] {
		t.Error("it is archived yet")
	}
	press(first, "give_back")
	says("has given this back", 6)
	if refused := p.slack.Refused(); len(refused) > 0 {
		t.Errorf("Slack refuses %v", refused)
	}
	code, output := tocsin(t, map[string]string{"AWS_ENDPOINT_URL_DYNAMODB": shared.emulator.tables}, "audit", "--table", p.sends["LEDGER_TABLE"])
	if lines := strings.Count(output, ": done\n"); code != 0 || lines != 6 || strings.Count(output, "jane ("+allowed+")") != 6 {
		t.Errorf("the audit, exit code %d: %s", code, output)
	}
}
