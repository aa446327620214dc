package ses_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/ses"
	"github.com/tocsin-sec/tocsin/sinks/ses/sestest"
)

// Every refusal means what it should, says its code and a remedy, and shows nothing of SES's own
// words, which can repeat the request.
func TestRefusals(t *testing.T) {
	const secret = "s3cr3t alerts [at] example"
	for _, test := range []struct {
		status     int
		code, word string
		want       notify.ErrorKind
		delay      time.Duration
		says       string
	}{
		{429, "TooManyRequestsException", "Maximum sending rate exceeded.", notify.Throttled, 0, ""},
		{400, "ThrottlingException", "Maximum sending rate exceeded.", notify.Throttled, 0, ""},
		{400, "Throttling", "Rate exceeded", notify.Throttled, 0, ""},
		{429, "TooManyRequestsException", "Daily message quota exceeded.", notify.Throttled, 10 * time.Minute, "larger sending quota in eu-west-1"},
		{400, "ThrottlingException", "Daily message quota exceeded", notify.Throttled, 10 * time.Minute, "larger sending quota"},
		{400, "LimitExceededException", "", notify.Throttled, 10 * time.Minute, "the mail of a day is used up"},
		{500, "InternalServiceErrorException", "", notify.Transient, 0, ""},
		{500, "ConcurrentModificationException", "", notify.Transient, 0, ""},
		{400, "RequestAbortedException", "", notify.Transient, 0, ""},
		{503, "ServiceUnavailableException", "", notify.Transient, 0, ""},
		{403, "ExpiredTokenException", "", notify.Transient, 0, ""},
		{400, "BadRequestException", "", notify.Unacceptable, 0, ""},
		{400, "MessageRejected", "", notify.Unacceptable, 0, ""},
		{400, "MessageRejected", "Email address is not verified. The following identities failed the check in region EU-WEST-1: ALERTS@example.com, oncall@example.net", notify.Broken, 0,
			"SES in eu-west-1 has not verified an address (that of SES_FROM, number 2 of SES_TO): verify SES_FROM or its domain there; as long as the account is in SES's sandbox every address of SES_TO as well"},
		{400, "MessageRejected", "Email address is not verified.", notify.Broken, 0, "has not verified an address: verify"},
		{400, "MailFromDomainNotVerifiedException", "", notify.Broken, 0, "verify the domain of SES_FROM, and its MAIL FROM domain where it has one, in SES in eu-west-1"},
		{400, "AccountSuspendedException", "", notify.Broken, 0, "suspended"},
		{400, "SendingPausedException", "", notify.Broken, 0, "sending is paused"},
		{404, "NotFoundException", "", notify.Broken, 0, "see SES_CONFIGURATION_SET"},
		{403, "AccessDeniedException", "", notify.Broken, 0, "allow ses:SendEmail and ses:SendRawEmail on the identity of SES_FROM"},
		{403, "UnrecognizedClientException", "", notify.Broken, 0, "credentials"},
		{403, "InvalidSignatureException", "", notify.Broken, 0, "credentials"},
		{400, "SomethingNewException", "", notify.Unacceptable, 0, "status 400"},
		{403, "SomethingNewException", "", notify.Broken, 0, "status 403"},
		{500, "SomethingNewException", "", notify.Transient, 0, "status 500"},
		{302, "TooManyRequestsException", "", notify.Broken, 0, "status 302"},
	} {
		server := sestest.New(t)
		server.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
			sestest.Refuse(w, test.status, test.code, test.word+" "+secret)
			return true
		})
		_, err := build(t, server.URL(), usual(), nil).Notify(t.Context(), finding1(notify.KindFinding))
		if err == nil || notify.KindOf(err) != test.want || notify.Delay(err) != test.delay || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%d %s %q: got %v after %v, %v", test.status, test.code, test.word, notify.KindOf(err), notify.Delay(err), err)
			continue
		}
		if text := err.Error(); strings.Contains(text, "s3cr3t") || strings.Contains(text, "@") || strings.Contains(text, sestest.Secret) {
			t.Errorf("it shows too much: %v", err)
		}
		if !strings.Contains(test.code, "New") && test.status != 302 && !strings.Contains(err.Error(), test.code) {
			t.Errorf("the code does not show: %v", err)
		}
	}
}

