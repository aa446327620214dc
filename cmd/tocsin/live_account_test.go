package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/awssend/awssendtest"
	"github.com/tocsin-sec/tocsin/sinks/ses/sestest"
)

// fakeAccount is the services of an account on one socket, as far as a check asks them. Each checks the
// signature.
type fakeAccount struct {
	server *httptest.Server

	mu        sync.Mutex
	variables map[string]string // of the function
	secrets   map[string]string
	broken    map[string]bool
	refused   map[string]string // codes by calls
	asked     map[string]bool   // the rights to what was called
}

func newFakeAccount(t *testing.T) *fakeAccount {
	t.Helper()
	a := &fakeAccount{secrets: map[string]string{}, broken: map[string]bool{}, refused: map[string]string{}, asked: map[string]bool{}}
	a.server = httptest.NewServer(a)
	t.Cleanup(a.server.Close)
	return a
}

func (a *fakeAccount) url() string   { return a.server.URL }
func (a *fakeAccount) topic() string { return "arn:aws:sns:eu-west-1:111122223333:alerts" }

func (a *fakeAccount) secret(name, value string) string {
	a.secrets[name] = value
	return "arn:aws:secretsmanager:eu-west-1:111122223333:secret:" + name + "-AbCdEf"
}

func (a *fakeAccount) deploy(variables map[string]string) {
	variables["LEDGER"], variables["LEDGER_TABLE"] = "dynamodb", "ledger"
	variables["DEAD_LETTER_QUEUE_URL"] = a.url() + "/111122223333/dead-letters"
	a.variables = variables
}

// refuse lets a call be refused with a code.
func (a *fakeAccount) refuse(call, code string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refused[call] = code
}

func (a *fakeAccount) faults() map[string]func(bool) {
	all := map[string]func(bool){}
	for _, name := range []string{
		"secret: ACCOUNT_NAMES", "sink topic: subscriptions", "stack: table", "stack: expiry", "stack: dead letters", "stack: mapping", "stack: rule findings",
		"stack: rule untargeted", "stack: queue", "stack: redrive", "stack: buttons",
	} {
		all[name] = func(isBroken bool) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.broken[name] = isBroken
		}
	}
	return all
}

// ServeHTTP answers a call as its service does.
func (a *fakeAccount) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	a.mu.Lock()
	defer a.mu.Unlock()
	scope := strings.Split(r.Header.Get("Authorization"), "/")
	call := r.Header.Get("X-Amz-Target")
	form, _ := url.ParseQuery(string(body))
	switch {
	case call == "" && r.Method == http.MethodGet:
		call = "GET " + r.URL.Path
	case call == "":
		call = form.Get("Action")
	}
	var err error
	if len(scope) > 3 {
		err = awssendtest.Check(r, awssendtest.Key{ID: sestest.KeyID, Secret: sestest.Secret, Region: "eu-west-1", Service: scope[3]})
	}
	if len(scope) > 3 {
		a.asked[rightTo(call, scope[3])] = true
	}
	code := a.refused[call]
	if err != nil || len(scope) < 4 {
		code = "InvalidSignatureException"
	}
	isXML := form.Get("Action") != ""
	switch {
	case code != "" && isXML:
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `<ErrorResponse><Error><Code>%s</Code><Message>s3cr3t</Message></Error></ErrorResponse>`, code)
	case code != "":
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"__type":%q,"message":"s3cr3t"}`, code)
	case isXML:
		_, _ = io.WriteString(w, a.answerForm(form))
	default:
		var input map[string]any
		_ = json.Unmarshal(body, &input)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(a.answer(call, input))
	}
}

// rightTo returns what a policy calls a call of a service.
func rightTo(call, service string) string {
	for path, action := range map[string]string{
		"GET /2015-03-31/functions/tocsin/configuration": "GetFunctionConfiguration", "GET /2015-03-31/event-source-mappings": "ListEventSourceMappings",
		"GET /2015-03-31/functions/buttons/configuration": "GetFunctionConfiguration", "GET /2015-03-31/functions/buttons/policy": "GetPolicy",
		"GET /schedules/weekly": "GetSchedule",
		"GET /2015-03-31/event-source-mappings/7f000000-0000-4000-8000-000000000000": "GetEventSourceMapping",
	} {
		if call == path {
			call = action
		}
	}
	return service + ":" + call[strings.LastIndex(call, ".")+1:]
}

const findingsARN = "arn:aws:sqs:eu-west-1:111122223333:findings"

// answer answers a call whose answer is JSON.
func (a *fakeAccount) answer(call string, input map[string]any) any {
	type object = map[string]any
	mapping := object{
		"UUID": "7f000000-0000-4000-8000-000000000000", "State": "Enabled", "FunctionResponseTypes": []string{"ReportBatchItemFailures"},
		"EventSourceArn": findingsARN,
	}
	if a.broken["stack: mapping"] {
		mapping["State"] = "Disabled"
	}
	switch call {
	case "secretsmanager.GetSecretValue":
		name := strings.TrimSuffix(strings.Split(fmt.Sprint(input["SecretId"]), ":secret:")[1], "-AbCdEf")
		if name == "tocsin/accounts" && a.broken["secret: ACCOUNT_NAMES"] {
			return object{"SecretString": `{"other":"x"}`}
		}
		return object{"SecretString": a.secrets[name]}
	case "DynamoDB_20120810.DescribeTable":
		keys := []object{{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}}
		if a.broken["stack: table"] {
			keys = keys[:1]
		}
		return object{"Table": object{"TableStatus": "ACTIVE", "KeySchema": keys}}
	case "DynamoDB_20120810.DescribeTimeToLive":
		if a.broken["stack: expiry"] {
			return object{"TimeToLiveDescription": object{"TimeToLiveStatus": "DISABLED"}}
		}
		return object{"TimeToLiveDescription": object{"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}}
	case "AmazonSQS.GetQueueAttributes":
		return object{"Attributes": a.queue(fmt.Sprint(input["QueueUrl"]))}
	case "AWSEvents.DescribeRule":
		if input["Name"] == "findings" && a.broken["stack: rule findings"] {
			return object{"State": "DISABLED"}
		}
		return object{"State": "ENABLED"}
	case "AWSEvents.ListTargetsByRule":
		if input["Rule"] == "untargeted" && a.broken["stack: rule untargeted"] {
			return object{"Targets": []object{}}
		}
		return object{"Targets": []object{{"Id": "1", "Arn": findingsARN}}}
	case "AWSEvents.ListRuleNamesByTarget":
		return object{"RuleNames": []string{"findings", "untargeted"}}
	case "AWSEvents.DescribeEventBus":
		return object{"Arn": "arn:aws:events:eu-west-1:111122223333:event-bus/" + fmt.Sprint(input["Name"])}
	case "GET /2015-03-31/functions/tocsin/configuration":
		return object{"State": "Active", "LastUpdateStatus": "Successful", "Environment": object{"Variables": a.variables}}
	case "GET /2015-03-31/functions/buttons/configuration":
		return object{"State": "Active", "LastUpdateStatus": "Successful"}
	case "GET /2015-03-31/functions/buttons/policy":
		rights := `{"Action":"lambda:InvokeFunctionUrl"}`
		if !a.broken["stack: buttons"] {
			rights += `,{"Action":"lambda:InvokeFunction"}`
		}
		return object{"Policy": `{"Statement":[` + rights + `]}`}
	case "GET /2015-03-31/event-source-mappings/7f000000-0000-4000-8000-000000000000":
		return mapping
	case "GET /schedules/weekly":
		return object{"State": "ENABLED"}
	case "GET /2015-03-31/event-source-mappings":
		return object{"EventSourceMappings": []object{mapping}}
	}
	return object{}
}

func (a *fakeAccount) queue(queueURL string) map[string]string {
	attributes := map[string]string{
		"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "0", "ApproximateNumberOfMessagesDelayed": "0",
		"QueueArn": "arn:aws:sqs:eu-west-1:111122223333:dead-letters",
	}
	if strings.HasSuffix(queueURL, "/dead-letters") {
		if a.broken["stack: dead letters"] {
			attributes["ApproximateNumberOfMessages"] = "3"
		}
		return attributes
	}
	attributes["QueueArn"] = findingsARN
	if !a.broken["stack: queue"] {
		attributes["Policy"] = `{"Statement":[{"Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage"}]}`
	}
	if !a.broken["stack: redrive"] {
		attributes["RedrivePolicy"] = `{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:111122223333:dead-letters","maxReceiveCount":200}`
	}
	return attributes
}

