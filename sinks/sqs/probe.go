//go:build !lambda.norpc

package sqs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/awssend"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
	"github.com/tocsin-sec/tocsin/sinks/internal/probe"
)

// Probe reads the queue's attributes.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
func (s *Sink) Probe(ctx context.Context) []notify.Check {
	const what = "queue"
	at, err := Config{QueueURL: s.queue, Shared: Shared{AwsEndpointURL: s.queue}}.place()
	if err != nil {
		return []notify.Check{probe.Fault(what, err.Error())}
	}
	service := awssend.Service{Name: "SQS", SDK: "SQS", Host: "sqs", Signing: "sqs"}
	if endpoint, isOwn, err := at.Endpoint(nil); err == nil && isOwn {
		service.Endpoint = *endpoint
	}
	client, err := awssend.New(ctx, service, at.Region)
	if err != nil {
		return []notify.Check{probe.Failed(what, err)}
	}
	body, _ := json.Marshal(map[string]any{"QueueUrl": s.queue, "AttributeNames": []string{"QueueArn"}}) // texts have a JSON form
	header := http.Header{"X-Amz-Target": {"AmazonSQS.GetQueueAttributes"}, "Content-Type": {"application/x-amz-json-1.0"}}
	answer, err := client.Post(ctx, "/", header, body)
	if err == nil && answer.Status/100 != 2 {
		if err = byCode(answer.Code, fmt.Errorf("%s (status %d)", answer.Code, answer.Status), answer.Delay()); err == nil {
			err = httpsend.Fault(answer.Response)
		}
	}
	var of struct{ Attributes struct{ QueueArn string } }
	switch {
	case err != nil:
		return []notify.Check{probe.Refused(what, "sqs:GetQueueAttributes", answer.Code, err)}
	case json.Unmarshal(answer.Body, &of) != nil || !strings.HasPrefix(of.Attributes.QueueArn, "arn:"):
		return []notify.Check{probe.Failed(what, notify.PermanentSink(errors.New("the answer is not that of SQS (see that the endpoint is that of SQS)")))}
	}
	return []notify.Check{probe.OK(what, "it is there")}
}
