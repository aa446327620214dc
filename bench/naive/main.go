// Command naive is what Tocsin is measured against: the same SDK, one post to Slack, one message to
// SNS, and none of Tocsin's features. It is written as a good engineer writes such a function in an
// hour.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

type event struct {
	Detail struct {
		Title, Description string
		Severity           float64
		Service            struct{ EventFirstSeen string }
	}
}

func main() {
	settings, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	topic, hook := os.Getenv("SNS_TOPIC_ARN"), os.Getenv("SLACK_WEBHOOK_URL")
	publisher, client := sns.NewFromConfig(settings), &http.Client{Timeout: 10 * time.Second}
	lambda.Start(func(ctx context.Context, e event) error {
		if e.Detail.Severity < 4 {
			return nil
		}
		text := fmt.Sprintf("*%s*\n%s\nSeverity: %v\nFirst seen: %s",
			e.Detail.Title, e.Detail.Description, e.Detail.Severity, e.Detail.Service.EventFirstSeen)
		body, err := json.Marshal(map[string]string{"text": text, "username": "GuardDuty"})
		if err != nil {
			return err
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, hook, bytes.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/json")
		answer, err := client.Do(request)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		_, _ = io.Copy(io.Discard, answer.Body) // so that the connection is kept
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("slack: %s", answer.Status)
		}
		subject := "GuardDuty Alarm"
		_, err = publisher.Publish(ctx, &sns.PublishInput{TopicArn: &topic, Subject: &subject, Message: &text})
		return err
	})
}
