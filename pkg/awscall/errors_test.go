package awscall_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
)

// explained makes a call to an endpoint and explains its error.
func explained(ctx context.Context, t *testing.T, endpoint string) *awscall.Error {
	t.Helper()
	settings, err := awscall.Config(ctx, awscall.Client{Retries: awscall.Never})
	if err != nil {
		t.Fatal(err)
	}
	client := sqs.NewFromConfig(settings, func(o *sqs.Options) { o.BaseEndpoint = aws.String(endpoint) })
	_, err = client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: aws.String("https://sqs.example/1/s3cr3t"), ReceiptHandle: aws.String("s3cr3t")})
	if err == nil {
		t.Fatal("a call that fails has no error")
	}
	return awscall.Explain(ctx, "Secrets Manager", err)
}

// An error shows the code, the status or why there is no answer, and nothing else of the request or
// the answer.
func TestExplain(t *testing.T) {
	configFile(t, good)
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s3cr3t", "AWS_PROFILE": "", "AWS_REGION": "eu-west-1"} {
		t.Setenv(name, value)
	}
	answer := func(status int, body string) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.ReadAll(r.Body)
			w.Header().Set("Content-Type", "application/x-amz-json-1.0")
			w.Header().Set("X-Amzn-Requestid", "s3cr3t")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}))
		t.Cleanup(server.Close)
		return server.URL + "/s3cr3t"
	}
	const nobody, silent = "http://127.0.0.1:1/s3cr3t", "no answer from Secrets Manager"
	for name, test := range map[string]struct {
		endpoint, want, short, code string
		status                      int
	}{
		"refused":   {answer(400, `{"__type":"x#AccessDeniedException","message":"s3cr3t"}`), "Secrets Manager: AccessDeniedException", "", "AccessDeniedException", 400},
		"no code":   {answer(502, `<html>s3cr3t`), "what answers with status 502 is not Secrets Manager, or a proxy is in the way", "", "", 502},
		"no answer": {nobody, silent + ": dial tcp 127.0.0.1:1: connect: connection refused", silent, "", 0},
	} {
		if test.short == "" {
			test.short = test.want
		}
		failed := explained(t.Context(), t, test.endpoint)
		if failed.Error() != test.want || failed.Short() != test.short || failed.Code != test.code || failed.Status != test.status {
			t.Errorf("%s: got %q (%q), code %q, status %d", name, failed, failed.Short(), failed.Code, failed.Status)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if failed := explained(ended, t, nobody); !errors.Is(failed, context.Canceled) || failed.Short() != silent {
		t.Errorf("got %v", failed)
	}
}
