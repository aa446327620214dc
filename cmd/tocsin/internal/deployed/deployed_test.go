package deployed_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/deployed"
	"github.com/tocsin-sec/tocsin/pkg/awssend/awssendtest"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// aws starts services that answer each call as given, and lets the environment lead to them. What begins
// with "!" is the code of a refusal; a call without an answer is one that the service does not know.
func aws(t *testing.T, answers map[string]string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		_, call, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		switch {
		case call == "" && r.Method == http.MethodGet:
			call = strings.TrimPrefix(r.URL.Path, "/2015-03-31")
			if group := r.URL.Query().Get("groupName"); group != "" {
				call += " of " + group
			}
		case call == "":
			call = form.Get("Action")
		}
		answer, isKnown := answers[call]
		code, isRefused := strings.CutPrefix(answer, "!")
		switch {
		case !isKnown:
			w.WriteHeader(http.StatusTeapot)
		case isRefused && form.Has("Action"):
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, "<ErrorResponse><Error><Code>%s</Code></Error></ErrorResponse>", code)
		case isRefused:
			w.Header().Set("X-Amzn-Errortype", code)
			w.WriteHeader(http.StatusBadRequest)
		default:
			_, _ = io.WriteString(w, answer)
		}
	}))
	t.Cleanup(server.Close)
	awssendtest.Environment(t, map[string]string{"AWS_ENDPOINT_URL": server.URL})
}

const (
	goodTable = `{"Table":{"TableStatus":"ACTIVE","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]}}`
	goodTTL   = `{"TimeToLiveDescription":{"TimeToLiveStatus":"ENABLED","AttributeName":"expires"}}`
	goodQueue = `{"Attributes":{"QueueArn":"arn:aws:sqs:eu-west-1:111122223333:q","Policy":"events.amazonaws.com",` +
		`"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:eu-west-1:111122223333:dead\"}"}}`
	goodMapping = `{"UUID":"u","State":"Enabled","FunctionResponseTypes":["ReportBatchItemFailures"]}`
	goodPolicy  = `{"Policy":"{\"Statement\":[{\"Action\":\"lambda:InvokeFunctionUrl\"},{\"Action\":\"lambda:InvokeFunction\"}]}"}`
	queueURL    = "https://sqs.eu-west-1.amazonaws.com/111122223333/q"
)

// good is what a deployment without a fault answers; each case changes some of it.
func good() map[string]string {
	return map[string]string{
		"DescribeTable": goodTable, "DescribeTimeToLive": goodTTL, "GetQueueAttributes": goodQueue, "ListRuleNamesByTarget": `{"RuleNames":["r"]}`,
		"DescribeRule": `{"State":"ENABLED"}`, "ListTargetsByRule": `{"Targets":[{"Arn":"arn:aws:sqs:eu-west-1:111122223333:q"}]}`,
		"/event-source-mappings/": `{"EventSourceMappings":[` + goodMapping + `]}`, "/event-source-mappings": `{"EventSourceMappings":[` + goodMapping + `]}`,
		"/event-source-mappings/u": goodMapping, "/functions/f/configuration": `{"State":"Active","Environment":{"Variables":{"SINKS":"console"}}}`,
		"DescribeEventBus": `{"Arn":"arn"}`,
		"DescribeStacks":   stacks("CREATE_COMPLETE"),
		"ListStackResources": resources("Queue:SQS::Queue:" + queueURL + " Ledger:DynamoDB::Table:t ActionsF:Lambda::Function:front F:Lambda::Function:f M:Lambda::EventSourceMapping:u R:Events::Rule:r B:Events::EventBus:hub " +
			"G:Scheduler::ScheduleGroup:tocsin S:Scheduler::Schedule:weekly"),
		"/schedules/weekly of tocsin":    `{"State":"ENABLED"}`,
		"/functions/front/configuration": `{"State":"Active","Environment":{"Variables":{"SINKS":"chat"}}}`, "/functions/front/policy": goodPolicy,
	}
}

