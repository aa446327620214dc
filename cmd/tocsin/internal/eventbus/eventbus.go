// Package eventbus puts events on a bus of EventBridge.
//
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
package eventbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/awssend"
)

// Event is what is put on a bus.
type Event struct{ Source, DetailType, Detail string }

// Bus is a bus. Its zero value is none.
type Bus struct{ name, region string }

// Parse reads the name of a bus, which is then one of the environment's region, or an ARN.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html
func Parse(text string) (Bus, error) {
	const name = `[/.\-_A-Za-z0-9]{1,256}`
	arn := regexp.MustCompile(`^arn:aws[a-z-]*:events:([a-z]+(?:-[a-z]+)+-[0-9]+):[0-9]{12}:event-bus/` + name + `$`)
	if found := arn.FindStringSubmatch(text); found != nil {
		return Bus{text, found[1]}, nil
	}
	if regexp.MustCompile(`^` + name + `$`).MatchString(text) {
		return Bus{text, ""}, nil
	}
	return Bus{}, errors.New("is neither the name of an EventBridge bus, such as default, nor its ARN")
}

// The calls, by the rights that they need.
const (
	describeEventBus = "DescribeEventBus"
	putEvents        = "PutEvents"
)

// Put puts an event on a bus, and returns the id that EventBridge gives to it. It sees that the bus is there
// first: an event for one that is not is taken all the same, and lost. The error says what to do.
func (b Bus) Put(ctx context.Context, e Event) (id string, err error) {
	service := awssend.Service{Name: "EventBridge", SDK: "EventBridge", Host: "events", Signing: "events", IsValidated: true}
	client, err := awssend.New(ctx, service, awscall.Client{Region: b.region})
	if err != nil {
		return "", err
	}
	c := caller{client}
	var bus struct{ Arn string }
	if err := c.call(ctx, describeEventBus, map[string]string{"Name": b.name}, &bus); err != nil {
		return "", err
	}
	var answer struct {
		Entries []struct {
			EventID   string `json:"EventId"`
			ErrorCode string
		}
	}
	entry := map[string]string{"Source": e.Source, "DetailType": e.DetailType, "Detail": e.Detail, "EventBusName": bus.Arn}
	if err := c.call(ctx, putEvents, map[string]any{"Entries": []any{entry}}, &answer); err != nil {
		return "", err
	}
	switch {
	case bus.Arn == "" || len(answer.Entries) != 1:
		return "", errors.New("the answer is not EventBridge's; see AWS_ENDPOINT_URL_EVENTBRIDGE")
	case answer.Entries[0].ErrorCode != "":
		return "", fault(ctx, putEvents, awssend.RefusalError{Code: answer.Entries[0].ErrorCode})
	case answer.Entries[0].EventID == "":
		return "", errors.New("EventBridge gave no proof that it has the event")
	}
	return answer.Entries[0].EventID, nil
}

// caller makes calls of the API.
type caller struct{ client *awssend.Client }

// call makes a call, and reads an answer of 2xx into output.
func (c caller) call(ctx context.Context, name string, input, output any) error {
	body, err := json.Marshal(input)
	if err != nil {
		return fmt.Errorf("%s: the request has no JSON form: %w", name, err)
	}
	header := map[string][]string{"X-Amz-Target": {"AWSEvents." + name}, "Content-Type": {"application/x-amz-json-1.1"}}
	answer, err := c.client.Post(ctx, "/", header, body)
	switch {
	case err != nil:
		return fault(ctx, name, err)
	case answer.Status/100 != 2:
		return fault(ctx, name, awssend.RefusalError{Status: answer.Status, Code: answer.Code})
	case json.Unmarshal(answer.Body, output) != nil:
		return errors.New("the answer is not EventBridge's; see AWS_ENDPOINT_URL_EVENTBRIDGE")
	}
	return nil
}

// fault returns why a call failed, and what to do about the most likely refusals.
func fault(ctx context.Context, name string, err error) error {
	failed, isSaid := errors.AsType[*awscall.Error](err)
	if !isSaid {
		failed = awscall.Explain(ctx, "EventBridge", err)
	}
	remedies := map[string]string{
		"AccessDeniedException":           "; use credentials with events:DescribeEventBus and events:PutEvents",
		"ResourceNotFoundException":       "; there is no such bus in this account and region: see AWS_REGION",
		"NotAuthorizedForSourceException": "; the policy of the bus takes no events of the source tocsin",
	}
	return fmt.Errorf("%s: %w%s", name, failed, remedies[failed.Code])
}
