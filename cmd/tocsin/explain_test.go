package main

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// publication is one publication of a finding.
type publication struct {
	id, kind, account string
	severity          any
	count             int
	updated           string
	sample            bool
}

func (p publication) event(t *testing.T) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{
		"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "account": p.account, "region": "eu-west-1",
		"detail": map[string]any{
			"schemaVersion": "2.0", "id": p.id, "type": p.kind, "title": "A finding", "severity": p.severity, "accountId": p.account, "region": "eu-west-1",
			"updatedAt": p.updated, "resource": map[string]any{"resourceType": "Instance", "instanceDetails": map[string]any{"instanceId": "i-1"}},
			"service": map[string]any{"count": p.count, "additionalInfo": map[string]any{"sample": p.sample}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tenEvents hold something for each outcome.
func tenEvents(t *testing.T) string {
	t.Helper()
	const day, later, nextDay = "2026-03-01T08:00:00Z", "2026-03-01T08:15:00Z", "2026-03-02T09:00:00Z"
	var text []string
	for _, p := range []publication{
		{"a", "Recon:EC2/Portscan", "111122223333", 5.0, 1, day, false},
		{"b", "Trojan:EC2/DNSDataExfiltration", "111122223333", 8.0, 1, day, false},
		{"b", "Trojan:EC2/DNSDataExfiltration", "111122223333", 8.0, 1, day, false},
		{"b", "Trojan:EC2/DNSDataExfiltration", "111122223333", 8.0, 2, later, false},
		{"b", "Trojan:EC2/DNSDataExfiltration", "111122223333", 8.0, 20, nextDay, false},
		{"c", "Backdoor:EC2/C&CActivity.B", "444455556666", 9.5, 1, day, false},
		{"d", "Policy:IAMUser/RootCredentialUsage", "444455556666", 2.0, 1, day, false},
		{"e", "UnauthorizedAccess:EC2/SSHBruteForce", "444455556666", 8.0, 1, day, true},
		{"f", "Recon:EC2/PortProbeUnprotectedPort", "444455556666", "odd", 1, day, false},
		{"g", "CryptoCurrency:EC2/BitcoinTool.B", "111122223333", 8.0, 1, day, false},
	} {
		text = append(text, p.event(t))
	}
	return strings.Join(text, "\n")
}

// threeInstances routes the ten events.
func threeInstances(t *testing.T) map[string]string {
	t.Helper()
	settings, _ := hook(t, http.StatusOK)
	url := settings["SLACK_WEBHOOK_URL"]
	return map[string]string{
		"SINKS": "slack,oncall=slack,rest=slack", "SLACK_WEBHOOK_URL": url, "ONCALL_WEBHOOK_URL": url, "REST_WEBHOOK_URL": url,
		"RATE": "0", "LEDGER": "memory", "MIN_SEVERITY": "medium", "SLACK_MIN_SEVERITY": "low",
		"ONCALL_WHEN": `level == "critical" or account_name == "prod" and severity >= 8`, "REST_WHEN": `level != "critical" and not sample`,
		"ONCALL_REPEAT": "never", "ACCOUNT_NAMES": "111122223333=prod",
		"MUTES": "[{name: miners, when: type startsWith \"CryptoCurrency:\", until: 9999-12-31, reason: our own miner, by: bob}]",
	}
}

// What explain says is what send then does, with digests and without.
func TestExplainAgreesWithSend(t *testing.T) {
	for most, digested := range map[string]bool{"0": false, "2": true} {
		settings := threeInstances(t)
		settings["DIGEST_AFTER"] = most
		seen := agree(t, settings)
		for _, outcome := range []string{"delivered", "below", "unmatched", "muted", "duplicate", "repeat"} {
			if seen[outcome] == 0 || (seen["digested"] > 0) != digested {
				t.Errorf("DIGEST_AFTER=%s: %v", most, seen)
			}
		}
	}
}

// agree compares explain and send over the ten events, and counts the outcomes.
func agree(t *testing.T, settings map[string]string) (seen map[string]int) {
	t.Helper()
	events := tenEvents(t)
	code, stdout, stderr := tocsin(t, events, settings, "explain", "--json")
	if code != exitDone {
		t.Fatalf("explain: exit code %d: %s", code, stderr)
	}
	var explained []map[string]string
	seen = map[string]int{}
	for line := range strings.Lines(stdout) {
		var e explanation
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		all := map[string]string{"finding": e.Finding}
		for _, sink := range e.Sinks {
			all[sink.Sink] = string(sink.Outcome)
			seen[string(sink.Outcome)]++
			if sink.Reason == "" {
				t.Errorf("%s at %s has no reason", e.Finding, sink.Sink)
			}
		}
		explained = append(explained, all)
	}

	code, _, stderr = tocsin(t, events, settings, "send", "--verbose")
	if code != exitDone {
		t.Fatalf("send: exit code %d: %s", code, stderr)
	}
	var sent []map[string]string
	for line := range strings.Lines(stderr) {
		var entry struct {
			Message, Finding string
			Outcomes         map[string]string
		}
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Message == "finding" {
			entry.Outcomes["finding"] = entry.Finding
			sent = append(sent, entry.Outcomes)
		}
	}
	if diff := cmp.Diff(sent, explained); diff != "" || len(sent) != 10 {
		t.Errorf("%d findings were sent: - send, + explain\n%s", len(sent), diff)
	}
	return seen
}

func TestExplainForPeople(t *testing.T) {
	settings := threeInstances(t)
	code, stdout, stderr := tocsin(t, tenEvents(t), settings, "explain")
	for _, want := range []string{
		"MEDIUM  5.0  Outgoing port scan  i-1  Recon:EC2/Portscan  prod (111122223333)  eu-west-1  (standard input)\n",
		"slack   sent             not sent yet; severity 5.0 is at or above the threshold 1.0\n",
		`oncall  held: unmatched  ONCALL_WHEN does not hold: level "medium", account_name "prod", severity 5` + "\n",
		"held: repeat", "held: duplicate", "held: below", "severity 2.0 is below the threshold 4.0\n",
		`  muted by "miners" until 9999-12-31 (our own miner; bob)` + "\n",
		"UNKNOWN  Open port probed  i-1  Recon:EC2/PortProbeUnprotectedPort  444455556666",
		`ONCALL_WHEN holds: level "unknown", account_name "", severity unknown` + "\n",
	} {
		if code != exitDone || !strings.Contains(stdout, want) {
			t.Errorf("exit code %d, %q is not in:\n%s%s", code, want, stdout, stderr)
		}
	}
	hostile := publication{"x\x1b[31m", "Recon:\u202eEC2\x07/Portscan\r", "111122223333", 8.0, 1, "", false}.event(t)
	for _, args := range [][]string{{"explain"}, {"check", write(t, "hostile.json", hostile)}} {
		_, stdout, stderr = tocsin(t, hostile, map[string]string{"SINKS": "console", "WHEN": `type contains "x" or title != ""`}, args...)
		if text := stdout + stderr; strings.ContainsAny(text, "\x1b\u202e\x07\r") || !strings.Contains(text, "Recon:") {
			t.Errorf("%v: %q", args, text)
		}
	}
	address := publication{"x", "https://evil.example/x", "111122223333", 8.0, 1, "", false}.event(t)
	if _, stdout, _ = tocsin(t, address, map[string]string{"SINKS": "console", "WHEN": ""}, "explain"); strings.Contains(stdout, "evil.example") || !strings.Contains(stdout, "evil[.]example") {
		t.Errorf("an address is alive in %s", stdout)
	}
}

// What a terminal obeys is escaped in every JSON that a command writes; the values stay the same.
func TestNoControlCharactersInJSON(t *testing.T) {
	const name = "Recon:EC2/\u009b2J\u009d0;x\u009cPortscan\x7f"
	hostile := publication{"x\u009b31m", name, "111122223333", 8.0, 1, "", false}.event(t)
	for _, args := range [][]string{{"explain", "--json"}, {"send", "--verbose"}} {
		_, stdout, stderr := tocsin(t, hostile, map[string]string{"SINKS": "console", "CONSOLE_FORMAT": "json"}, args...)
		text := stdout + stderr
		if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && unicode.IsControl(r) }) || !strings.Contains(text, `\u009b2J`) {
			t.Errorf("%v: %q", args, text)
		}
		var line struct{ Type string }
		if err := json.Unmarshal([]byte(strings.SplitN(text, "\n", 2)[0]), &line); err != nil || line.Type != name {
			t.Errorf("%v: type %q, %v", args, line.Type, err)
		}
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// explain and check send nothing, also where send would write to a queue or hide a record in one.
func TestExplainTellsNobody(t *testing.T) {
	settings, count := hook(t, http.StatusInternalServerError)
	settings["DEAD_LETTER_QUEUE_URL"] = settings["SLACK_WEBHOOK_URL"]
	body, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	batch := fmt.Sprintf(`{"Records":[{"messageId":"m1","receiptHandle":"h","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:eu-west-1:111122223333:q","body":%s},{"messageId":"m2","receiptHandle":"h","eventSource":"aws:sqs","body":"x"}]}`, body)
	t.Setenv("AWS_ENDPOINT_URL", settings["SLACK_WEBHOOK_URL"])
	code, stdout, stderr := tocsin(t, batch, settings, "explain")
	if code != exitFailed || count.n() != 0 || !strings.Contains(stdout, "slack  sent") || !strings.Contains(stderr, "no event") {
		t.Errorf("exit code %d, %d requests: %s%s", code, count.n(), stdout, stderr)
	}
}

// dynamo is a table on a socket, as far as the ledger needs one for a single process. It is closed
// to writes while readOnly is set.
type dynamo struct {
	mu       sync.Mutex
	items    map[string]json.RawMessage
	reads    int
	readOnly bool
}

func (d *dynamo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var request struct {
		Key, Item, ExpressionAttributeValues map[string]json.RawMessage
	}
	body, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &request)
	answer := func(status int, text string) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.Header().Set("X-Amz-Crc32", fmt.Sprint(crc32.ChecksumIEEE([]byte(text))))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
	switch _, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); {
	case action == "GetItem":
		d.reads++
		item, ok := d.items[string(request.Key["pk"])+string(request.Key["sk"])]
		if !ok {
			answer(http.StatusOK, "{}")
			return
		}
		answer(http.StatusOK, fmt.Sprintf(`{"Item":%s}`, item))
	case action == "Scan" && len(d.items) == 0:
		answer(http.StatusOK, `{"Items":[]}`)
	case action == "Query":
		var found []string
		for _, name := range slices.Sorted(maps.Keys(d.items)) {
			for _, partition := range request.ExpressionAttributeValues {
				if strings.HasPrefix(name, string(partition)) {
					found = append(found, string(d.items[name]))
				}
			}
		}
		answer(http.StatusOK, `{"Items":[`+strings.Join(found, ",")+`]}`)
	case d.readOnly:
		answer(http.StatusBadRequest, `{"__type":"AccessDeniedException"}`)
	case action == "PutItem":
		item, _ := json.Marshal(request.Item)
		d.items[string(request.Item["pk"])+string(request.Item["sk"])] = item
		answer(http.StatusOK, "{}")
	default:
		answer(http.StatusOK, `{"Attributes":{"number":{"N":"1"}}}`)
	}
}

// With --ledger a finding that was sent is a duplicate, and the table is only read.
func TestExplainWithTheLiveLedger(t *testing.T) {
	table := &dynamo{items: map[string]json.RawMessage{}}
	server := httptest.NewServer(table)
	defer server.Close()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": server.URL, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1",
	} {
		t.Setenv(name, value)
	}
	settings, count := hook(t, http.StatusOK)
	settings["LEDGER"], settings["LEDGER_TABLE"], settings["RATE"] = "dynamodb", "tocsin", "0"
	if code, _, stderr := tocsin(t, event, settings, "send"); code != exitDone || count.n() != 1 || len(table.items) != 2 { // one says of what form the table is
		t.Fatalf("exit code %d, %d sent, %d items: %s", code, count.n(), len(table.items), stderr)
	}
	table.reads, table.readOnly = 0, true
	code, stdout, stderr := tocsin(t, event, settings, "explain", "--ledger")
	if code != exitDone || table.reads == 0 || !strings.Contains(stdout, "held: duplicate  this version or a newer one was sent at ") {
		t.Errorf("exit code %d, %d reads: %s%s", code, table.reads, stdout, stderr)
	}
	table.reads = 0
	code, stdout, stderr = tocsin(t, event, settings, "explain")
	if code != exitDone || table.reads != 0 || !strings.Contains(stdout, "sent  not sent yet") {
		t.Errorf("without --ledger: exit code %d, %d reads: %s%s", code, table.reads, stdout, stderr)
	}
	server.Close()
	code, stdout, stderr = tocsin(t, event, settings, "explain", "--ledger")
	if code != exitFailed || !strings.Contains(stdout, "sent  the ledger is not available") || !strings.Contains(stderr, "the ledger could not be read") {
		t.Errorf("without the table: exit code %d: %s%s", code, stdout, stderr)
	}
	settings["LEDGER"], settings["LEDGER_TABLE"] = "memory", ""
	code, _, stderr = tocsin(t, event, settings, "explain", "--ledger")
	if code != exitUsage || !strings.Contains(stderr, "LEDGER: names no table that could be read") {
		t.Errorf("without a table: exit code %d: %s", code, stderr)
	}
}

