package sqs_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/notify/notifytest"
	"github.com/tocsin-sec/tocsin/sinks/sqs"
	"github.com/tocsin-sec/tocsin/sinks/sqs/sqstest"
)

const keySecret = "wJalrXUtnFEMIexample"

func environment(t testing.TB) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SQS": "", "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": keySecret,
		"AWS_SESSION_TOKEN": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "us-east-1", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
}

func build(t testing.TB, queue string) *sqs.Sink {
	t.Helper()
	environment(t)
	sink, err := sqs.New(t.Context(), "sqs", sqs.Config{QueueURL: queue}, formatter.Style{})
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

func TestConformance(t *testing.T) {
	for _, name := range []string{"alerts", "alerts.fifo"} {
		t.Run(name, func(t *testing.T) {
			queue := sqstest.New(t)
			notifytest.Run(t, notifytest.Kit{
				New:    func(t testing.TB, baseURL string) notify.Notifier { return build(t, baseURL+"/111122223333/"+name) },
				Accept: queue.ServeHTTP, Messages: func(r *http.Request) int { return len(sqstest.Entries(r)) },
				Throttle: func(w http.ResponseWriter, _ *http.Request) { sqstest.Refuse(w, "RequestThrottled", "") },
				Secret:   keySecret,
			})
			for _, err := range queue.Refused() {
				t.Errorf("SQS would refuse a message: %v", err)
			}
		})
	}
}

func notification() notify.Notification {
	return notify.Notification{Findings: []finding.Finding{formattertest.Described(finding.Finding{
		ID: "f1", Source: "aws.guardduty", Type: "Trojan:EC2/DNSDataExfiltration", Title: "Data leaves", Severity: 8,
		Place:    finding.Place{Account: finding.Account{ID: "111122223333", Name: "prod"}, Region: "eu-west-1", Partition: "aws"},
		Activity: finding.Activity{Updated: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Count: 2},
	})}}
}

// sent sends notifications one by one to a queue, and returns what it holds then.
func sent(t *testing.T, name string, all ...notify.Notification) []sqstest.Entry {
	t.Helper()
	queue := sqstest.New(t)
	sink := build(t, queue.URL(name))
	for _, n := range all {
		if receipt, err := sink.Notify(t.Context(), n); err != nil || !strings.HasPrefix(receipt.ID, "m-") {
			t.Fatalf("receipt %+v, error %v (%v)", receipt, err, queue.Refused())
		}
	}
	return queue.Messages()
}

func TestMessage(t *testing.T) {
	got := sent(t, "alerts", notification())[0]
	var document struct {
		Version int
		Kind    string
		Title   string
		Account struct{ Name string }
	}
	if err := json.Unmarshal([]byte(got.Body), &document); err != nil || document.Version != 1 || document.Kind != "finding" ||
		document.Title != "Data leaves" || document.Account.Name != "prod" {
		t.Errorf("got %s (%v)", got.Body, err)
	}
	got.Body = ""
	text := func(value string) sqstest.Attribute { return sqstest.Attribute{DataType: "String", StringValue: value} }
	want := sqstest.Entry{Group: "111122223333", MessageAttributes: map[string]sqstest.Attribute{
		"severity": {DataType: "Number", StringValue: "8.0"}, "level": text("high"), "type": text("Trojan:EC2/DNSDataExfiltration"),
		"account": text("111122223333"), "region": text("eu-west-1"), "source": text("aws.guardduty"),
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A FIFO queue keeps the messages of one finding in order, and takes none of them twice.
func TestFIFO(t *testing.T) {
	newer, over := notification(), notification()
	newer.Kind, newer.Findings[0].Count = notify.KindUpdate, 3
	over.Kind, over.Findings[0].State = notify.KindResolved, finding.Closed
	messages := sent(t, "alerts.fifo", notification(), notification(), newer, over)
	if len(messages) != 3 {
		t.Fatalf("%d messages, want 3: one was sent twice", len(messages))
	}
	for _, m := range messages {
		if m.Group != "aws.guardduty/111122223333/eu-west-1/f1" || len(m.Deduplication) != 64 {
			t.Errorf("got group %q, id %q", m.Group, m.Deduplication)
		}
	}
}

// The minimal form is the plainest: a queue that knows no groups takes it as well.
func TestMinimal(t *testing.T) {
	n := notification()
	n.Minimal = true
	if got := sent(t, "alerts", n)[0]; got.Group != "" || !strings.Contains(got.Body, `"shortened":true`) {
		t.Errorf("got %+v", got)
	}
	if got := sent(t, "alerts.fifo", n)[0]; got.Group == "" {
		t.Error("a FIFO queue cannot be without a group")
	}
}

// An older queue takes less than SQS does. It refuses the message, and takes the minimal form.
func TestOlderQueue(t *testing.T) {
	for name, n := range formattertest.Huge() {
		queue := sqstest.New(t)
		queue.Limit(4096)
		sink := build(t, queue.URL("alerts"))
		if _, err := sink.Notify(t.Context(), n); err == nil || notify.KindOf(err) != notify.Unacceptable {
			t.Errorf("%s: got %v", name, err)
		}
		n.Minimal = true
		if _, err := sink.Notify(t.Context(), n); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever a finding holds, the queue takes it, as JSON that means what the finding says; and the preview
// is what is sent.
func TestEverythingArrives(t *testing.T) {
	all := map[string]notify.Notification{
		"the most": {Findings: []finding.Finding{formattertest.Utmost()}}, "many": formattertest.Many(), "over": formattertest.Ended(),
		"noncharacters alone": formattertest.Filled(strings.Repeat("\ufffe\uffff", 200_000)),
	}
	for name, attack := range formattertest.Attacks() {
		all["attack "+name] = formattertest.Filled(attack)
	}
	for name, n := range formattertest.Huge() {
		all["huge "+name] = n
	}
	for name, f := range formattertest.Kinds() {
		all["kind "+name] = notify.Notification{Findings: []finding.Finding{f}}
	}
	for _, form := range []string{"alerts", "alerts.fifo"} {
		queue := sqstest.New(t)
		sink := build(t, queue.URL(form))
		for name, n := range all {
			if _, err := sink.Notify(t.Context(), n); err != nil {
				t.Fatalf("%s: %v (%v)", name, err, queue.Refused())
			}
			if form == "alerts" {
				shown, err := sink.Preview(n)
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				checkPreview(t, name, shown, queue.Messages()[len(queue.Messages())-1])
			}
		}
		for _, got := range queue.Messages() {
			if !json.Valid([]byte(got.Body)) || strings.ContainsAny(got.Body, "\ufffe\uffff\n") {
				t.Errorf("not JSON on one line that XML has a form of: %.200s", got.Body)
			}
		}
	}
}

// checkPreview sees that the preview of a message is what a queue has got.
func checkPreview(t *testing.T, name string, shown notify.Preview, got sqstest.Entry) {
	t.Helper()
	if shown.Form != notify.FormJSON || string(shown.Body) != got.Body {
		t.Errorf("%s: the preview is something else", name)
	}
	want := []notify.Size{{What: "bytes of message and attributes", Value: got.Size(), Limit: sqstest.MaxSent}}
	if diff := cmp.Diff(want, shown.Sizes); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

func FuzzMessage(f *testing.F) {
	for _, attack := range formattertest.Attacks() {
		f.Add(attack, attack, false)
	}
	f.Add("\ufffe", "111122223333", true)
	sinks := map[string]*sqs.Sink{}
	for _, name := range []string{"q", "q.fifo"} {
		sinks[name] = build(f, "http://127.0.0.1:1/1/"+name)
	}
	f.Fuzz(func(t *testing.T, text, account string, isMinimal bool) {
		n := formattertest.Filled(text)
		n.Minimal = isMinimal
		n.Findings[0].Account.ID = account
		for name, sink := range sinks {
			m, err := sink.Message(n)
			if err != nil {
				t.Fatal(err)
			}
			entry := sqstest.Entry{MessageAttributes: map[string]sqstest.Attribute{}, Body: *m.MessageBody}
			for name, value := range m.MessageAttributes {
				entry.MessageAttributes[name] = sqstest.Attribute{DataType: *value.DataType, StringValue: *value.StringValue}
			}
			if m.MessageGroupId != nil {
				entry.Group = *m.MessageGroupId
			}
			if m.MessageDeduplicationId != nil {
				entry.Deduplication = *m.MessageDeduplicationId
			}
			if code, reason := sqstest.Check(entry, name == "q.fifo"); code != "" || !json.Valid([]byte(entry.Body)) {
				t.Errorf("%s: %s", code, reason)
			}
		}
	})
}

// A request is signed for the region of the queue's URL, and goes to the queue's own host.
func TestRegion(t *testing.T) {
	queue := sqstest.New(t)
	environment(t)
	var scope, asked string
	queue.Answer(func(_ http.ResponseWriter, r *http.Request) bool {
		scope = r.Header.Get("Authorization")
		body, _ := io.ReadAll(r.Body)
		var in struct {
			QueueURL string `json:"QueueUrl"`
		}
		_ = json.Unmarshal(body, &in)
		asked = in.QueueURL
		return false
	})
	base, err := url.Parse(queue.URL(""))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ENDPOINT_URL_SQS", "http://"+base.Host)
	for host, region := range map[string]string{
		"sqs.eu-central-1.amazonaws.com": "eu-central-1", "sqs.cn-north-1.amazonaws.com.cn": "cn-north-1",
		"sqs-fips.us-gov-west-1.amazonaws.com": "us-gov-west-1", "eu-west-1.queue.amazonaws.com": "eu-west-1",
		"queue.amazonaws.com": "us-east-1", "vpce-0a-1b.sqs.ap-south-1.vpce.amazonaws.com": "ap-south-1",
		"sqs.eu-west-3.api.aws": "eu-west-3",
	} {
		address := "https://" + host + "/111122223333/alerts"
		sink, err := sqs.New(t.Context(), "sqs", sqs.Config{QueueURL: " " + address}, formatter.Style{})
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		_, _ = sink.Notify(t.Context(), notification())
		if !strings.Contains(scope, "/"+region+"/sqs/") || asked != address {
			t.Errorf("%s: signed as %s for %s", host, scope, asked)
		}
	}
}
