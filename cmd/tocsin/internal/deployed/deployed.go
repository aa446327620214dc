// Package deployed looks at what AWS has of a deployment: the rules, the queues, the mapping, the
// function and the table, and whether each of them does its part. It changes nothing.
package deployed

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/awssend"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// service is an AWS service and how it is asked.
type service struct {
	awssend.Service
	// target is what the header X-Amz-Target begins with, and kind the media type, of the services that
	// take JSON.
	target, kind string
	// rights is what its actions begin with in a policy.
	rights string
}

func eventBridge() service {
	return service{
		awssend.Service{Name: "EventBridge", SDK: "EventBridge", Host: "events", Signing: "events", IsValidated: true},
		"AWSEvents.", "application/x-amz-json-1.1", "events:",
	}
}

func dynamoDB() service {
	return service{
		awssend.Service{Name: "DynamoDB", SDK: "DynamoDB", Host: "dynamodb", Signing: "dynamodb", IsValidated: true},
		"DynamoDB_20120810.", "application/x-amz-json-1.0", "dynamodb:",
	}
}

func sqs() service {
	return service{
		awssend.Service{Name: "SQS", SDK: "SQS", Host: "sqs", Signing: "sqs", IsValidated: true},
		"AmazonSQS.", "application/x-amz-json-1.0", "sqs:",
	}
}

func lambda() service {
	return service{awssend.Service{Name: "Lambda", SDK: "Lambda", Host: "lambda", Signing: "lambda"}, "", "", "lambda:"}
}

func scheduler() service {
	return service{awssend.Service{Name: "EventBridge Scheduler", SDK: "Scheduler", Host: "scheduler", Signing: "scheduler"}, "", "", "scheduler:"}
}

func cloudFormation() service {
	return service{awssend.Service{Name: "CloudFormation", SDK: "CloudFormation", Host: "cloudformation", Signing: "cloudformation"}, "", "", "cloudformation:"}
}

// action is a call that changes nothing.
type action struct {
	service

	name string
	// region is where it is made; empty stands for that of the environment.
	region string
}

// right is what a policy calls it.
func (a action) right() string { return a.rights + a.name }

// call makes a call of a service that takes JSON, and reads the answer into output.
func (a action) call(ctx context.Context, input, output any) error {
	body, err := json.Marshal(input)
	if err != nil {
		return &refusal{action: a.right(), reason: err}
	}
	return a.ask(ctx, output, func(client *awssend.Client) (awssend.Answer, error) {
		header := map[string][]string{"X-Amz-Target": {a.target + a.name}, "Content-Type": {a.kind}}
		return client.Post(ctx, "/", header, body)
	})
}

// get reads what is at a path of a service into output.
func (a action) get(ctx context.Context, path string, output any) error {
	return a.ask(ctx, output, func(client *awssend.Client) (awssend.Answer, error) { return client.Get(ctx, path) })
}

// query makes a call of a service that takes a form, and reads the answer, which is XML, into output.
func (a action) query(ctx context.Context, form url.Values, output any) error {
	form.Set("Action", a.name)
	return a.ask(ctx, asXML{output}, func(client *awssend.Client) (awssend.Answer, error) {
		header := map[string][]string{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}
		return client.Post(ctx, "/", header, []byte(form.Encode()))
	})
}

// asXML is an output that is read as XML.
type asXML struct{ output any }

func (a action) ask(ctx context.Context, output any, send func(*awssend.Client) (awssend.Answer, error)) error {
	client, err := awssend.New(ctx, a.Service, awscall.Client{Region: a.region, Retries: awscall.OverDeadConnections})
	var answer awssend.Answer
	if err == nil {
		answer, err = send(client)
	}
	failed := &refusal{action: a.right(), code: answer.Code, status: answer.Status, reason: shown(ctx, a.service, err)}
	switch asXML, isXML := output.(asXML); {
	case err != nil || answer.Status/100 != 2:
		return failed
	case isXML && xml.Unmarshal(answer.Body, asXML.output) != nil, !isXML && json.Unmarshal(answer.Body, output) != nil:
		failed.reason = fmt.Errorf("the answer is not that of %s; see that the endpoint is", a.Name)
		return failed
	}
	return nil
}

// shown returns why there is no answer, without what may show a part of the request.
func shown(ctx context.Context, s service, err error) error {
	if sent, isSent := errors.AsType[*awssend.SendError](err); isSent {
		return awscall.Explain(ctx, s.Name, sent)
	}
	return err
}

// refusal is why a call has no result.
type refusal struct {
	action string // as a policy names it
	code   string
	status int
	reason error // why there is no answer that could be read; nil for a refusal of the service's
}

// Error says it in words that can be shown.
func (r *refusal) Error() string {
	switch {
	case r.reason != nil:
		return r.action + ": " + r.reason.Error()
	case awssend.IsDenied(r.code):
		return fmt.Sprintf("%s: whoever runs this needs the right %s", r.code, r.action)
	case r.code != "":
		return fmt.Sprintf("%s: %s (status %d)", r.action, r.code, r.status)
	}
	return fmt.Sprintf("%s: status %d", r.action, r.status)
}

// Unwrap returns why there is no answer.
func (r *refusal) Unwrap() error { return r.reason }

// isMissing reports whether an error says that there is no such thing.
func isMissing(err error) bool {
	r, ok := err.(*refusal) //nolint:errorlint // it is never wrapped
	if !ok || r.reason != nil {
		return false
	}
	code := r.code[strings.LastIndex(r.code, ".")+1:]
	if strings.HasPrefix(r.action, "cloudformation:") { // which has no code of its own for it
		return code == "ValidationError"
	}
	return code == "ResourceNotFoundException" || code == "NonExistentQueue" || code == "QueueDoesNotExist"
}

// missing says that there is no such thing; what else keeps it from being looked at shows nothing of it.
func missing(what string, err error, says string) notify.Check {
	if isMissing(err) {
		return notify.Check{What: what, State: notify.Fault, Says: says}
	}
	return notify.Check{What: what, State: notify.Unknown, Says: err.Error()}
}

func ok(what, says string) notify.Check {
	return notify.Check{What: what, State: notify.OK, Says: says}
}

func fault(what, says string) notify.Check {
	return notify.Check{What: what, State: notify.Fault, Says: says}
}

func warning(what, says string) notify.Check {
	return notify.Check{What: what, State: notify.Warning, Says: says}
}
