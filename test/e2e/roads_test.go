package e2e_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// road is one way that a finding comes by.
type road struct {
	name  string
	event func(minute int) string
}

// roads returns the three ways of one GuardDuty finding: its own, and what Security Hub makes of it
// in either form.
func roads() []road {
	const (
		id  = "5c9f1e0d2b3a4c5d6e7f8091a2b3c4d5"
		arn = "arn:aws:guardduty:eu-west-1:111122223333:detector/d/finding/" + id
	)
	at := func(minute int) string { return fmt.Sprintf("2026-03-16T08:%02d:00.000Z", minute) }
	envelope := func(source, detailType string, minute int, detail any) string {
		event, err := json.Marshal(map[string]any{
			"version": "0", "id": detailType + at(minute), "source": source, "detail-type": detailType,
			"account": "999988887777", "region": "eu-west-1", "time": at(minute), "detail": detail,
		})
		if err != nil {
			panic(err)
		}
		return string(event)
	}
	return []road{
		{"native", func(minute int) string {
			return envelope("aws.guardduty", "GuardDuty Finding", minute, map[string]any{
				"id": id, "arn": arn, "accountId": "111122223333", "region": "eu-west-1", "partition": "aws", "severity": 8.5,
				"type": "UnauthorizedAccess:EC2/SSHBruteForce", "title": "A brute force", "updatedAt": at(minute), "createdAt": at(1),
				"resource": map[string]any{"resourceType": "Instance", "instanceDetails": map[string]any{"instanceId": "i-0a1b2c3d4e5f60718"}},
				"service":  map[string]any{"count": minute, "eventLastSeen": at(minute)},
			})
		}},
		{"ASFF", func(minute int) string {
			return envelope("aws.securityhub", "Security Hub Findings - Imported", minute, map[string]any{"findings": []any{map[string]any{
				"SchemaVersion": "2018-10-08", "Id": arn, "ProductArn": "arn:aws:securityhub:eu-west-1::product/aws/guardduty", "ProductName": "GuardDuty",
				"GeneratorId": "g", "AwsAccountId": "111122223333", "Region": "eu-west-1", "CreatedAt": at(1), "UpdatedAt": at(minute),
				"Types": []string{"TTPs/Initial Access/UnauthorizedAccess:EC2-SSHBruteForce"}, "Severity": map[string]any{"Label": "HIGH", "Normalized": 70},
				"Title": "A brute force", "Description": "d", "Workflow": map[string]any{"Status": "NEW"}, "RecordState": "ACTIVE",
				"Resources": []any{map[string]any{"Type": "AwsEc2Instance", "Id": "arn:aws:ec2:eu-west-1:111122223333:instance/i-0a1b2c3d4e5f60718"}},
			}}})
		}},
		{"OCSF", func(minute int) string { return envelopeOCSF(envelope, id, arn, minute, "Create") }},
	}
}

func envelopeOCSF(envelope func(string, string, int, any) string, id, arn string, minute int, activity string) string {
	at := fmt.Sprintf("2026-03-16T08:%02d:00.000Z", minute)
	return envelope("aws.securityhub", "Findings Imported V2", minute, map[string]any{"findings": []any{map[string]any{
		"class_uid": 2004, "class_name": "Detection Finding", "activity_name": activity, "status": "New", "status_id": 1,
		"activity_id": map[string]int{"Create": 1, "Update": 2, "Close": 3}[activity],
		"cloud":       map[string]any{"provider": "AWS", "region": "eu-west-1", "account": map[string]any{"uid": "111122223333", "name": "shop"}},
		"metadata": map[string]any{"uid": strings.Repeat("ab", 32), "version": "1.6.0", "product": map[string]any{
			"name": "GuardDuty", "uid": "arn:aws:securityhub:eu-west-1::productv2/aws/guardduty"}},
		"finding_info": map[string]any{
			"uid": arn, "uid_alt": id, "title": "A brute force", "types": []string{"Threats", "UnauthorizedAccess:EC2/SSHBruteForce"},
			"created_time_dt": "2026-03-16T08:01:00.000Z", "modified_time_dt": at,
		},
		"severity": "High", "severity_id": 4,
		"resources": []any{map[string]any{"type": "AWS::EC2::Instance", "uid": "arn:aws:ec2:eu-west-1:111122223333:instance/i-0a1b2c3d4e5f60718"}},
	}}})
}

// closed is the end of the finding, which Security Hub alone publishes.
func closed(minute int) string {
	event := roads()[2].event(minute)
	event = strings.Replace(event, `"activity_name":"Create"`, `"activity_name":"Close"`, 1)
	return strings.Replace(event, `"activity_id":1`, `"activity_id":3`, 1)
}

// One finding comes by three roads, in every order, to two execution environments that share a
// ledger: people get one message, hear when it is over, and when it begins anew.
func TestOneFindingSeveralRoads(t *testing.T) {
	const duplicate = `{"duplicate":1,"findings":1}`
	for i, order := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		var names []string
		for _, r := range order {
			names = append(names, roads()[r].name)
		}
		t.Run(strings.Join(names, ", "), func(t *testing.T) {
			slack, tp := newSlack(t), newTopic(t, fmt.Sprint("roads-", i))
			variables, _ := deployed(t, slack, tp, fmt.Sprint("roads-", i))
			variables["SINKS"], variables["RATE"] = "slack", "0"
			delete(variables, "SNS_TOPIC_ARN")
			environments := []*function{start(t, variables), start(t, variables)}
			n := 0
			send := func(what, event, want string) {
				n++
				if got := environments[n%2].succeeded(t, event); got != want {
					t.Errorf("%s: got %s, want %s", what, got, want)
				}
			}
			for place, r := range order {
				want := duplicate
				if place == 0 {
					want = delivered
				}
				send(roads()[r].name, roads()[r].event(1), want)
			}
			send("the end", closed(5), delivered)
			send("the end again", closed(5), duplicate)
			send("a late copy", roads()[1].event(1), duplicate)
			send("it begins anew", roads()[0].event(9), delivered)
			send("a copy of that", roads()[1].event(9), duplicate)
			messages := slack.Messages()
			if len(messages) != 3 || !strings.Contains(string(messages[1]), "CLOSED") || strings.Contains(string(messages[2]), "CLOSED") {
				t.Fatalf("%d messages: %s", len(messages), messages)
			}
		})
	}
}

// The end of a finding that nobody was sent is no message.
func TestEndOfAnUnknownFinding(t *testing.T) {
	slack, tp := newSlack(t), newTopic(t, "unknown-end")
	variables, _ := deployed(t, slack, tp, "unknown-end")
	if got := start(t, variables).succeeded(t, closed(5)); got != `{"findings":1,"resolved":2}` {
		t.Errorf("got %s", got)
	}
	if messages := slack.Messages(); len(messages) != 0 || len(tp.received(t)) != 0 {
		t.Errorf("messages were sent: %s", messages)
	}
}