func stacks(status string) string {
	return "<R><DescribeStacksResult><Stacks><member><StackStatus>" + status + "</StackStatus></member></Stacks></DescribeStacksResult></R>"
}

func resources(all string) string {
	list := ""
	for _, one := range strings.Fields(all) {
		logical, rest, _ := strings.Cut(one, ":")
		service, rest, _ := strings.Cut(rest, "::")
		kind, physical, _ := strings.Cut(rest, ":")
		list += "<member><LogicalResourceId>" + logical + "</LogicalResourceId><PhysicalResourceId>" + physical +
			"</PhysicalResourceId><ResourceType>AWS::" + service + "::" + kind + "</ResourceType></member>"
	}
	return "<R><ListStackResourcesResult><StackResourceSummaries>" + list + "</StackResourceSummaries></ListStackResourcesResult></R>"
}

// stack looks at everything in a stack.
func stack(ctx context.Context) (all []notify.Check) {
	s, err := deployed.ReadStack(ctx, "T")
	for _, look := range s.Looks(err) {
		all = append(all, look(ctx)...)
	}
	return all
}

// Each thing that is wrong is said, with what to do; all the rest is as it should be.
func TestLooks(t *testing.T) {
	table := func(ctx context.Context) []notify.Check { return deployed.Table(ctx, "t") }
	queue := func(ctx context.Context) []notify.Check { return deployed.Queue(ctx, queueURL) }
	letters := func(ctx context.Context) []notify.Check { return deployed.DeadLetters(ctx, queueURL) }
	for _, test := range []struct {
		look         func(context.Context) []notify.Check
		call, answer string
		want         string // "what: state: a part of what is said"; empty where all is well
	}{
		{table, "", "", ""}, {queue, "", "", ""}, {letters, "", "", ""}, {stack, "", "", ""},
		{table, "DescribeTable", "!ResourceNotFoundException", "table: fault: no table t"},
		{table, "DescribeTable", "!AccessDeniedException", "table: not known: needs the right dynamodb:DescribeTable"},
		{table, "DescribeTable", "<html>", "table: not known: not that of DynamoDB"},
		{table, "DescribeTable", strings.Replace(goodTable, "ACTIVE", "DELETING", 1), "table: fault: it is DELETING"},
		{table, "DescribeTable", strings.Replace(goodTable, `"sk"`, `"other"`, 1), "table: fault: its keys"},
		{table, "DescribeTimeToLive", strings.Replace(goodTTL, "expires", "other", 1), "expiry: fault: never expire"},
		{table, "DescribeTimeToLive", strings.Replace(goodTTL, "ENABLED", "DISABLED", 1), "expiry: fault: never expire"},
		{table, "DescribeTimeToLive", "!ThrottlingException", "expiry: not known: ThrottlingException"},
		{letters, "GetQueueAttributes", "!QueueDoesNotExist", "dead letters: fault: no such queue"},
		{letters, "GetQueueAttributes", `{"Attributes":{"ApproximateNumberOfMessages":"1","ApproximateNumberOfMessagesNotVisible":"2"}}`, "dead letters: fault: about 3; tocsin replay"},
		{queue, "GetQueueAttributes", "!QueueDoesNotExist", "queue: fault: no such queue"},
		{queue, "GetQueueAttributes", strings.Replace(goodQueue, "events.amazonaws.com", "", 1), "queue: fault: does not let EventBridge send"},
		{queue, "GetQueueAttributes", strings.Replace(goodQueue, "RedrivePolicy", "Other", 1), "redrive: fault: no redrive policy"},
		{queue, "ListRuleNamesByTarget", `{"RuleNames":[]}`, "rules: warning: no rule"},
		{queue, "ListRuleNamesByTarget", "!AccessDeniedException", "rules: not known: needs the right events:ListRuleNamesByTarget"},
		{queue, "DescribeRule", `{"State":"DISABLED"}`, "rule r: fault: it is DISABLED"},
		{queue, "/event-source-mappings", `{"EventSourceMappings":[]}`, "mapping: fault: there is none"},
		{queue, "/event-source-mappings", `{"EventSourceMappings":[{"State":"Enabled"}]}`, "mapping: fault: lacks ReportBatchItemFailures"},
		{queue, "/event-source-mappings", "!AccessDeniedException", "mapping: not known: needs the right lambda:ListEventSourceMappings"},
		{stack, "DescribeStacks", "!ValidationError", "stack T: fault: no such stack"},
		{stack, "ListStackResources", "!AccessDenied", "stack T: not known: needs the right cloudformation:ListStackResources"},
		{stack, "DescribeStacks", stacks("UPDATE_ROLLBACK_FAILED"), "stack T: fault: UPDATE_ROLLBACK_FAILED"},
		{stack, "DescribeStacks", stacks("UPDATE_ROLLBACK_COMPLETE"), "stack T: warning: has failed"},
		{stack, "DescribeStacks", stacks("UPDATE_IN_PROGRESS"), "stack T: warning: may soon be otherwise"},
		{stack, "ListTargetsByRule", `{"Targets":[{"Arn":"arn:aws:sqs:eu-west-1:111122223333:another"}]}`, "rule r: fault: no target in the stack"},
		{stack, "DescribeRule", "!ResourceNotFoundException", "rule r: fault: no such rule"},
		{stack, "ListTargetsByRule", `{"Targets":[]}`, "rule r: fault: no target in the stack"},
		{stack, "DescribeRule", `{"State":"DISABLED","ScheduleExpression":"rate(1 day)"}`, "rule r: fault: it is DISABLED"},
		{stack, "/schedules/weekly of tocsin", `{"State":"DISABLED"}`, "schedule weekly: fault: it is DISABLED"},
		{stack, "/schedules/weekly of tocsin", "!ResourceNotFoundException", "schedule weekly: fault: no such schedule"},
		{stack, "DescribeEventBus", "!ResourceNotFoundException", "bus hub: fault: no such bus"},
		{stack, "/functions/f/configuration", "!ResourceNotFoundException", "function: fault: no such function"},
		{stack, "/functions/f/configuration", `{"State":"Active","LastUpdateStatus":"Failed"}`, "function: fault: its last update Failed"},
		{stack, "/functions/front/configuration", "!ResourceNotFoundException", "buttons: fault: nothing answers them"},
		{stack, "/functions/front/configuration", `{"State":"Failed"}`, "buttons: fault: its state is Failed"},
		{stack, "/functions/front/policy", "!ResourceNotFoundException", "buttons: fault: nobody may call the function"},
		{stack, "/functions/front/policy", "!AccessDeniedException", "buttons: not known: needs the right lambda:GetPolicy"},
		{stack, "/functions/front/policy", strings.Replace(goodPolicy, "lambda:InvokeFunctionUrl", "x", 1), "buttons: fault: lacks lambda:InvokeFunctionUrl"},
		{stack, "/functions/front/policy", strings.Replace(goodPolicy, `lambda:InvokeFunction\"`, `x\"`, 1), "buttons: fault: lacks lambda:InvokeFunction by"},
		{stack, "/event-source-mappings/u", strings.Replace(goodMapping, "Enabled", "Disabled", 1), "mapping: fault: it is Disabled"},
		{stack, "GetQueueAttributes", strings.Replace(goodQueue, "events.amazonaws.com", "", 1), "queue: fault: does not let EventBridge send"},
	} {
		answers := good()
		if test.call != "" {
			answers[test.call] = test.answer
		}
		aws(t, answers)
		var got []string
		for _, check := range test.look(t.Context()) {
			if check.State != notify.OK {
				got = append(got, fmt.Sprintf("%s: %s: %s", check.What, check.State, check.Says))
			}
		}
		what, says, _ := strings.Cut(test.want, ": ")
		state, says, _ := strings.Cut(says, ": ")
		isRight := len(got) == 0
		if test.want != "" {
			isRight = len(got) == 1 && strings.HasPrefix(got[0], what+": "+state+": ") && strings.Contains(got[0], says)
		}
		if !isRight {
			t.Errorf("%s %.40s: got %q, want %q", test.call, test.answer, got, test.want)
		}
	}
}

