package deployed

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// mapping is how Lambda feeds a function from a queue.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html
type mapping struct {
	UUID, State, EventSourceArn, FunctionArn string
	FunctionResponseTypes                    []string
}

// check says what a mapping is like.
func (m mapping) check() notify.Check {
	const what = "mapping"
	switch {
	case m.State != "Enabled" && m.State != "Enabling" && m.State != "Updating" && m.State != "Creating":
		return fault(what, fmt.Sprintf("it is %s, so that findings wait in the queue and are deleted in the end; aws lambda update-event-source-mapping "+
			"--enabled --uuid %s", m.State, m.UUID))
	case !slices.Contains(m.FunctionResponseTypes, "ReportBatchItemFailures"):
		return fault(what, "it lacks ReportBatchItemFailures, so that findings which are not sent count as sent; aws lambda update-event-source-mapping "+
			"--function-response-types ReportBatchItemFailures --uuid "+m.UUID)
	}
	return ok(what, "it is "+m.State+", and reports single failures")
}

// readMapping reads a mapping.
func readMapping(ctx context.Context, uuid string) notify.Check {
	var m mapping
	if err := (action{service: lambda(), name: "GetEventSourceMapping"}.get(ctx, "/2015-03-31/event-source-mappings/"+url.PathEscape(uuid), &m)); err != nil {
		return missing("mapping", err, "there is no such mapping: nothing takes findings out of the queue")
	}
	return m.check()
}

// mappingsOf reads the mappings of a queue.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html
func mappingsOf(ctx context.Context, queue string) []notify.Check {
	var of struct{ EventSourceMappings []mapping }
	path := "/2015-03-31/event-source-mappings?EventSourceArn=" + url.QueryEscape(queue)
	if err := (action{lambda(), "ListEventSourceMappings", regionOf(queue)}.get(ctx, path, &of)); err != nil {
		return []notify.Check{missing("mapping", err, "there is no such mapping")}
	}
	var all []notify.Check
	for _, m := range of.EventSourceMappings {
		all = append(all, m.check())
	}
	if len(all) == 0 {
		return []notify.Check{fault("mapping", "there is none: nothing takes findings out of the queue; aws lambda create-event-source-mapping "+
			"--function-response-types ReportBatchItemFailures --event-source-arn "+queue+" --function-name NAME")}
	}
	return all
}

// regionOf returns the region in an ARN.
func regionOf(arn string) string {
	if parts := strings.Split(arn, ":"); len(parts) > 3 {
		return parts[3]
	}
	return ""
}

// function is what Lambda says of one.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
type function struct {
	State, LastUpdateStatus string
	Environment             struct {
		Variables map[string]string
		Error     *struct{ ErrorCode string }
	}
}

func readFunction(ctx context.Context, name string) (function, error) {
	var f function
	err := action{service: lambda(), name: "GetFunctionConfiguration"}.get(ctx, "/2015-03-31/functions/"+url.PathEscape(name)+"/configuration", &f)
	return f, err
}

// check says what a function is like. One that was idle for weeks is made ready by the next finding.
// https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
func (f function) check(what string, err error) notify.Check {
	switch {
	case err != nil && what == buttons:
		return missing(what, err, "there is no such function: nothing answers them; deploy again")
	case err != nil:
		return missing(what, err, "there is no such function: nobody is sent anything")
	case f.State == "Failed" || f.LastUpdateStatus == "Failed":
		return fault(what, fmt.Sprintf("its state is %s, its last update %s; deploy it again", f.State, f.LastUpdateStatus))
	}
	return ok(what, "it is "+f.State)
}

// buttons is what is said of the function that answers them.
const buttons = "buttons"

// checkButtons says what the function is like that answers buttons, and whether everybody may call it by its URL: that
// takes two rights, and without either Slack is answered 403.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
func checkButtons(ctx context.Context, name string) notify.Check {
	f, err := readFunction(ctx, name)
	state := f.check(buttons, err)
	if state.State != notify.OK {
		return state
	}
	var of struct{ Policy string }
	if err := (action{service: lambda(), name: "GetPolicy"}.get(ctx, "/2015-03-31/functions/"+url.PathEscape(name)+"/policy", &of)); err != nil {
		return missing(buttons, err, "nobody may call the function, so that Slack is answered 403; deploy again")
	}
	for _, right := range []string{"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"} {
		if !strings.Contains(of.Policy, `"`+right+`"`) {
			return fault(buttons, "the function's policy lacks "+right+" by its URL, so that Slack is answered 403; deploy again")
		}
	}
	return state
}
