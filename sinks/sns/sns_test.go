package sns_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/notify/notifytest"
	"github.com/tocsin-sec/tocsin/sinks/sns"
	"github.com/tocsin-sec/tocsin/sinks/sns/snstest"
)

const (
	topic     = "arn:aws:sns:eu-central-1:111122223333:security"
	keySecret = "wJalrXUtnFEMIexample"
)

func build(t testing.TB, baseURL, topic string) notify.Notifier {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SNS": baseURL, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": keySecret,
		"AWS_SESSION_TOKEN": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "us-east-1", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
	sink, err := sns.New(t.Context(), "sns", sns.Config{TopicARN: topic}, formattertest.Style(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

func TestConformance(t *testing.T) {
	for _, arn := range []string{topic, topic + ".fifo"} {
		notifytest.Run(t, notifytest.Kit{
			New:    func(t testing.TB, baseURL string) notify.Notifier { return build(t, baseURL, arn) },
			Accept: accept, Messages: func(r *http.Request) int { return len(snstest.Entries(r)) },
			Throttle: func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, `<ErrorResponse><Error><Code>KMSThrottling</Code></Error></ErrorResponse>`)
			},
			Secret: keySecret,
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

// published publishes the notification and gives the request and the error.
func published(t *testing.T, arn string, n notify.Notification) (url.Values, http.Header) {
	t.Helper()
	var form url.Values
	var header http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		accept(w, r)
		form, header = r.PostForm, r.Header
	}))
	defer server.Close()
	receipt, err := build(t, server.URL, arn).Notify(t.Context(), n)
	if err != nil || receipt.ID != "m-1" {
		t.Fatalf("receipt %+v, error %v", receipt, err)
	}
	return form, header
}

func TestRequest(t *testing.T) {
	form, header := published(t, topic, notification())
	if got := form.Get("Subject"); got != "[HIGH] GuardDuty: Trojan:EC2/DNSDataExfiltration in prod (eu-west-1)" {
		t.Errorf("got subject %q", got)
	}
	if !strings.Contains(form.Get("Message"), "HIGH  Data exfiltration through DNS  prod / eu-west-1") || form.Get("TopicArn") != topic {
		t.Errorf("got %v", form)
	}
	if !strings.Contains(header.Get("Authorization"), "/eu-central-1/sns/") {
		t.Error("the request is not signed for the topic's own region")
	}
	attributes := map[string]string{}
	for i := 1; form.Get(fmt.Sprintf("MessageAttributes.entry.%d.Name", i)) != ""; i++ {
		entry := fmt.Sprintf("MessageAttributes.entry.%d.", i)
		attributes[form.Get(entry+"Name")] = form.Get(entry+"Value.DataType") + " " + form.Get(entry+"Value.StringValue")
	}
	for name, want := range map[string]string{
		"severity": "Number 8.0", "level": "String high", "type": "String Trojan:EC2/DNSDataExfiltration",
		"account": "String 111122223333", "region": "String eu-west-1", "source": "String aws.guardduty",
	} {
		if attributes[name] != want {
			t.Errorf("%s: got %q, want %q", name, attributes[name], want)
		}
	}
	form, _ = published(t, topic, notify.Notification{Findings: []finding.Finding{{Title: "x"}}})
	if strings.Contains(form.Encode(), "severity") {
		t.Error("an unknown severity is an attribute")
	}
	form, _ = published(t, topic, notify.Notification{Findings: []finding.Finding{{Severity: finding.Unstated}, {Severity: 5.1, Type: "worst"}, {Severity: finding.Unstated}}})
	if text := form.Encode(); !strings.Contains(text, "=worst") || !strings.Contains(text, "=5.1") {
		t.Errorf("got %s, want the attributes of the worst finding", text)
	}
	form, _ = published(t, topic, notify.Notification{Findings: []finding.Finding{{Severity: finding.Unstated}}})
	if text := form.Encode(); strings.Contains(text, "=severity") || !strings.Contains(text, "StringValue=medium") {
		t.Errorf("got %s, want no severity, and the level that it counts as", text)
	}
}

func TestFIFO(t *testing.T) {
	first, _ := published(t, topic+".fifo", notification())
	again, _ := published(t, topic+".fifo", notification())
	newer := notification()
	newer.Findings[0].Count = 3
	later, _ := published(t, topic+".fifo", newer)
	if got := first.Get("MessageGroupId"); got != "aws.guardduty/111122223333/eu-west-1/f1" || later.Get("MessageGroupId") != got {
		t.Errorf("got group %q", got)
	}
	id := first.Get("MessageDeduplicationId")
	if len(id) != 64 || again.Get("MessageDeduplicationId") != id || later.Get("MessageDeduplicationId") == id {
		t.Errorf("got %q, %q, %q", id, again.Get("MessageDeduplicationId"), later.Get("MessageDeduplicationId"))
	}
}

// Several messages about one version are not taken for one: its end, its further parts, and what
// another road says of it.
func TestFIFOTakesNoNewsForADuplicate(t *testing.T) {
	known := map[string]string{}
	for name, change := range map[string]func(*finding.Finding){
		"as it is": func(*finding.Finding) {}, "over": func(f *finding.Finding) { f.State = finding.Closed },
		"a part": func(f *finding.Finding) { f.Part = "1" }, "another part": func(f *finding.Finding) { f.Part = "2" },
		"a road": func(f *finding.Finding) { f.Native, f.Road = finding.Native{Source: f.Source, ID: f.ID}, "securityhub" },
		"another road": func(f *finding.Finding) {
			f.Native, f.Road = finding.Native{Source: f.Source, ID: f.ID}, "securityhub-cspm"
		},
	} {
		n := notification()
		n.Kind = notify.KindUpdate
		change(&n.Findings[0])
		form, _ := published(t, topic+".fifo", n)
		id := form.Get("MessageDeduplicationId")
		if known[id] != "" {
			t.Errorf("%s and %s have one id", name, known[id])
		}
		known[id] = name
	}
}

func TestErrorCodes(t *testing.T) {
	for code, want := range map[string]notify.ErrorKind{
		"Throttled": notify.Throttled, "KMSThrottling": notify.Throttled, "InternalError": notify.Transient,
		"RequestAbortedException": notify.Transient, "ExpiredTokenException": notify.Transient,
		"InvalidParameter": notify.Unacceptable, "ParameterValueInvalid": notify.Unacceptable, "ValidationException": notify.Unacceptable,
		"AuthorizationError": notify.Broken, "NotFound": notify.Broken, "KMSAccessDenied": notify.Broken, "KMSDisabled": notify.Broken,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `<ErrorResponse><Error><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`, code, keySecret)
		}))
		_, err := build(t, server.URL, topic).Notify(t.Context(), notification())
		server.Close()
		if err == nil || notify.KindOf(err) != want || !strings.Contains(err.Error(), code) || strings.Contains(err.Error(), keySecret) {
			t.Errorf("%s: got %v, want %v", code, notify.KindOf(err), want)
		}
	}
}

