package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

// version is a publication of one and the same finding.
type version struct {
	severity float64
	count    int
	minute   int
}

func (v version) event() string {
	return fmt.Sprintf(`{"version":"0","source":"aws.guardduty","detail-type":"GuardDuty Finding","account":"111122223333","region":"eu-west-1",
		"time":"2026-03-16T08:%02[3]d:30Z","detail":{"id":"threaded","type":"Recon:EC2/Portscan","title":"A scan","severity":%[1]v,
		"accountId":"111122223333","region":"eu-west-1","updatedAt":"2026-03-16T08:%02[3]d:10.123Z",
		"service":{"count":%[2]d,"eventFirstSeen":"2026-03-16T07:00:00Z","eventLastSeen":"2026-03-16T08:%02[3]d:00Z"}}}`,
		v.severity, v.count, v.minute)
}

// asBot are the settings of a deployment that sends to Slack alone, as a bot.
func asBot(t *testing.T, slack *slacktest.Server, name string) map[string]string {
	t.Helper()
	return map[string]string{
		"SINKS": "slack", "SLACK_BOT_TOKEN": slacktest.Token, "SLACK_CHANNEL": slacktest.Channel, "SLACK_API_URL": slack.APIURL(),
		"LEDGER": "dynamodb", "LEDGER_TABLE": newTable(t, name), "AWS_ENDPOINT_URL_DYNAMODB": shared.emulator.tables,
	}
}

// records is the whole ledger as DynamoDB shows it.
func records(t *testing.T, table string) string {
	t.Helper()
	return awsJSON(t, shared.emulator.tables, "DynamoDB_20120810.Scan", map[string]any{"TableName": table})
}

// sent starts an execution environment of its own, lets it have the event and checks the answer.
func sent(t *testing.T, variables map[string]string, v version, want string) {
	t.Helper()
	if got := start(t, variables).succeeded(t, v.event()); got != want {
		t.Errorf("%+v: got %s, want %s", v, got, want)
	}
}

const delivered = `{"delivered":1,"findings":1}`

// One finding is one thread, whichever execution environment sends it.
func TestOneFindingOneThread(t *testing.T) {
	slack := newSlack(t)
	variables := asBot(t, slack, "thread")
	sent(t, variables, version{5, 3, 1}, delivered)
	sent(t, variables, version{5, 120, 2}, delivered)
	sent(t, variables, version{8, 121, 3}, delivered)
	sent(t, variables, version{8, 121, 3}, `{"duplicate":1,"findings":1}`)
	all := slack.Conversation()
	if len(all) != 1 || len(all[0].Replies) != 2 || all[0].Edits != 2 {
		t.Fatalf("got %+v", all)
	}
	if all[0].Replies[0].Broadcast || !all[0].Replies[1].Broadcast {
		t.Error("the rise in level, and it alone, is to be shown in the channel")
	}
	if body := string(all[0].Body); !strings.Contains(body, "HIGH") || !strings.Contains(body, "121") || strings.Contains(body, "UPDATE") {
		t.Errorf("the first message is not at the newest state: %s", body)
	}
	if ledger := records(t, variables["LEDGER_TABLE"]); !strings.Contains(ledger, all[0].Timestamp) ||
		strings.Contains(ledger, all[0].Replies[1].Timestamp) {
		t.Error("the ledger does not hold the receipt of the first message")
	}
}

// Somebody deletes the first message: the update is a new one, and the ledger keeps its receipt.
func TestFirstMessageDeleted(t *testing.T) {
	slack := newSlack(t)
	variables := asBot(t, slack, "thread-deleted")
	sent(t, variables, version{5, 3, 1}, delivered)
	first := slack.Conversation()[0].Timestamp
	slack.Delete(first)
	sent(t, variables, version{8, 3, 2}, delivered)
	sent(t, variables, version{8, 120, 3}, delivered)
	all := slack.Conversation()
	if len(all) != 1 || all[0].Timestamp == first || len(all[0].Replies) != 1 || all[0].Edits != 1 {
		t.Fatalf("got %+v", all)
	}
	ledger := records(t, variables["LEDGER_TABLE"])
	if !strings.Contains(ledger, all[0].Timestamp) || strings.Contains(ledger, first) {
		t.Error("the ledger does not hold the receipt of the new message alone")
	}
}

// A token that was replaced: an environment that has read the old one fails without showing it, the
// next one goes on in the same thread.
func TestBotTokenInASecret(t *testing.T) {
	slack := newSlack(t)
	variables := asBot(t, slack, "thread-secret")
	variables["SLACK_BOT_TOKEN"] = secretARN + "#bot"
	variables["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = newVault(t, `{"bot":"`+slacktest.Token+`"}`)
	f := start(t, variables)
	if got := f.succeeded(t, version{5, 3, 1}.event()); got != delivered {
		t.Errorf("got %s", got)
	}
	const another = "xoxb-2-" + slacktest.Secret
	slack.SetToken(another)
	if a := f.invoke(t, version{8, 3, 2}.event(), 20*time.Second); !strings.Contains(a.failure, "token_revoked") {
		t.Errorf("got %q", a.failure)
	}
	variables["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = newVault(t, `{"bot":"`+another+`"}`)
	sent(t, variables, version{8, 3, 2}, delivered)
	if all := slack.Conversation(); len(all) != 1 || len(all[0].Replies) != 1 {
		t.Errorf("got %+v", all)
	}
}
