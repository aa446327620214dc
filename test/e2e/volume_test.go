package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// vulnerability is an Inspector finding on the image that was pushed.
func vulnerability(number int) string {
	severity := "MEDIUM"
	if number%12 == 5 && number < 480 { // 40 in all
		severity = "CRITICAL"
	}
	const image = "sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"
	return fmt.Sprintf(`{"version":"0","id":"e%[1]d","source":"aws.inspector2","detail-type":"Inspector2 Finding","account":"111122223333","region":"eu-west-1",
		"time":"2026-03-16T08:00:00Z","detail":{"awsAccountId":"111122223333","findingArn":"arn:aws:inspector2:eu-west-1:111122223333:finding/%032[1]x",
		"type":"PACKAGE_VULNERABILITY","title":"CVE-2026-%04[1]d - zlib","description":"d","severity":%[2]q,"status":"ACTIVE","fixAvailable":"YES","exploitAvailable":"NO",
		"firstObservedAt":"Mon Mar 16 07:59:00.000 UTC 2026","updatedAt":"Mon Mar 16 07:59:00.000 UTC 2026",
		"packageVulnerabilityDetails":{"vulnerabilityId":"CVE-2026-%04[1]d","vulnerablePackages":[{"name":"zlib","version":"1.2.11","fixedInVersion":"1.2.13","packageManager":"OS"}]},
		"resources":[{"type":"AWS_ECR_CONTAINER_IMAGE","id":"arn:aws:ecr:eu-west-1:111122223333:repository/shop/api/%[3]s","region":"eu-west-1","partition":"aws",
		"details":{"awsEcrContainerImage":{"repositoryName":"shop/api","imageTags":["1.4.2"],"imageHash":%[3]q}}}]}}`, number, severity, image)
}

// An image is pushed that has 500 vulnerabilities, 40 of them critical. Three execution environments
// share the batches: people get the first critical one at once, and the others together.
func TestImagePush(t *testing.T) {
	const findings, most = 500, 3
	slack, tp := newSlack(t), newTopic(t, "push")
	variables, deadLetters := deployed(t, slack, tp, "push")
	variables["SINKS"], variables["DIGEST_EVERY"] = "slack", "10s"
	delete(variables, "SNS_TOPIC_ARN")
	var queue struct{ QueueURL string }
	sqs(t, "CreateQueue", map[string]any{"QueueName": "push-findings"}, &queue)
	variables["AWS_ENDPOINT_URL_SQS"] = sqsFront(t, queue.QueueURL)
	environments := []*function{start(t, variables), start(t, variables), start(t, variables)}
	for i := range findings {
		sqs(t, "SendMessage", map[string]any{"QueueUrl": queue.QueueURL, "MessageBody": vulnerability(i)}, nil)
	}
	began := time.Now()
	var first time.Duration
	for turn := 0; isLeft(t, queue.QueueURL); turn++ {
		if time.Since(began) > 3*time.Minute {
			t.Fatal("the push does not end")
		}
		environments[turn%3].poll(t, queue.QueueURL, "push-findings", 10)
		if first == 0 && len(slack.Messages()) > 0 {
			first = time.Duration(turn+1) * time.Second
		}
	}
	messages := slack.Messages()
	if len(messages) == 0 || len(messages) > most {
		t.Fatalf("%d messages, want 1 to %d: %s", len(messages), most, messages)
	}
	if text := string(messages[0]); !strings.Contains(text, "CRITICAL") || !strings.Contains(text, "CVE-2026-0005") {
		t.Errorf("the first critical finding did not go at once: %s", text)
	}
	if text := string(messages[len(messages)-1]); !strings.Contains(text, "shop/api:1.4.2") {
		t.Errorf("the digest does not name the image: %s", text)
	}
	if letters := received(t, deadLetters); len(letters) != 0 {
		t.Errorf("%d dead letters", len(letters))
	}
	t.Logf("%d findings, %d of them critical: %d messages, the first after batch %d", findings, 40, len(messages), first/time.Second)
}
