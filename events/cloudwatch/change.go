package cloudwatch

import (
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// changes says what has changed in the configuration of an alarm: "threshold 70 -> 80", and of what
// has parts the name alone. Its time changes always, and so do the ids of the metrics.
func (a alarm) changes() []string {
	if a.previous.Absent() {
		return nil
	}
	var all []string
	before := map[string]lenient.Document{}
	for _, m := range a.previous.Each() {
		before[m.Name] = m.Value
	}
	told := func(name string, from, to lenient.Document) {
		switch {
		case name == "timestamp":
		case name == "metrics":
			of := alarm{config: a.previous}
			if metricsText(of) != metricsText(a) {
				all = append(all, name)
			}
		case string(from.Raw()) == string(to.Raw()):
		case isPlain(from) && isPlain(to):
			all = append(all, name+" "+strings.TrimSpace(from.Text()+" -> "+to.Text()))
		default:
			all = append(all, name)
		}
	}
	for _, m := range a.config.Each() {
		told(m.Name, before[m.Name], m.Value)
		delete(before, m.Name)
	}
	for _, m := range a.previous.Each() {
		if _, isGone := before[m.Name]; isGone {
			told(m.Name, m.Value, lenient.Document{})
		}
	}
	return all
}

// metricsText returns everything that an alarm says of its metrics but their ids.
func metricsText(a alarm) string {
	var all []string
	for _, m := range a.config.List("metrics") {
		all = append(all, string(m.Get("metricStat").Raw()), m.Text("expression"), m.Text("label"), m.Text("returnData"), m.Text("period"))
	}
	return strings.Join(all, "\n")
}

// isPlain reports whether a value is one that a line can tell, or none.
func isPlain(d lenient.Document) bool { return d.Kind() != '{' && d.Kind() != '[' }

// related returns what the alarm is about beside itself: the alarms that have set off a composite
// one, and the resources that its metrics or its contributor are of.
func (a alarm) related() []finding.Resource {
	var all []finding.Resource
	known := map[string]bool{"": true, a.arn: true}
	for _, child := range a.reasonData.List("triggeringAlarms") {
		arn := child.Text("arn")
		if known[arn] {
			continue
		}
		known[arn] = true
		_, name, _ := strings.Cut(arn, ":alarm:")
		all = append(all, finding.Resource{
			Type: "Alarm", ID: name, ARN: arn,
			Attributes: finding.Attributes{}.With(finding.AttrState, child.Pick("state.value")),
		})
	}
	add := func(dimensions lenient.Document, account string) {
		each(dimensions, func(name, id string) {
			if kind := dimensionType(name); kind != "" && !known[kind+id] {
				known[kind+id] = true
				all = append(all, finding.Resource{Type: kind, ID: id, Attributes: finding.Attributes{}.With(finding.AttrAccount, account)})
			}
		})
	}
	add(a.contributorAttributes(), "")
	for _, m := range a.metricStats() {
		add(dimensionsOf(m), m.Get("accountId").Account())
	}
	return all
}

// dimensionType returns the type of resource that a dimension of AWS's own metrics names, or "".
func dimensionType(name string) string {
	switch strings.ToLower(name) {
	case "instanceid":
		return "Instance"
	case "functionname":
		return "LambdaFunction"
	case "bucketname":
		return "S3Bucket"
	case "dbinstanceidentifier":
		return "RdsDbInstance"
	case "volumeid":
		return "EBSVolume"
	case "tablename":
		return "AwsDynamoDbTable"
	case "autoscalinggroupname":
		return "AutoScalingGroup"
	}
	return ""
}
