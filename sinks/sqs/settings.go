package sqs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/queueurl"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// Config is what can be set; each field is a variable under the instance's prefix.
type Config struct {
	// QueueURL is the queue's URL; the region in it is used whatever the function's.
	QueueURL string `split_words:"true"`
	// Shared is read without the prefix, see Unprefixed.
	Shared Shared `ignored:"true"`
}

// Shared is what is said to all that deal with queues.
type Shared struct {
	// DeadLetterQueueURL is Tocsin's own queue for what could not be sent.
	DeadLetterQueueURL string `split_words:"true"`
	// AwsEndpointURLSqs and AwsEndpointURL say where SQS is asked in place of the queue's own host. Of
	// this spelling AWS_ENDPOINT_URL_SQS is made.
	AwsEndpointURLSqs string `split_words:"true"`
	AwsEndpointURL    string `split_words:"true"`
}

// Unprefixed returns the part of the configuration that is read without the instance's prefix.
func (c *Config) Unprefixed() any { return &c.Shared }

// Traits returns what the sink says of itself. Programs read what it sends, so that it needs no
// digests.
func Traits() traits.Traits {
	return traits.Traits{
		Concurrency:  callsAtOnce * maxTogether,
		Needs:        [][]string{{"QUEUE_URL"}},
		Placeholders: map[string]string{"QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/111122223333/preview"},
		Grants: []traits.Grant{{
			Name: "SendToQueues", Actions: []string{"sqs:SendMessage"}, Setting: "QUEUE_URL", Resources: queueARNs,
		}},
	}
}

// queueARNs returns the ARN of the queue that the URL names.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
func queueARNs(get func(setting string) string, at traits.Home) []string {
	place, err := Config{QueueURL: get("QUEUE_URL")}.place()
	if err != nil {
		return nil
	}
	account, name, _ := place.Queue()
	return []string{"arn:" + at.Partition + ":sqs:" + cmp.Or(place.Region, at.Region) + ":" + account + ":" + name}
}

// Check judges the settings as New does, without the AWS settings of this machine.
func (c Config) Check(context.Context, string) error {
	if _, err := c.place(); err != nil {
		return fmt.Errorf("QUEUE_URL: %w", err)
	}
	return nil
}

func (c Config) queueURL() string { return strings.TrimSpace(c.QueueURL) }

// place reads the queue's URL.
func (c Config) place() (queueurl.Place, error) {
	const example = "such as https://sqs.eu-west-1.amazonaws.com/111122223333/findings"
	url := c.queueURL()
	at, err := queueurl.Parse(url)
	switch {
	case url == "":
		return at, errors.New("is not set; give the URL of an SQS queue, " + example)
	case strings.HasPrefix(url, "arn:"):
		return at, errors.New("is an ARN; give the URL of the queue, " + example)
	case err != nil:
		return at, errors.New("is not the URL of an SQS queue, " + example)
	case at.IsPlain() && c.Shared.AwsEndpointURLSqs == "" && c.Shared.AwsEndpointURL == "":
		return at, errors.New("must begin with https:// (plain http:// is for this machine itself only, or for AWS_ENDPOINT_URL_SQS)")
	}
	account, name, ok := at.Queue()
	if !ok || !isAccount(account, at) || !isName(name) {
		return at, errors.New("does not end with an account and the name of a queue, " + example)
	}
	if own, err := queueurl.Parse(c.Shared.DeadLetterQueueURL); err == nil && own.Region == at.Region {
		if ownAccount, ownName, _ := own.Queue(); ownAccount == account && ownName == name {
			return at, errors.New("is Tocsin's own dead-letter queue, whose messages are findings to be sent again: " +
				"what is sent would come back without end; give another queue")
		}
	}
	return at, nil
}

// isAccount reports whether a text can be the account in a queue's URL, which emulators write in ways
// of their own. The right to send is to this account's queue, so that no pattern may stand there.
func isAccount(text string, at queueurl.Place) bool {
	const digits, length = "0123456789", 12
	if at.IsAWS {
		return len(text) == length && strings.Trim(text, digits) == ""
	}
	return isWord(text)
}

// isName reports whether a text can be the name of a queue.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
func isName(text string) bool {
	const longest = 80
	return len(text) <= longest && isWord(strings.TrimSuffix(text, ".fifo"))
}

func isWord(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		isLetter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !isLetter && r != '-' && r != '_'
	})
}
