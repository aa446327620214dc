package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/sinks/sns/snstest"
)

// TestOneLogin sends to two topics and to a webhook that is in a secret, each in a region of its
// own: the program logs in once for all of them.
func TestOneLogin(t *testing.T) {
	var logins requests
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/login":
			logins.Add(1)
			fmt.Fprintf(w, `{"AccessKeyId":"A","SecretAccessKey":"x","Token":"y","Expiration":%q}`, time.Now().Add(time.Hour).Format(time.RFC3339))
		case strings.HasPrefix(r.Header.Get("X-Amz-Target"), "secretsmanager."):
			fmt.Fprintf(w, `{"SecretString":"http://%s/services/T/B/X"}`, r.Host)
		case strings.HasPrefix(r.URL.Path, "/services/"):
			_, _ = io.WriteString(w, "ok")
		default:
			_, _ = io.WriteString(w, snstest.Published("m"))
		}
	}))
	defer aws.Close()
	code, _, stderr := tocsin(t, event, map[string]string{
		"SINKS": "sns,second=sns,slack", "LEDGER": "off",
		"SNS_TOPIC_ARN":     "arn:aws:sns:eu-west-1:111122223333:a",
		"SECOND_TOPIC_ARN":  "arn:aws:sns:ap-south-1:111122223333:b",
		"SLACK_WEBHOOK_URL": "arn:aws:secretsmanager:eu-north-1:111122223333:secret:slack-AbCdEf",
		"AWS_ENDPOINT_URL":  aws.URL, "AWS_CONTAINER_CREDENTIALS_FULL_URI": aws.URL + "/login", "AWS_REGION": "us-east-1",
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	}, "send", "-")
	if code != exitDone || logins.n() != 1 {
		t.Errorf("exit code %d after %d logins, want 0 after one\n%s", code, logins.n(), stderr)
	}
}
