package events_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/eventstest"
)

// However long the lists and objects of an event are, the work grows no faster than they do. The
// sources whose findings are nested deepest have tests of their own.
func TestWorkGrowsNoFasterThanEvents(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it takes seconds")
	}
	table := events.Table()
	event := func(source, detailType, detail string) string {
		return fmt.Sprintf(`{"source":%q,"detail-type":%q,"account":"111122223333","region":"eu-west-1","detail":%s}`, source, detailType, detail)
	}
	list := func(n int, element string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString("," + strings.ReplaceAll(element, "%d", fmt.Sprint(i)))
		}
		return "[" + b.String()[1:] + "]"
	}
	for name, made := range map[string]func(n int) string{
		"packages": func(n int) string {
			return event("aws.inspector2", "Inspector2 Finding", `{"type":"PACKAGE_VULNERABILITY","packageVulnerabilityDetails":{"vulnerabilityId":"CVE-1","vulnerablePackages":`+
				list(n, `{"name":"p%d","version":"1","fixedInVersion":"2"}`)+`}}`)
		},
		"entities": func(n int) string {
			return event("aws.health", "AWS Health Event", `{"eventTypeCode":"AWS_EC2_X","affectedEntities":`+
				list(n, `{"entityValue":"arn:aws:ec2:eu-west-1:111122223333:instance/i-%d"}`)+`}`)
		},
		"metadata": func(n int) string {
			return event("aws.health", "AWS Health Event", `{"eventTypeCode":"AWS_EC2_X","eventMetadata":`+eventstest.Members(n, `"name-%d":"v",`)+`}`)
		},
		"parameters": func(n int) string {
			return event("aws.iam", "AWS API Call via CloudTrail", `{"eventSource":"iam.amazonaws.com","eventName":"PutRolePolicy","requestParameters":`+
				eventstest.Members(n, `"name-%d":{"v":["x"]},`)+`}`)
		},
		"parts of a change": func(n int) string {
			return event("aws.config", "Config Configuration Item Change", `{"messageType":"ConfigurationItemChangeNotification","configurationItem":{"resourceId":"b",
				"resourceType":"AWS::S3::Bucket"},"configurationItemDiff":{"changedProperties":`+eventstest.Members(n, `"p.%d":{"previousValue":"a","updatedValue":"b"},`)+`}}`)
		},
		"metrics": func(n int) string {
			return event("aws.cloudwatch", "CloudWatch Alarm State Change", `{"alarmName":"a","state":{"value":"ALARM"},"configuration":{"metrics":`+
				list(n, `{"id":"m%d","metricStat":{"metric":{"name":"n%d","namespace":"x"}}}`)+`}}`)
		},
		"sensitive data": func(n int) string {
			return event("aws.macie", "Macie Finding", `{"type":"SensitiveData:S3Object/Personal","classificationDetails":{"result":{"sensitiveData":`+
				list(n, `{"category":"C%d","detections":[{"type":"T%d","count":1}]}`)+`}}}`)
		},
		"conditions of access": func(n int) string {
			return event("aws.access-analyzer", "Access Analyzer Finding", `{"resource":"arn:aws:s3:::b","action":`+list(n, `"s3:Get%d"`)+
				`,"condition":`+eventstest.Members(n, `"aws:c%d":"v",`)+`}`)
		},
		"members of anything": func(n int) string {
			return event("com.example", "x", eventstest.Members(n, `"member-%d":"v",`))
		},
		"resources of anything": func(n int) string {
			return event("com.example", "x", `{"resources":`+list(n, `{"id":"r%d","tags":[{"key":"k","value":"v"}]}`)+`}`)
		},
	} {
		eventstest.CheckGrowth(t, name, func(n int) func() {
			payload := []byte(made(n))
			return func() {
				delivery, err := events.Open(table, payload)
				if err != nil {
					t.Fatal(err)
				}
				findings := events.Parse(table, delivery.Records[0].Envelope)
				_ = findings[0].Groups()
			}
		})
	}
}