// How long to wait is SES's to say, where it does.
func TestRetryAfter(t *testing.T) {
	for code, want := range map[string]time.Duration{"TooManyRequestsException": 7 * time.Second, "LimitExceededException": 10 * time.Minute} {
		server := sestest.New(t)
		server.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Retry-After", "7")
			sestest.Refuse(w, 429, code, "")
			return true
		})
		_, err := build(t, server.URL(), usual(), nil).Notify(t.Context(), finding1(notify.KindFinding))
		if notify.KindOf(err) != notify.Throttled || notify.Delay(err) != want {
			t.Errorf("%s: got %v after %v", code, err, notify.Delay(err))
		}
	}
}

// The account's own state refuses as AWS does.
func TestAccount(t *testing.T) {
	server := sestest.New(t)
	server.Verify(true, "example.com", "soc@example.org")
	sink := build(t, server.URL(), usual(), nil)
	if _, err := sink.Notify(t.Context(), finding1(notify.KindFinding)); notify.KindOf(err) != notify.Broken || !strings.Contains(err.Error(), "(number 2 of SES_TO)") {
		t.Errorf("in the sandbox: got %v", err)
	}
	server.Verify(false, "example.com")
	server.Quota(1)
	if _, err := sink.Notify(t.Context(), finding1(notify.KindFinding)); err != nil {
		t.Errorf("got %v", err)
	}
	if _, err := sink.Notify(t.Context(), finding1(notify.KindFinding)); notify.Delay(err) != 10*time.Minute {
		t.Errorf("over the quota: got %v", err)
	}
	server.Quota(-1)
	c := usual()
	c.ConfigurationSet = "none"
	if _, err := build(t, server.URL(), c, nil).Notify(t.Context(), finding1(notify.KindFinding)); notify.KindOf(err) != notify.Broken || !strings.Contains(err.Error(), "CONFIGURATION_SET") {
		t.Errorf("without its configuration set: got %v", err)
	}
}

// A success that is not SES's is asked for once, and the destination is broken.
func TestNoProof(t *testing.T) {
	for _, body := range []string{"", "{}", `{"MessageId":""}`, `{"MessageId":7}`, `{"messageid":"\n"}`, `<SendEmailResponse/>`, `{"MessageId":"` + strings.Repeat("x", 300) + `"}`} {
		server, calls := sestest.New(t), 0
		server.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
			calls++
			_, _ = io.WriteString(w, body)
			return true
		})
		_, err := build(t, server.URL(), usual(), nil).Notify(t.Context(), finding1(notify.KindFinding))
		if notify.KindOf(err) != notify.Broken || calls != 1 || !strings.Contains(err.Error(), "no MessageId") {
			t.Errorf("%q: got %v, %d calls", body, err, calls)
		}
	}
}

func TestWithoutCredentialsOrRegion(t *testing.T) {
	server := sestest.New(t)
	build(t, server.URL(), usual(), nil) // for its environment
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	sink, err := ses.New(t.Context(), "ses", usual(), style(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sink.Notify(t.Context(), finding1(notify.KindFinding)); err == nil || !strings.Contains(err.Error(), "AWS credentials") {
		t.Errorf("got %v", err)
	}
	t.Setenv("AWS_ENDPOINT_URL_SESV2", "")
	t.Setenv("AWS_REGION", "")
	if sink, err = ses.New(t.Context(), "ses", usual(), style(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := sink.Notify(t.Context(), finding1(notify.KindFinding)); err == nil || !strings.Contains(err.Error(), "AWS_REGION") {
		t.Errorf("got %v", err)
	}
	t.Setenv("AWS_ENDPOINT_URL_SESV2", "http://example.com/s3cr3t")
	if _, err := ses.New(t.Context(), "ses", usual(), style(t)); err == nil || !strings.HasPrefix(err.Error(), "FROM: the endpoint of SES") || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("got %v", err)
	}
}
