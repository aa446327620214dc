package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

// emulator is fauxqs, which speaks the protocols of SNS and SQS, and dynalite, which speaks
// DynamoDB's.
type emulator struct {
	process *exec.Cmd
	stdin   io.Closer
	// url is the address of SNS and SQS, tables that of DynamoDB.
	url, tables string
}

// startEmulator installs the emulator where it is not yet, and starts it.
func startEmulator() (*emulator, error) {
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, fmt.Errorf("%s is not installed; these tests need Node 20 or newer", tool)
		}
	}
	if !isInstalled() {
		install := exec.Command("npm", "ci", "--no-progress")
		if output, err := install.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("npm ci: %w\n%s", err, output)
		}
	}
	process := exec.Command("node", "emulator.mjs")
	process.Stderr = os.Stderr
	stdin, err := process.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(stdout)
	var addresses []string
	for len(addresses) < 2 && lines.Scan() {
		addresses = append(addresses, strings.TrimSpace(lines.Text()))
	}
	if len(addresses) < 2 {
		return nil, errors.New("they did not say their addresses")
	}
	return &emulator{process: process, stdin: stdin, url: addresses[0], tables: addresses[1]}, nil
}

// isInstalled reports whether every package that package.json names is there.
func isInstalled() bool {
	var wanted struct{ Dependencies map[string]string }
	text, err := os.ReadFile("package.json")
	if err != nil || json.Unmarshal(text, &wanted) != nil {
		return false
	}
	for name := range wanted.Dependencies {
		if _, err := os.Stat(filepath.Join("node_modules", name, "package.json")); err != nil {
			return false
		}
	}
	return true
}

func (e *emulator) stop() {
	_ = e.stdin.Close() // which ends it
	_ = e.process.Wait()
}

// topic is an SNS topic with a queue that has subscribed to it.
type topic struct {
	arn   string
	queue string
}

// newTopic makes a topic of its own for the test.
func newTopic(t *testing.T, name string) *topic {
	t.Helper()
	client := sns.New(sns.Options{
		Region: "us-east-1", BaseEndpoint: &shared.emulator.url,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: accessSecret}, nil
		}),
	})
	var attributes map[string]string
	if strings.HasSuffix(name, ".fifo") {
		attributes = map[string]string{"FifoTopic": "true"}
	}
	made, err := client.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: &name, Attributes: attributes})
	if err != nil {
		t.Fatal(err)
	}
	var queue struct{ QueueURL string }
	sqs(t, "CreateQueue", map[string]any{"QueueName": name, "Attributes": attributesOfQueue(name)}, &queue)
	var of struct{ Attributes map[string]string }
	sqs(t, "GetQueueAttributes", map[string]any{"QueueUrl": queue.QueueURL, "AttributeNames": []string{"QueueArn"}}, &of)
	_, err = client.Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: made.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(of.Attributes["QueueArn"]),
	})
	if err != nil {
		t.Fatal(err)
	}
	return &topic{arn: *made.TopicArn, queue: queue.QueueURL}
}

func attributesOfQueue(name string) map[string]string {
	if strings.HasSuffix(name, ".fifo") {
		return map[string]string{"FifoQueue": "true"}
	}
	return map[string]string{}
}

// sqs calls SQS in its JSON protocol.
func sqs(t *testing.T, action string, input, output any) {
	t.Helper()
	text := awsJSON(t, shared.emulator.url+"/", "AmazonSQS."+action, input)
	if output != nil && text != "" {
		if err := json.Unmarshal([]byte(text), output); err != nil {
			t.Fatalf("%s: %v", action, err)
		}
	}
}

// awsJSON calls a service in AWS's JSON protocol and gives the answer.
func awsJSON(t *testing.T, url, target string, input any) string {
	t.Helper()
	body, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set("X-Amz-Target", target)
	request.Header.Set("X-Amz-Date", "20260101T000000Z")
	service := "sqs"
	switch {
	case strings.HasPrefix(target, "DynamoDB"):
		service = "dynamodb"
	case strings.HasPrefix(target, "AWSEvents"):
		service = "events"
	}
	request.Header.Set("Authorization",
		"AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v: %s", target, answer.StatusCode, err, text)
	}
	return string(text)
}

// queued is a message of a queue.
type queued struct {
	Body, ReceiptHandle string
	MessageAttributes   map[string]struct{ StringValue string }
}

func (q queued) attribute(name string) string { return q.MessageAttributes[name].StringValue }

// received takes everything out of a queue.
func received(t *testing.T, queueURL string) []queued {
	t.Helper()
	var all []queued
	for {
		var batch struct{ Messages []queued }
		sqs(t, "ReceiveMessage", map[string]any{
			"QueueUrl": queueURL, "MaxNumberOfMessages": 10, "MessageAttributeNames": []string{"All"},
		}, &batch)
		if len(batch.Messages) == 0 {
			return all
		}
		for _, message := range batch.Messages {
			all = append(all, message)
			sqs(t, "DeleteMessage", map[string]any{"QueueUrl": queueURL, "ReceiptHandle": message.ReceiptHandle}, nil)
		}
	}
}

// published is a message of a topic as a subscriber gets it.
type published struct {
	Subject, Message  string
	MessageAttributes map[string]struct{ Type, Value string }
}

// received takes everything out of the topic's queue.
func (tp *topic) received(t *testing.T) []published {
	t.Helper()
	var all []published
	for _, message := range received(t, tp.queue) {
		var p published
		if err := json.Unmarshal([]byte(message.Body), &p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// newSlack starts a webhook; a message that it refuses fails the test.
func newSlack(t *testing.T) *slacktest.Server {
	t.Helper()
	server := slacktest.New(t)
	t.Cleanup(func() {
		for _, err := range server.Refused() {
			t.Errorf("Slack would refuse a message: %v", err)
		}
	})
	return server
}

// both are the settings for a webhook and a topic.
func both(slack *slacktest.Server, tp *topic) map[string]string {
	return map[string]string{
		"SINKS": "slack,sns", "SLACK_WEBHOOK_URL": slack.URL(), "SNS_TOPIC_ARN": tp.arn,
		"AWS_ENDPOINT_URL_SNS": shared.emulator.url,
	}
}
