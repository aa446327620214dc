package cloudwatch

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// The states of an alarm, and the changes of its configuration:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
const (
	stateAlarm  = "ALARM"
	stateOK     = "OK"
	stateNoData = "INSUFFICIENT_DATA"

	operationDelete = "delete"
)

// The severities of alarms, which state none: docs/sources/cloudwatch.md gives the reasons.
const (
	inAlarm finding.Severity = 5 // or what the alarm's tag says
	noData  finding.Severity = 2
)

// severityTags returns the names of the tag that says how bad an alarm is.
func severityTags() []string { return []string{"severity", "Severity", "SEVERITY"} }

// alarm is what an event says of an alarm, whatever its form.
type alarm struct {
	// detail is the alarm's own part of the event.
	detail lenient.Document
	// config is how it is set up, previous how it was before a change.
	config, previous lenient.Document
	name, arn        string
	// value is the state, before the one that it had.
	value, before string
	// reasonData is what CloudWatch has evaluated.
	reasonData lenient.Document
	// operation is what was done to its configuration; empty for a change of state.
	operation string
	// contributor is the id of one of its time series, where the event is about that.
	contributor string
	tags        []finding.Tag
}

// open reads the parts of an event on EventBridge; of the alarmData that CloudWatch calls a Lambda
// function with; and of the flat form that it sends to a topic, which the API's resembles.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
func open(d lenient.Document) alarm {
	detail := d
	if data := d.Get("alarmData").Object(); !data.Absent() {
		detail = data
	}
	a := alarm{
		detail: detail, config: detail.Get("configuration").Object(), previous: detail.Get("previousConfiguration").Object(),
		name:        detail.Pick("alarmName", "configuration.alarmName"),
		arn:         cmp.Or(d.Text("alarmArn"), detail.Text("alarmArn")),
		value:       detail.Pick("state.value", "NewStateValue", "StateValue"),
		before:      detail.Pick("previousState.value", "OldStateValue"),
		reasonData:  detail.At("state.reasonData", "NewStateReasonData", "StateReasonData").DecodeText(),
		operation:   strings.ToLower(detail.Text("operation")),
		contributor: detail.Pick("alarmContributor.id", "alarmContributor.contributorId", "AlarmContributorId"),
		tags:        tags(detail.Get("alarmTags")),
	}
	if a.config.Absent() {
		a.config = detail.Get("Trigger").Object()
	}
	return a
}

// tags returns the tags of an alarm, which stand as an object or as a list of keys and values.
func tags(d lenient.Document) []finding.Tag {
	var all []finding.Tag
	if d.Kind() == '{' {
		for _, m := range d.Each() {
			all = append(all, finding.Tag{Key: m.Name, Value: m.Value.Text()})
		}
		return all
	}
	for _, tag := range d.Elements() {
		if key := tag.Text("key"); key != "" {
			all = append(all, finding.Tag{Key: key, Value: tag.Text("value")})
		}
	}
	return all
}

// place returns where the alarm is: its ARN says it in codes, the flat form has the region's name.
func (a alarm) place(e source.Envelope, d lenient.Document) finding.Place {
	stated := finding.Place{
		Account: finding.Account{ID: cmp.Or(a.detail.Get("AWSAccountId").Account(), d.Get("accountId").Account())},
		Region:  cmp.Or(d.Text("region"), a.detail.Text("region")),
	}
	arn := lenient.ParseARN(a.arn)
	stated.Account.ID, stated.Region = cmp.Or(arn.AccountID, stated.Account.ID), cmp.Or(arn.Region, stated.Region)
	return e.Place(stated, a.arn)
}

// id returns what names the alarm in all of its events, and those about its configuration, which are
// no change of its state. Where an ARN is missing it is made: an account has one alarm of a name in
// a region.
func (a alarm) id(place finding.Place) string {
	id := a.arn
	switch {
	case id != "":
	case place.Account.ID == "" || place.Region == "":
		id = a.name
	case a.name != "":
		id = strings.Join([]string{"arn", cmp.Or(place.Partition, "aws"), "cloudwatch", place.Region, place.Account.ID, "alarm", a.name}, ":")
	}
	switch {
	case id == "":
	case a.operation != "" && a.operation != operationDelete:
		id += "/configuration"
	case a.contributor != "":
		id += "/contributor/" + a.contributor
	}
	return id
}