// An answer of 2xx that is not SNS's is asked for once: the next would be the same.
func TestNoProof(t *testing.T) {
	for _, body := range []string{"", "ok", "{}", `{"ok":true}`, "<html><body>It works!</body></html>", "<a>", "<a><b></a>", "\x00\xff", "<?xml version='1.0'?>"} {
		calls := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			calls++
			_, _ = io.WriteString(w, body)
		}))
		_, err := build(t, server.URL, topic).Notify(t.Context(), notification())
		server.Close()
		if err == nil || notify.KindOf(err) != notify.Broken || calls != 1 {
			t.Errorf("%q: %d calls, %v (%v)", body, calls, err, notify.KindOf(err))
		}
	}
}

func TestWithoutCredentials(t *testing.T) {
	build(t, "http://127.0.0.1:1", topic) // for its environment
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	sink, err := sns.New(t.Context(), "sns", sns.Config{TopicARN: topic}, formatter.Style{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sink.Notify(t.Context(), notification()); err == nil || !strings.Contains(err.Error(), "AWS credentials") {
		t.Errorf("got %v", err)
	}
}

func TestMistakes(t *testing.T) {
	for arn, want := range map[string]string{
		"":                                  "TOPIC_ARN: is not set",
		"security":                          "TOPIC_ARN: is not the ARN",
		"arn:aws:sqs:eu-west-1:1:q":         "TOPIC_ARN: is not the ARN",
		"arn:aws:sns::111122223333:t":       "TOPIC_ARN: is not the ARN",
		topic + ":6b0e71bd-7e97-4d97-80ce-": "TOPIC_ARN: is the ARN of a subscription",
	} {
		if _, err := sns.New(t.Context(), "sns", sns.Config{TopicARN: arn}, formatter.Style{}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