// What is only sent later is not called held.
func TestExplainSaysLater(t *testing.T) {
	settings := threeInstances(t)
	settings["DIGEST_AFTER"] = "2"
	code, stdout, stderr := tocsin(t, tenEvents(t), settings, "explain")
	if code != exitDone || !strings.Contains(stdout, "later: digested  ") || strings.Contains(stdout, "held: digested") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}

// Findings of words are explained one after another, each by itself, and before those of files.
func TestExplainWords(t *testing.T) {
	settings := map[string]string{
		"SINKS": "shop=console,ops=console", "SHOP_WHEN": `resource.tags["Team"] == "shop"`, "OPS_MIN_SEVERITY": "high", "ACCOUNT_NAMES": "444455556666=prod",
	}
	const ssh = "account=444455556666 severity=8 type=UnauthorizedAccess:EC2/SSHBruteForce tag.Team=shop"
	code, stdout, stderr := tocsin(t, "", settings, "explain", "--finding", ssh, "--finding", "severity=5", "--finding", ssh)
	for _, want := range []string{
		"UnauthorizedAccess:EC2/SSHBruteForce  prod (444455556666)  eu-west-1  (--finding 1)\n  shop  sent  not sent yet; SHOP_WHEN holds: resource.tags.Team \"shop\"\n  ops   sent  ",
		"(--finding 2)\n  shop  held: unmatched  SHOP_WHEN does not hold: resource.tags.Team \"\"\n  ops   held: below", "  nobody hears of it: no sink takes this finding\n",
		"(--finding 3)\n  shop  sent",
	} {
		if code != exitDone || !strings.Contains(stdout, want) || strings.Count(stdout, "nobody") != 1 || stderr != "" {
			t.Errorf("exit code %d: %q is not in:\n%s%s", code, want, stdout, stderr)
		}
	}
	code, stdout, stderr = tocsin(t, event, settings, "explain", "--json", "--finding", "severity=4", "-")
	if lines := strings.Split(strings.TrimSpace(stdout), "\n"); code != exitDone || len(lines) != 2 || !strings.HasSuffix(lines[0], `,"nobody":true}`) ||
		strings.Contains(lines[1], "nobody") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	code, stdout, stderr = tocsin(t, "", settings, "explain", "--finding", "severity=8", "--finding", "sevrity=8 ip=x")
	const want = "tocsin: --finding 2: word 1: sevrity: there is no such name; did you mean severity?\ntocsin: --finding 2: word 2: ip: want an address"
	if code != exitUsage || !strings.HasPrefix(stderr, want) || stdout != "" {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}
