package awscall_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
)

// attempts counts the requests of one call to a service that answers in the given way.
func attempts(t *testing.T, retries awscall.Retries, answer http.HandlerFunc) int32 {
	t.Helper()
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		_, _ = io.ReadAll(r.Body)
		answer(w, r)
	}))
	defer server.Close()
	t.Setenv("AWS_ENDPOINT_URL_SQS", server.URL)
	settings, err := awscall.Config(t.Context(), awscall.Client{Retries: retries})
	if err != nil {
		t.Fatal(err)
	}
	_, err = sqs.NewFromConfig(settings).DeleteMessage(t.Context(), &sqs.DeleteMessageInput{
		QueueUrl: aws.String("https://sqs.example/1/q"), ReceiptHandle: aws.String("h"),
	})
	if err == nil {
		t.Error("a call that fails has no error")
	}
	return requests.Load()
}

func hangUp(w http.ResponseWriter, _ *http.Request) {
	if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = connection.Close()
	}
}

func throttle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(http.StatusBadRequest)
	_, _ = io.WriteString(w, `{"__type":"ThrottlingException"}`)
}

// TestRetries counts the attempts of a call, by what goes wrong. What the environment says is for
// AsUsual alone.
func TestRetries(t *testing.T) {
	configFile(t, good)
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "x", "AWS_PROFILE": "", "AWS_REGION": "eu-west-1", "AWS_MAX_ATTEMPTS": "1"} {
		t.Setenv(name, value)
	}
	for name, test := range map[string]struct {
		retries           awscall.Retries
		hungUp, throttled int32
	}{
		"as usual": {awscall.AsUsual, 1, 1}, "once": {awscall.Once, 2, 2},
		"over dead connections": {awscall.OverDeadConnections, 3, 1}, "never": {awscall.Never, 1, 1},
	} {
		if got := attempts(t, test.retries, hangUp); got != test.hungUp {
			t.Errorf("%s: %d attempts where there is no answer, want %d", name, got, test.hungUp)
		}
		if got := attempts(t, test.retries, throttle); got != test.throttled {
			t.Errorf("%s: %d attempts of a call that is throttled, want %d", name, got, test.throttled)
		}
	}
}
