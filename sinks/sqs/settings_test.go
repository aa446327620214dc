package sqs_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/sinks/sqs"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

const queueURL = "https://sqs.eu-west-1.amazonaws.com/111122223333/alerts"

func TestMistakes(t *testing.T) {
	environment(t)
	for url, want := range map[string]string{
		"":                                      "QUEUE_URL: is not set",
		"alerts":                                "QUEUE_URL: is not the URL",
		"ftp://sqs.eu-west-1.amazonaws.com/1/q": "QUEUE_URL: is not the URL",
		"https://s3cr3t@sqs.eu-west-1.amazonaws.com/1/q":                              "QUEUE_URL: is not the URL",
		"https://sqs.eu-west-1.amazonaws.com":                                         "QUEUE_URL: is not the URL",
		"https://sqs.eu-west-1.amazonaws.com/s3cr3t":                                  "QUEUE_URL: does not end with an account",
		"https://sqs.eu-west-1.amazonaws.com/1/s3cr3t/x":                              "QUEUE_URL: does not end with an account",
		"https://sqs.eu-west-1.amazonaws.com/1/q?x=s3cr3t":                            "QUEUE_URL: does not end with an account",
		"arn:aws:sqs:eu-west-1:111122223333:s3cr3t":                                   "QUEUE_URL: is an ARN; give the URL",
		"https://sqs.eu-west-1.amazonaws.com/111122223333/*":                          "QUEUE_URL: does not end with an account",
		"https://sqs.eu-west-1.amazonaws.com/*/s3cr3t":                                "QUEUE_URL: does not end with an account",
		"https://sqs.eu-west-1.amazonaws.com/s3cr3t/q":                                "QUEUE_URL: does not end with an account",
		"https://sqs.eu-west-1.amazonaws.com/111122223333/a%2Ab":                      "QUEUE_URL: does not end with an account",
		"https://sqs.eu-west-1.amazonaws.com/111122223333/q.s3cr3t":                   "QUEUE_URL: does not end with an account",
		"https://vpce-1-a.sqs.us-east-2.vpce.amazonaws.com/111122223333/?":            "QUEUE_URL: does not end with an account",
		"https://sqs.eu-west-1.amazonaws.com/111122223333/" + strings.Repeat("q", 81): "QUEUE_URL: does not end with an account",
		"https://sqs.eu-west-1.amazonaws.com/111122223333/.fifo":                      "QUEUE_URL: does not end with an account",
		"http://sqs.eu-west-1.amazonaws.com/111122223333/s3":                          "QUEUE_URL: must begin with https://",
	} {
		c := sqs.Config{QueueURL: url}
		_, err := sqs.New(t.Context(), "sqs", c, formatter.Style{})
		for _, err := range []error{err, c.Check(t.Context(), "sqs")} {
			if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("%q: got %v, want %q", url, err, want)
			}
		}
	}
	t.Setenv("AWS_REGION", "")
	c := sqs.Config{QueueURL: "http://127.0.0.1:1/111122223333/q"}
	if _, err := sqs.New(t.Context(), "sqs", c, formatter.Style{}); err == nil || !strings.HasPrefix(err.Error(), "QUEUE_URL: names no region") {
		t.Errorf("got %v", err)
	}
	t.Setenv("AWS_ENDPOINT_URL_SQS", "s3cr3t")
	_, err := sqs.New(t.Context(), "sqs", sqs.Config{QueueURL: queueURL}, formatter.Style{})
	if err == nil || !strings.HasPrefix(err.Error(), "QUEUE_URL: AWS_ENDPOINT_URL_SQS or AWS_ENDPOINT_URL is not") || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("got %v", err)
	}
}

// What Tocsin itself takes findings from is no place to send them to, by whatever name of its host.
func TestOwnDeadLetters(t *testing.T) {
	for own, isLoop := range map[string]bool{
		queueURL: true,
		"https://eu-west-1.queue.amazonaws.com/111122223333/alerts":    true,
		"https://sqs-fips.eu-west-1.amazonaws.com/111122223333/alerts": true,
		"https://sqs.eu-west-2.amazonaws.com/111122223333/alerts":      false,
		"https://sqs.eu-west-1.amazonaws.com/111122223333/dead":        false,
		"https://sqs.eu-west-1.amazonaws.com/444455556666/alerts":      false,
		"": false, "no URL": false,
	} {
		var c sqs.Config
		settings := config.Texts(map[string]string{"SQS_QUEUE_URL": queueURL, "DEAD_LETTER_QUEUE_URL": own})
		if err := settings.Decode("sqs", &c); err != nil {
			t.Fatal(err)
		}
		if err := settings.Decode("", c.Unprefixed()); err != nil {
			t.Fatal(err)
		}
		err := c.Check(t.Context(), "sqs")
		if (err != nil) != isLoop || isLoop && !strings.HasPrefix(err.Error(), "QUEUE_URL: is Tocsin's own dead-letter queue") {
			t.Errorf("%q: got %v", own, err)
		}
	}
}

// An emulator's queues can have URLs that nobody asks: it has an endpoint.
func TestPlainURLBehindAnEndpoint(t *testing.T) {
	const url = "http://sqs.us-east-1.localhost:4566/000000000000/alerts"
	for variable, isTaken := range map[string]bool{"AWS_ENDPOINT_URL_SQS": true, "AWS_ENDPOINT_URL": true, "AWS_ENDPOINT_URL_SNS": false} {
		var c sqs.Config
		settings := config.Texts(map[string]string{"SQS_QUEUE_URL": url, variable: "http://127.0.0.1:4566"})
		if err := errors.Join(settings.Decode("sqs", &c), settings.Decode("", c.Unprefixed())); err != nil {
			t.Fatal(err)
		}
		if err := c.Check(t.Context(), "sqs"); (err == nil) != isTaken {
			t.Errorf("%s: got %v", variable, err)
		}
	}
}

// The right is to the one queue that the URL names, wherever the function is.
func TestGrant(t *testing.T) {
	home := traits.Home{Partition: "PARTITION", Region: "REGION", Account: "ACCOUNT"}
	grants := sqs.Traits().Grants
	if len(grants) != 1 || !cmp.Equal(grants[0].Actions, []string{"sqs:SendMessage"}) {
		t.Fatalf("got %v", grants)
	}
	for url, want := range map[string]string{
		queueURL: "arn:PARTITION:sqs:eu-west-1:111122223333:alerts",
		"https://queue.amazonaws.com/111122223333/alerts.fifo":                 "arn:PARTITION:sqs:us-east-1:111122223333:alerts.fifo",
		"https://vpce-1.sqs.ap-south-1.vpce.amazonaws.com/111122223333/alerts": "arn:PARTITION:sqs:ap-south-1:111122223333:alerts",
		"https://sqs.cn-north-1.amazonaws.com.cn/111122223333/alerts/":         "arn:PARTITION:sqs:cn-north-1:111122223333:alerts",
		"http://127.0.0.1:4566/000000000000/alerts":                            "arn:PARTITION:sqs:REGION:000000000000:alerts",
		"https://sqs.eu-west-1.amazonaws.com/111122223333/":                    "", "no URL": "", "": "",
	} {
		got := strings.Join(grants[0].Resources(func(string) string { return url }, home), " ")
		if got != want {
			t.Errorf("%q: got %q, want %q", url, got, want)
		}
	}
}
