package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// deadLetterQueue is an SQS that says that so many messages are waiting and hidden, hands over the
// given bodies once, and answers the return of one with fault, unless that is empty.
func deadLetterQueue(t *testing.T, waiting, hidden int, fault string, bodies ...string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		switch _, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); action {
		case "GetQueueAttributes":
			fmt.Fprintf(w, `{"Attributes":{"ApproximateNumberOfMessages":"%d","ApproximateNumberOfMessagesNotVisible":"%d"}}`, waiting, hidden)
		case "ReceiveMessage":
			var messages []string
			for i, body := range bodies {
				messages = append(messages, fmt.Sprintf(`{"MessageId":"m%d","ReceiptHandle":"r%d","Body":%q}`, i, i, body))
			}
			bodies = nil
			fmt.Fprintf(w, `{"Messages":[%s]}`, strings.Join(messages, ","))
		default:
			if fault != "" {
				w.WriteHeader(http.StatusBadRequest)
			}
			fmt.Fprintf(w, `{"__type":"com.amazonaws.sqs#%s"}`, fault)
		}
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SQS": server.URL, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
}

// A replay says what the queue did not hand over, and is not done then, and what it did not take
// back.
func TestReplaySaysWhatIsHidden(t *testing.T) {
	const again = "if another reader does not see to the others, replay again in 10 minutes"
	const stuck = "2 messages could not be given back at once; the queue shows what it hides again after 10 minutes"
	both := []string{"a", "b"}
	for _, test := range []struct {
		name            string
		waiting, hidden int
		fault           string
		bodies, args    []string
		code            int
		want            string // in standard error; nothing is written there without it
	}{
		{"as many as it said", 2, 0, "", both, nil, 0, ""},
		{"more than it said", 1, 0, "", both, nil, 0, ""},
		{"nothing of three", 3, 0, "", nil, nil, 1, "the queue held about 3 messages, 0 of them hidden, and handed over 0; " + again},
		{"nothing, since all is hidden", 0, 3, "", nil, nil, 1, "the queue held about 3 messages, 3 of them hidden, and handed over 0; " + again},
		{"two of three", 2, 1, "", both, nil, 1, "the queue held about 3 messages, 1 of them hidden, and handed over 2; " + again},
		{"no more asked for", 3, 0, "", both, []string{"--limit", "2"}, 0, ""},
		{"cannot be given back", 2, 0, "AccessDeniedException", both, nil, 0, stuck},
		{"given back already", 2, 0, "MessageNotInflight", both, nil, 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			deadLetterQueue(t, test.waiting, test.hidden, test.fault, test.bodies...)
			code, stdout, stderr := tocsin(t, "", nil, append([]string{"replay", "--queue-url", "https://sqs.example/1/q", "--dry-run"}, test.args...)...)
			if code != test.code || !strings.Contains(stderr, test.want) || (stderr == "") != (test.want == "") {
				t.Errorf("exit code %d, want %d, and %q\n%s%s", code, test.code, test.want, stdout, stderr)
			}
		})
	}
}

// What is wrong with a queue, its URL or the settings of AWS is sent apart, also when nothing else
// is wrong.
func TestReplayOfNoQueue(t *testing.T) {
	const noURL = "tocsin: --queue-url: is not the URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/111122223333/dead-letters\n" +
		"Run 'tocsin replay --help' for how it is used.\n"
	const noCredentials = "tocsin: the queue of --queue-url: no AWS credentials that can be used; see AWS_PROFILE, and log in again where its login has ended\n"
	const nobody = "127.0.0.1:1" // a port that no test is given
	for name, test := range map[string]struct {
		url, region, key string
		code             int
		want             string
	}{
		"no URL":         {"notaurl", "eu-west-1", "x", 2, noURL},
		"no path":        {"https://" + nobody, "eu-west-1", "x", 2, noURL},
		"nobody listens": {"http://" + nobody + "/1/q", "eu-west-1", "x", 1, "tocsin: the queue of --queue-url: no answer from SQS: dial tcp " + nobody + ": connect: connection refused\n"},
		"no region":      {"http://" + nobody + "/1/q", "", "x", 1, "tocsin: the queue of --queue-url: no region is set; use AWS_REGION\n"},
		"no credentials": {"http://" + nobody + "/1/q", "eu-west-1", "", 1, noCredentials},
	} {
		t.Run(name, func(t *testing.T) {
			settings := map[string]string{
				"AWS_ACCESS_KEY_ID": test.key, "AWS_SECRET_ACCESS_KEY": test.key, "AWS_REGION": test.region, "AWS_DEFAULT_REGION": "", "AWS_PROFILE": "",
				"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
			}
			code, stdout, stderr := tocsin(t, "", settings, "replay", "--queue-url", test.url, "--dry-run")
			if code != test.code || stderr != test.want {
				t.Errorf("exit code %d, want %d and %s\n%s%s", code, test.code, test.want, stdout, stderr)
			}
		})
	}
}
