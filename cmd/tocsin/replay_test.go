package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// deadLetterQueue is an SQS that says that so many messages are waiting, hands over the given bodies once, and can take
// none back if it is stuck.
func deadLetterQueue(t *testing.T, waiting int, isStuck bool, bodies ...string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		switch _, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); action {
		case "GetQueueAttributes":
			fmt.Fprintf(w, `{"Attributes":{"ApproximateNumberOfMessages":"%d"}}`, waiting)
		case "ReceiveMessage":
			var messages []string
			for i, body := range bodies {
				messages = append(messages, fmt.Sprintf(`{"MessageId":"m%d","ReceiptHandle":"r%d","Body":%q}`, i, i, body))
			}
			bodies = nil
			fmt.Fprintf(w, `{"Messages":[%s]}`, strings.Join(messages, ","))
		default:
			if isStuck {
				w.WriteHeader(http.StatusBadRequest)
			}
			_, _ = io.WriteString(w, `{"__type":"com.amazonaws.sqs#MessageNotInflight"}`)
		}
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SQS": server.URL, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
}

// A replay says what the queue did not hand over, or did not take back, and is not done then.
func TestReplaySaysWhatIsHidden(t *testing.T) {
	const short = "the others may be hidden: replay again in 10 minutes"
	const stuck = "2 messages could not be given back at once; the queue shows what it hides again after 10 minutes"
	for _, test := range []struct {
		name    string
		waiting int
		isStuck bool
		bodies  []string
		args    []string
		code    int
		want    string // in standard error; nothing is written there without it
	}{
		{"as many as it said", 2, false, []string{"a", "b"}, nil, 0, ""},
		{"more than it said", 1, false, []string{"a", "b"}, nil, 0, ""},
		{"nothing of three", 3, false, nil, nil, 1, "about 3 messages waiting, and the queue handed over 0; " + short},
		{"two of three", 3, false, []string{"a", "b"}, nil, 1, "about 3 messages waiting, and the queue handed over 2; " + short},
		{"no more asked for", 3, false, []string{"a", "b"}, []string{"--limit", "2"}, 0, ""},
		{"cannot be given back", 2, true, []string{"a", "b"}, nil, 0, stuck},
	} {
		t.Run(test.name, func(t *testing.T) {
			deadLetterQueue(t, test.waiting, test.isStuck, test.bodies...)
			code, stdout, stderr := tocsin(t, "", nil, append([]string{"replay", "--queue-url", "https://sqs.example/1/q", "--dry-run"}, test.args...)...)
			if code != test.code || !strings.Contains(stderr, test.want) || (stderr == "") != (test.want == "") {
				t.Errorf("exit code %d, want %d, and %q\n%s%s", code, test.code, test.want, stdout, stderr)
			}
		})
	}
}