// A rule that comes by the clock may send elsewhere.
func TestRuleByTheClock(t *testing.T) {
	answers := good()
	answers["DescribeRule"] = `{"State":"ENABLED","ScheduleExpression":"rate(1 day)"}`
	answers["ListTargetsByRule"] = `{"Targets":[{"Arn":"arn:aws:events:eu-west-1:111122223333:event-bus/default"}]}`
	aws(t, answers)
	for _, check := range stack(t.Context()) {
		if check.State != notify.OK {
			t.Errorf("got %+v", check)
		}
	}
}

// A stack lacks what was never made; that of a member account has no more than rules.
func TestStackWithoutAPart(t *testing.T) {
	for all, want := range map[string]string{
		"R:Events::Rule:r DeadLettersA1:SQS::Queue:" + queueURL:                                                                 "",
		"DeadLettersA1:SQS::Queue:" + queueURL:                                                                                  "it has no rule",
		"R:Events::Rule:r Q:SQS::Queue:" + queueURL + " F:Lambda::Function:f M:Lambda::EventSourceMapping:u":                    "it has no table",
		"R:Events::Rule:r Q:SQS::Queue:" + queueURL + " F:Lambda::Function:f M:Lambda::EventSourceMapping: T:DynamoDB::Table:t": "it has no mapping",
		"R:Events::Rule:r F:Lambda::Function:f M:Lambda::EventSourceMapping:u T:DynamoDB::Table:t":                              "it has no queue",
		"R:Events::Rule:r Q:SQS::Queue:" + queueURL + " M:Lambda::EventSourceMapping:u T:DynamoDB::Table:t":                     "it has no function",
	} {
		answers := good()
		answers["ListStackResources"] = resources(all)
		aws(t, answers)
		found := ""
		for _, check := range stack(t.Context()) {
			if check.State != notify.OK {
				found += check.Says
			}
		}
		if !strings.HasPrefix(found, want) || want == "" && found != "" {
			t.Errorf("%s: got %q, want %q", all, found, want)
		}
	}
}

