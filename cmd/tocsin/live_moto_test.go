package main

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/test/moto"
)

// motoAccount is an account of moto, in which a stack is made and broken by the calls of AWS.
type motoAccount struct {
	t    *testing.T
	base string

	alerts, subscription string
	accounts             string // the secret with the names of accounts
	mapping              string
}

const motoNumber = "123456789012"

func TestLiveOnMoto(t *testing.T) {
	m := &motoAccount{t: t, base: moto.Start(t)}
	m.alerts = between(m.form("sns", url.Values{"Action": {"CreateTopic"}, "Name": {"alerts"}}), "<TopicArn>", "</TopicArn>")
	m.subscribe()
	testLive(t, newDeployment(t, m))
}

func (m *motoAccount) url() string   { return m.base }
func (m *motoAccount) topic() string { return m.alerts }

// ask makes a call, by the name that signatures have for the service.
func (m *motoAccount) ask(request *http.Request, service string) []byte {
	m.t.Helper()
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=A/20260101/eu-west-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	response, err := http.DefaultClient.Do(request.WithContext(m.t.Context()))
	if err != nil {
		m.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode/100 != 2 {
		m.t.Fatalf("%s: status %d, %v: %.500s", service, response.StatusCode, err, body)
	}
	return body
}

func (m *motoAccount) request(method, path, body string) *http.Request {
	m.t.Helper()
	request, err := http.NewRequestWithContext(m.t.Context(), method, m.base+path, strings.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}
	return request
}

func (m *motoAccount) form(service string, form url.Values) string {
	m.t.Helper()
	request := m.request(http.MethodPost, "/", form.Encode())
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return string(m.ask(request, service))
}

// call makes a call of a service that takes JSON; target is that of its header.
func (m *motoAccount) call(service, target string, input map[string]any) map[string]any {
	m.t.Helper()
	body, err := json.Marshal(input)
	if err != nil {
		m.t.Fatal(err)
	}
	request := m.request(http.MethodPost, "/", string(body))
	request.Header.Set("X-Amz-Target", target)
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	var output map[string]any
	_ = json.Unmarshal(m.ask(request, service), &output) // some say nothing
	return output
}

func between(text, from, to string) string {
	_, text, _ = strings.Cut(text, from)
	text, _, _ = strings.Cut(text, to)
	return text
}

func (m *motoAccount) subscribe() {
	m.t.Helper()
	answer := m.form("sns", url.Values{
		"Action": {"Subscribe"}, "TopicArn": {m.alerts}, "Protocol": {"sqs"}, "Endpoint": {"arn:aws:sqs:eu-west-1:" + motoNumber + ":readers"},
	})
	m.subscription = between(answer, "<SubscriptionArn>", "</SubscriptionArn>")
}

func (m *motoAccount) secret(name, value string) string {
	made := m.call("secretsmanager", "secretsmanager.CreateSecret", map[string]any{"Name": name, "SecretString": value})
	arn, _ := made["ARN"].(string)
	if name == "tocsin/accounts" {
		m.accounts = arn
	}
	return arn
}

// queueURL is the URL of a queue of the stack.
func (m *motoAccount) queueURL(name string) string { return m.base + "/" + motoNumber + "/" + name }

func (m *motoAccount) deploy(variables map[string]string) {
	m.t.Helper()
	variables["LEDGER"], variables["LEDGER_TABLE"] = "dynamodb", "ledger"
	variables["DEAD_LETTER_QUEUE_URL"] = m.queueURL("dead-letters")
	type object = map[string]any
	ref := func(name string) object { return object{"Ref": name} }
	arn := func(name string) object { return object{"Fn::GetAtt": []string{name, "Arn"}} }
	of := func(kind string, properties object) object { return object{"Type": kind, "Properties": properties} }
	template, err := json.Marshal(object{"Resources": object{
		"DeadLetters": of("AWS::SQS::Queue", object{"QueueName": "dead-letters"}),
		"Queue": of("AWS::SQS::Queue", object{
			"QueueName": "findings", "RedrivePolicy": object{"deadLetterTargetArn": arn("DeadLetters"), "maxReceiveCount": 200},
		}),
		"Ledger": of("AWS::DynamoDB::Table", object{
			"TableName": "ledger", "BillingMode": "PAY_PER_REQUEST",
			"AttributeDefinitions": []object{{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}},
			"KeySchema":            []object{{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}},
		}),
		"Role": of("AWS::IAM::Role", object{"RoleName": "tocsin", "AssumeRolePolicyDocument": object{"Version": "2012-10-17", "Statement": []object{{
			"Effect": "Allow", "Principal": object{"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole",
		}}}}),
		"Function": of("AWS::Lambda::Function", object{
			"FunctionName": "tocsin", "Runtime": "python3.12", "Handler": "index.handler", "Role": arn("Role"),
			"Code": object{"ZipFile": "def handler(*_): pass"}, "Environment": object{"Variables": variables},
		}),
		"Mapping": of("AWS::Lambda::EventSourceMapping", object{
			"FunctionName": ref("Function"), "EventSourceArn": arn("Queue"), "Enabled": true, "FunctionResponseTypes": []string{"ReportBatchItemFailures"},
		}),
		"Rule": of("AWS::Events::Rule", object{
			"Name": "findings", "State": "ENABLED", "EventPattern": object{"source": []string{"aws.guardduty"}},
			"Targets": []object{{"Id": "findings", "Arn": arn("Queue")}},
		}),
	}})
	if err != nil {
		m.t.Fatal(err)
	}
	m.form("cloudformation", url.Values{"Action": {"CreateStack"}, "StackName": {"Tocsin"}, "TemplateBody": {string(template)}, "Version": {"2010-05-15"}})
	// moto leaves out of a template how a table expires, and who may send to a queue.
	m.faults()["stack: expiry"](false)
	m.call("sqs", "AmazonSQS.SetQueueAttributes", map[string]any{"QueueUrl": m.queueURL("findings"), "Attributes": map[string]string{
		"Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*"}]}`,
	}})
	resources := m.form("cloudformation", url.Values{"Action": {"DescribeStackResource"}, "StackName": {"Tocsin"}, "LogicalResourceId": {"Mapping"}})
	var found struct {
		ID string `xml:"DescribeStackResourceResult>StackResourceDetail>PhysicalResourceId"`
	}
	if err := xml.Unmarshal([]byte(resources), &found); err != nil || found.ID == "" {
		m.t.Fatalf("%v: %s", err, resources)
	}
	m.mapping = found.ID
}

func (m *motoAccount) faults() map[string]func(bool) {
	choose := func(isFirst bool, first, second any) any {
		if isFirst {
			return first
		}
		return second
	}
	return map[string]func(bool){
		"secret: ACCOUNT_NAMES": func(isBroken bool) {
			m.call("secretsmanager", "secretsmanager.PutSecretValue", map[string]any{
				"SecretId": m.accounts, "SecretString": choose(isBroken, `{"other":"x"}`, `{"names":"{\"111122223333\":\"prod\"}"}`),
			})
		},
		"sink topic: subscriptions": func(isBroken bool) {
			if !isBroken {
				m.subscribe()
				return
			}
			m.form("sns", url.Values{"Action": {"Unsubscribe"}, "SubscriptionArn": {m.subscription}})
		},
		"stack: expiry": func(isBroken bool) {
			m.call("dynamodb", "DynamoDB_20120810.UpdateTimeToLive", map[string]any{
				"TableName": "ledger", "TimeToLiveSpecification": map[string]any{"AttributeName": "expires", "Enabled": !isBroken},
			})
		},
		"stack: mapping": func(isBroken bool) {
			body, _ := json.Marshal(map[string]any{"Enabled": !isBroken})
			m.ask(m.request(http.MethodPut, "/2015-03-31/event-source-mappings/"+m.mapping, string(body)), "lambda")
		},
		"stack: rule findings": func(isBroken bool) {
			action, _ := choose(isBroken, "AWSEvents.DisableRule", "AWSEvents.EnableRule").(string)
			m.call("events", action, map[string]any{"Name": "findings"})
		},
		"stack: dead letters": func(isBroken bool) {
			url := m.queueURL("dead-letters")
			if !isBroken {
				m.call("sqs", "AmazonSQS.PurgeQueue", map[string]any{"QueueUrl": url})
				return
			}
			m.call("sqs", "AmazonSQS.SendMessage", map[string]any{"QueueUrl": url, "MessageBody": "x"})
		},
	}
}