// answerForm answers a call whose answer is XML.
func (a *fakeAccount) answerForm(form url.Values) string {
	result := ""
	switch form.Get("Action") {
	case "GetTopicAttributes":
		result = "<Attributes><entry><key>TopicArn</key><value>" + a.topic() + "</value></entry></Attributes>"
	case "ListSubscriptionsByTopic":
		arn := a.topic() + ":6f2c1b7e-0000-4000-8000-000000000000"
		if a.broken["sink topic: subscriptions"] {
			arn = "PendingConfirmation"
		}
		result = "<Subscriptions><member><SubscriptionArn>" + arn + "</SubscriptionArn></member></Subscriptions>"
	case "DescribeStacks":
		result = "<Stacks><member><StackStatus>UPDATE_COMPLETE</StackStatus></member></Stacks>"
	case "ListStackResources":
		list := ""
		for logical, r := range map[string][2]string{
			"TocsinQueue": {"AWS::SQS::Queue", a.url() + "/111122223333/findings"}, "TocsinDeadLetters": {"AWS::SQS::Queue", a.url() + "/111122223333/dead-letters"},
			"TocsinLedger": {"AWS::DynamoDB::Table", "ledger"}, "TocsinFunction": {"AWS::Lambda::Function", "tocsin"},
			"TocsinActionsFunction": {"AWS::Lambda::Function", "buttons"},
			"TocsinMapping":         {"AWS::Lambda::EventSourceMapping", "7f000000-0000-4000-8000-000000000000"},
			"TocsinRule":            {"AWS::Events::Rule", "findings"}, "TocsinHubRule": {"AWS::Events::Rule", "hub|untargeted"}, "TocsinHubBus": {"AWS::Events::EventBus", "hub"},
			"TocsinWeekly": {"AWS::Scheduler::Schedule", "weekly"}, "TocsinRole": {"AWS::IAM::Role", "role"},
		} {
			list += fmt.Sprintf("<member><LogicalResourceId>%s1A2B3C4D</LogicalResourceId><PhysicalResourceId>%s</PhysicalResourceId><ResourceType>%s</ResourceType></member>",
				logical, r[1], r[0])
		}
		result = "<StackResourceSummaries>" + list + "</StackResourceSummaries>"
	}
	action := form.Get("Action")
	return "<" + action + "Response><" + action + "Result>" + result + "</" + action + "Result></" + action + "Response>"
}