func TestVariables(t *testing.T) {
	for answer, want := range map[string]string{
		`{"State":"Active","Environment":{"Variables":{"SINKS":"console"}}}`:      "map[SINKS:console] <nil>",
		`{"State":"Active","Environment":{"Error":{"ErrorCode":"AccessDenied"}}}`: "map[] the function's variables cannot be read: whoever runs this needs kms:Decrypt on their key",
		"!AccessDeniedException": "map[] AccessDeniedException: whoever runs this needs the right lambda:GetFunctionConfiguration",
	} {
		answers := good()
		answers["/functions/f/configuration"] = answer
		aws(t, answers)
		s, err := deployed.ReadStack(t.Context(), "T")
		if err != nil {
			t.Fatal(err)
		}
		variables, err := s.Variables(t.Context())
		if got := fmt.Sprint(maps.Clone(variables), " ", err); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Without an answer nothing is known, and what is said shows no more than the address.
func TestNoAnswer(t *testing.T) {
	awssendtest.Environment(t, map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1/s3cr3t"})
	for _, check := range append(deployed.Table(t.Context(), "t"), deployed.Queue(t.Context(), queueURL)...) {
		if check.State != notify.Unknown || !strings.Contains(check.Says, "no answer from") || strings.Contains(check.Says, "s3cr3t") {
			t.Errorf("got %+v", check)
		}
	}
	awssendtest.Environment(t, map[string]string{"AWS_ENDPOINT_URL": "", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
	if check := deployed.Table(t.Context(), "t")[0]; check.State != notify.Unknown || !strings.Contains(check.Says, "no AWS credentials that can be used") {
		t.Errorf("got %+v", check)
	}
}
