package generic

import (
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// The bounds of what is told of an event beside what every finding has.
const (
	maxFacts = 8
	maxValue = 200
)

// readFacts returns the plain members of an event that the rest of the finding does not tell: the days
// until a certificate expires, the pipeline, how a job has ended where the description does not say it. Of a notice of SNS they are the
// attributes that its sender has set, for its own members are those of every notice.
func readFacts(d lenient.Document, description string) finding.Attributes {
	var facts finding.Attributes
	members, isElsewhere := d.Each(), isTold
	if d.Text("TopicArn") != "" && d.Text("MessageId") != "" {
		members, isElsewhere = d.Get("MessageAttributes").Each(), isPlace
	}
	for _, m := range members {
		value := m.Value.Text()
		if m.Value.Kind() == '{' {
			value = m.Value.Text("Value") // as SNS writes an attribute
		}
		isPlain := m.Value.Kind() != '[' && value != "" && len(value) <= maxValue
		if isPlain && len(facts) < maxFacts && !isElsewhere(m.Name) && !isSecret(m.Name) && !strings.Contains(description, value) {
			facts = facts.With(factName(m.Name), value)
		}
	}
	return facts
}

// factName returns a name in the form of all facts: "execution_id" for "execution-id", and
// "days_to_expiry" for "DaysToExpiry".
func factName(name string) string {
	var words strings.Builder
	wasLower := false
	for _, r := range name {
		isUpper := 'A' <= r && r <= 'Z'
		if isUpper && wasLower {
			words.WriteByte('_')
		}
		wasLower = 'a' <= r && r <= 'z'
		words.WriteRune(r)
	}
	return strings.ToLower(strings.NewReplacer("-", "_", " ", "_").Replace(words.String()))
}

// isTold reports whether a member stands elsewhere in a message, or tells nothing to people.
func isTold(name string) bool {
	for _, told := range []string{
		"id", "arn", "findingArn", "findingId", "account", "accountId", "awsAccountId", "region", "awsRegion", "partition",
		"type", "findingType", "title", "name", "subject", "description", "message", "eventMessage", "errorMessage", "severity",
		"severityId", "count", "createdAt", "updatedAt", "firstObservedAt", "lastObservedAt", "startTime",
		"endTime", "eventTime", "time", "date", "version", "schemaVersion", "eventVersion", "sample", "archived", "isArchived",
		"instance-id", "resource", "resourceId", "resourceArn", "resourceType", "sourceArn", "sourceIdentifier", "sourceId",
		"checkName", "anomalyId", "alarmName", "alarmArn", "sourceIPAddress", "category", "messageType", "eventTypeCode", "eventName",
		"recordState", "findingDescription", "requestId", "identifierLink", "keyId", "uuid",
		"instanceAction", "ec2InstanceId", "completionDate", "activityId",
	} {
		if lenient.SameName(name, told) {
			return true
		}
	}
	return false
}

// isPlace reports whether an attribute of a notice says where it is from.
func isPlace(name string) bool {
	return lenient.SameName(name, "accountId") || lenient.SameName(name, "region")
}

// isSecret reports whether a name is one of what nobody should read in a message.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"secret", "password", "passwd", "token", "credential", "signature", "authorization", "apikey", "api_key",
		"api-key", "access_key", "accesskey", "private"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
