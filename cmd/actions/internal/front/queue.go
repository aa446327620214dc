package front

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/awssend"
	"github.com/tocsin-sec/tocsin/pkg/jsonwrite"
	"github.com/tocsin-sec/tocsin/pkg/queueurl"
)

// queue is where the function that sends findings takes its work from. The requests are made by hand: SQS's own
// client would cost each cold start its initialisation, for one call.
type queue struct {
	client *awssend.Client
	url    string
}

// newQueue returns the queue of a URL. It makes no request.
func newQueue(ctx context.Context, at string) (*queue, error) {
	place, err := queueurl.Parse(at)
	if err != nil {
		return nil, err
	}
	service := awssend.Service{Name: "SQS", SDK: "SQS", Host: "sqs", Signing: "sqs", IsValidated: true}
	// A URL of plain http at another machine is none to ask: an emulator's endpoint stands in AWS_ENDPOINT_URL_SQS.
	if own, isOwn, err := place.Endpoint(nil); err == nil && isOwn {
		service.Endpoint = *own
	}
	client, err := awssend.New(ctx, service, awscall.Client{Region: place.Region, Retries: awscall.OverDeadConnections})
	if err != nil {
		return nil, err
	}
	return &queue{client, at}, nil
}

// put puts a request on the queue. It returns nil once SQS has it.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
func (q *queue) put(ctx context.Context, r action.Request) error {
	record, err := r.Record()
	if err != nil {
		return err
	}
	in := jsonwrite.New(len(q.url) + 2*len(record))
	in.Text("QueueUrl", q.url)
	in.Text("MessageBody", string(record))
	body, err := in.JSON()
	if err != nil {
		return fmt.Errorf("the request has no JSON form: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, callPatience)
	defer cancel()
	header := map[string][]string{"Content-Type": {"application/x-amz-json-1.0"}, "X-Amz-Target": {"AmazonSQS.SendMessage"}}
	answer, err := q.client.Post(ctx, "/", header, body)
	if err != nil {
		return awscall.Explain(ctx, "SQS", err)
	}
	var said struct{ MessageId string } //nolint:revive,staticcheck // SQS spells it so
	if answer.Status/100 != 2 {
		return awscall.Explain(ctx, "SQS", awssend.RefusalError{Status: answer.Status, Code: answer.Code})
	}
	if json.Unmarshal(answer.Body, &said) != nil || said.MessageId == "" {
		return errors.New("SQS gave no proof that it has the message")
	}
	return nil
}

// checkQueue says what is wrong with the URL of a queue, and shows nothing of it.
func checkQueue(text string) error {
	if u, err := url.Parse(text); text == "" || err != nil || u.Host == "" {
		return errors.New("is not the URL of the queue that findings come by, such as https://sqs.eu-west-1.amazonaws.com/111122223333/tocsin")
	}
	_, err := queueurl.Parse(text)
	return err
}
