package queueurl_test

import (
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/queueurl"
)

func TestParse(t *testing.T) {
	type want struct {
		region, account, name string
		isAWS, isPlain        bool
	}
	for text, w := range map[string]want{
		"https://sqs.eu-west-1.amazonaws.com/111122223333/q":               {"eu-west-1", "111122223333", "q", true, false},
		"https://SQS.eu-west-1.amazonaws.com/111122223333/q.fifo/":         {"eu-west-1", "111122223333", "q.fifo", true, false},
		"https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q":           {"cn-north-1", "111122223333", "q", true, false},
		"https://eu-west-1.queue.amazonaws.com/111122223333/q":             {"eu-west-1", "111122223333", "q", true, false},
		"https://queue.amazonaws.com/111122223333/q":                       {"us-east-1", "111122223333", "q", true, false},
		"https://sqs-fips.us-gov-west-1.amazonaws.com/111122223333/q":      {"us-gov-west-1", "111122223333", "q", false, false},
		"https://vpce-1-a.sqs.us-east-2.vpce.amazonaws.com/111122223333/q": {"us-east-2", "111122223333", "q", false, false},
		"http://127.0.0.1:4566/000000000000/q":                             {"", "000000000000", "q", false, false},
		"http://sqs.us-east-1.localhost.example:4566/000000000000/q":       {"us-east-1", "000000000000", "q", false, true},
		"https://queues.example/q":                                         {"", "", "", false, false},
		"https://queues.example/a/b/c":                                     {"", "", "", false, false},
		"https://sqs.eu-west-1.amazonaws.com/111122223333/q?Action=x#y":    {"eu-west-1", "", "", true, false},
	} {
		place, err := queueurl.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		account, name, ok := place.Queue()
		if !ok {
			account, name = "", ""
		}
		if got := (want{place.Region, account, name, place.IsAWS, place.IsPlain()}); got != w {
			t.Errorf("%s: got %+v, want %+v", text, got, w)
		}
	}
	for _, text := range []string{"", "q", "https://", "ftp://sqs.eu-west-1.amazonaws.com/1/q", "https://u:p@sqs.eu-west-1.amazonaws.com/1/q", "https://x/"} {
		if _, err := queueurl.Parse(text); err == nil {
			t.Errorf("%q is taken for the URL of a queue", text)
		}
	}
}

// SQS is asked where the environment says, else where the SDK knows it, else at the queue's own host.
func TestEndpoint(t *testing.T) {
	given := "http://127.0.0.1:4566"
	for text, want := range map[string]string{
		"https://sqs.eu-west-1.amazonaws.com/1/q": "", "https://queues.example:444/1/q": "https://queues.example:444",
		"http://127.0.0.1:1/1/q": "http://127.0.0.1:1",
	} {
		place, err := queueurl.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, _, err := place.Endpoint(&given); err != nil || *got != given {
			t.Errorf("%s: the given endpoint does not stay (%v)", text, err)
		}
		got, isOwn, err := place.Endpoint(nil)
		if err != nil || isOwn != (want != "") || isOwn && *got != want {
			t.Errorf("%s: got %v, %v, want %q", text, got, err, want)
		}
	}
	place, err := queueurl.Parse("http://queues.example/1/q")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := place.Endpoint(nil); err == nil {
		t.Error("plain http goes to another machine")
	}
}