// kind returns the type of the alarm, in the words of CloudWatch's API.
func (a alarm) kind() string {
	scheduled := func(d lenient.Document) bool {
		return !d.At("scheduledQueryConfiguration", "queryResultsToEvaluate", "logGroupIdentifiers").Absent()
	}
	switch {
	case a.config.Text("alarmRule") != "" || a.detail.Text("alarmRule") != "":
		return "CompositeAlarm"
	case scheduled(a.config) || scheduled(a.detail):
		return "LogAlarm"
	}
	return "MetricAlarm"
}

// sort returns what the event is: the state, or why there is none, or what was done to the alarm.
func (a alarm) sort() string {
	if a.operation != "" {
		return "Configuration " + a.operation
	}
	if a.value == stateNoData && a.isBroken() {
		return a.evaluation()
	}
	return a.value
}

// evaluation returns how well the state could be found.
func (a alarm) evaluation() string { return a.detail.Pick("state.evaluationState", "EvaluationState") }

// isBroken reports whether the alarm cannot be evaluated at all, as opposed to in part.
func (a alarm) isBroken() bool { return strings.HasPrefix(a.evaluation(), "EVALUATION_") }

// isSilenced reports whether the operator has told CloudWatch not to act on the alarm: by a mute
// rule, or by another alarm. While CloudWatch waits whether that one goes off it is not silenced.
func (a alarm) isSilenced() bool {
	by := a.suppressedBy()
	return !a.detail.Get("muteDetail").Absent() || by != "" && !lenient.SameName(by, "WaitPeriod")
}

// suppressedBy returns what keeps CloudWatch from acting on a composite alarm.
func (a alarm) suppressedBy() string {
	return a.detail.Pick("state.actionsSuppressedBy", "ActionsSuppressedBy")
}

// grade returns the severity and the state of the finding.
func (a alarm) grade() (finding.Severity, finding.State) {
	switch {
	case a.operation == operationDelete:
		return finding.Lowest, finding.Closed
	case a.operation != "":
		return finding.Lowest, finding.Open
	case a.value == stateOK:
		return finding.Lowest, finding.OK
	}
	severity, state := noData, finding.Open
	if a.value != stateNoData {
		severity = a.tagged()
	}
	if a.isSilenced() {
		state = finding.Suppressed
	}
	return severity, state
}

// tagged returns the severity that the alarm's tag says, as a word or a number, or that of an alarm
// without one.
func (a alarm) tagged() finding.Severity {
	for _, value := range a.severityValues() {
		if severity := severityOf(value); severity.Known() {
			return severity
		}
	}
	return inAlarm
}

// oddTag returns what the alarm's tag says where that is no severity: whoever has put it there
// learns why the alarm has that of one without a tag.
func (a alarm) oddTag() string {
	for _, value := range a.severityValues() {
		if !severityOf(value).Known() {
			return value
		}
	}
	return ""
}

// severityValues returns the values of the tags that say how bad an alarm is.
func (a alarm) severityValues() []string {
	var all []string
	for _, tag := range a.tags {
		if slices.Contains(severityTags(), tag.Key) {
			all = append(all, tag.Value)
		}
	}
	return all
}

func severityOf(text string) finding.Severity {
	if severity, err := finding.ParseSeverity(text); err == nil && severity.Known() {
		return severity
	}
	return lenient.SeverityWord(text)
}

// part returns what tells one time that an alarm goes off from the next: each of them is news, also
// where the state between was worth no message, as the lack of data that follows each use of root.
// What was on already has not gone off. Whole seconds are what all roads have.
func (a alarm) part(since time.Time) string {
	if a.operation != "" || a.value != stateAlarm || a.before == stateAlarm || since.IsZero() {
		return ""
	}
	return stateAlarm + " " + since.UTC().Format(time.RFC3339)
}

// activity returns since when the alarm is in its state; of one that is well again, from when to
// when it was not.
func (a alarm) activity(e source.Envelope, d lenient.Document) finding.Activity {
	since := cmp.Or(a.detail.At("state.timestamp", "StateChangeTime", "StateUpdatedTimestamp").Time(), e.Time, d.Get("time").Time())
	activity := finding.Activity{Updated: since, Sample: a.detail.Get("sample").IsTrue()}
	switch {
	case a.operation == operationDelete: // the alarm's configuration is older than its deletion
		activity.Updated = cmp.Or(e.Time, since)
	case a.operation != "":
		activity.Updated = cmp.Or(a.config.Get("timestamp").Time(), e.Time, since)
	case a.value != stateOK:
		activity.FirstSeen = since
	case a.before == stateAlarm:
		if began := a.detail.At("previousState.timestamp").Time(); !began.IsZero() && began.Before(since) {
			activity.FirstSeen, activity.LastSeen = began, since
		}
	}
	return activity
}
