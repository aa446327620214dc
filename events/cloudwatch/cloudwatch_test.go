package cloudwatch_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/cloudwatch"
	"github.com/tocsin-sec/tocsin/events/eventstest"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

const arn = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:cpu high"

// parse reads the only finding of a payload.
func parse(t testing.TB, payload string) finding.Finding {
	t.Helper()
	delivery, err := events.Open(events.Table(), []byte(payload))
	if err != nil {
		t.Fatalf("%v in %s", err, payload)
	}
	findings := events.Parse(events.Table(), delivery.Records[0].Envelope)
	if len(findings) != 1 {
		t.Fatalf("%d findings in %s", len(findings), payload)
	}
	return findings[0]
}

// event returns an event of a metric alarm, with members of its detail changed or added.
func event(t testing.TB, detailType, changes string) string {
	t.Helper()
	detail := map[string]any{}
	for _, members := range []string{`{"alarmName":"cpu high",
		"state":{"value":"ALARM","reason":"1 datapoint [97.5] was greater than the threshold (90.0).","timestamp":"2026-05-01T10:00:00.989+0000",
			"reasonData":"{\"version\":\"1.0\",\"recentDatapoints\":[12.0,97.5],\"threshold\":90.0}"},
		"previousState":{"value":"OK","timestamp":"2026-05-01T08:00:00.000+0000"},
		"configuration":{"description":"The CPU is busy","metrics":[{"id":"m1","metricStat":{"metric":{"namespace":"AWS/EC2","name":"CPUUtilization",
			"dimensions":{"InstanceId":"i-0aa"}},"period":300,"stat":"Average"},"accountId":"444455556666","returnData":true}]},
		"alarmTags":{"team":"shop"},"alarmTagsStatus":"SUCCESS"}`, changes} {
		if members == "" {
			continue
		}
		if err := json.Unmarshal([]byte(members), &detail); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(detail)
	if err != nil {
		t.Fatal(err)
	}
	return `{"version":"0","id":"e-1","detail-type":"` + detailType + `","source":"aws.cloudwatch","account":"111122223333",` +
		`"time":"2026-05-01T10:00:01Z","region":"eu-west-1","resources":["` + arn + `"],"detail":` + string(text) + `}`
}

const stateChange, configChange = "CloudWatch Alarm State Change", "CloudWatch Alarm Configuration Change"

func at(t testing.TB, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// Everything that a metric alarm states.
func TestParse(t *testing.T) {
	got := parse(t, event(t, stateChange, ""))
	since := at(t, "2026-05-01T10:00:00.989Z")
	want := finding.Finding{
		ID: arn, Source: "aws.cloudwatch", Type: "ALARM", Title: "ALARM: cpu high", Severity: 5,
		Description: "1 datapoint [97.5] was greater than the threshold (90.0).",
		Place:       finding.Place{Account: finding.Account{ID: "111122223333"}, Region: "eu-west-1", Partition: "aws"},
		Activity:    finding.Activity{FirstSeen: since, Updated: since},
		Resource:    finding.Resource{Type: "MetricAlarm", ID: "cpu high", ARN: arn, Tags: []finding.Tag{{Key: "team", Value: "shop"}}},
		Related: []finding.Resource{{
			Type: "Instance", ID: "i-0aa", Attributes: finding.Attributes{{Name: finding.AttrAccount, Value: "444455556666"}},
		}},
		Matter: finding.Matter{Facts: finding.Attributes{
			{Name: "alarm_state", Value: "ALARM"}, {Name: "previous_state", Value: "OK"}, {Name: "alarm_description", Value: "The CPU is busy"},
			{Name: "metric", Value: "AWS/EC2 CPUUtilization"}, {Name: "dimensions", Value: "InstanceId=i-0aa"},
			{Name: "statistic", Value: "Average of 300 s"}, {Name: "threshold", Value: "> 90"}, {Name: "value", Value: "97.5"},
		}},
		Origin: finding.Origin{Road: "cloudwatch", Part: "ALARM 2026-05-01T10:00:00Z"},
	}
	link := "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/cpu%20high"
	if got.About.Links.Finding != link {
		t.Errorf("got %s, want %s", got.About.Links.Finding, link)
	}
	got.About, got.Published, got.Document, got.Event = finding.About{}, time.Time{}, nil, nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The state, the tag and what silences the alarm decide how bad it is and whether it is over.
func TestSeverityAndState(t *testing.T) {
	type grade struct {
		severity finding.Severity
		state    finding.State
		sort     string
	}
	const ok, noData = `"state":{"value":"OK","timestamp":"2026-05-01T10:05:00.000+0000"}`, `"state":{"value":"INSUFFICIENT_DATA"}`
	const mute = `"muteDetail":{"mutedByArn":"arn:aws:cloudwatch:eu-west-1:111122223333:alarm-mute-rule:night","muteWindowEnd":"2026-05-01T12:00:00.000+0000"}`
	for changes, want := range map[string]grade{
		`{}`:                                     {5, finding.Open, "ALARM"},
		`{"alarmTags":{"severity":"critical"}}`:  {9.5, finding.Open, "ALARM"},
		`{"alarmTags":{"Severity":"low"}}`:       {2, finding.Open, "ALARM"},
		`{"alarmTags":{"SEVERITY":"7.5"}}`:       {7.5, finding.Open, "ALARM"},
		`{"alarmTags":{"severity":"as bad as"}}`: {5, finding.Open, "ALARM"},
		`{"alarmTags":{"severity":"42"}}`:        {5, finding.Open, "ALARM"},
		`{"alarmTags":[{"key":"team","value":"x"},{"key":"severity","value":"high"}]}`: {8, finding.Open, "ALARM"},
		`{` + ok + `}`: {1, finding.OK, "OK"},
		`{` + ok + `,"alarmTags":{"severity":"critical"}}`: {1, finding.OK, "OK"},
		`{` + noData + `}`: {2, finding.Open, "INSUFFICIENT_DATA"},
		`{` + noData + `,"alarmTags":{"severity":"critical"}}`:                         {2, finding.Open, "INSUFFICIENT_DATA"},
		`{"state":{"value":"INSUFFICIENT_DATA","evaluationState":"EVALUATION_ERROR"}}`: {2, finding.Open, "EVALUATION_ERROR"},
		`{"state":{"value":"INSUFFICIENT_DATA","evaluationState":"PARTIAL_DATA"}}`:     {2, finding.Open, "INSUFFICIENT_DATA"},
		`{"state":{"value":"ALARM","evaluationState":"EVALUATION_FAILURE"}}`:           {5, finding.Open, "ALARM"},
		`{"state":{"value":"PENDING"}}`:                                                {5, finding.Open, "PENDING"},
		`{` + mute + `}`:                                                               {5, finding.Suppressed, "ALARM"},
		`{` + mute + `,` + ok + `}`:                                                    {1, finding.OK, "OK"},
		`{"state":{"value":"ALARM","actionsSuppressedBy":"Alarm"}}`:                    {5, finding.Suppressed, "ALARM"},
		`{"state":{"value":"ALARM","actionsSuppressedBy":"ExtensionPeriod"}}`:          {5, finding.Suppressed, "ALARM"},
		`{"state":{"value":"ALARM","actionsSuppressedBy":"WaitPeriod"}}`:               {5, finding.Open, "ALARM"},
		`{"operation":"create","state":{"value":"INSUFFICIENT_DATA"}}`:                 {1, finding.Open, "Configuration create"},
		`{"operation":"update"}`:                                                       {1, finding.Open, "Configuration update"},
		`{"operation":"delete"}`:                                                       {1, finding.Closed, "Configuration delete"},
	} {
		f := parse(t, event(t, stateChange, changes))
		if got := (grade{f.Severity, f.State, f.Type}); got != want {
			t.Errorf("%s: got %v, want %v", changes, got, want)
		}
		if f.FirstSeen.After(f.Updated) || f.LastSeen.After(f.Updated) || f.Updated.IsZero() {
			t.Errorf("%s: got %+v", changes, f.Activity)
		}
	}
}

// One alarm is one finding, whatever happens to it and by whatever road it comes: on EventBridge,
// by a topic, by a call of a Lambda function, out of the API. A change of its configuration and one
// of its time series are others.
func TestSameFinding(t *testing.T) {
	first := parse(t, event(t, stateChange, ""))
	flat := `{"AlarmName":"cpu high","AlarmDescription":"The CPU is busy","AWSAccountId":"111122223333","NewStateValue":"ALARM","NewStateReason":"crossed",
		"StateChangeTime":"2026-05-01T10:00:00.989+0000","Region":"EU (Ireland)","AlarmArn":"` + arn + `","OldStateValue":"OK",
		"Trigger":{"MetricName":"CPUUtilization","Namespace":"AWS/EC2","Dimensions":[{"value":"i-0aa","name":"InstanceId"}],"Threshold":90.0,
		"ComparisonOperator":"GreaterThanThreshold"},"AlarmTags":[{"Key":"team","Value":"shop"}],"AlarmTagsStatus":"SUCCESS"}`
	quoted, err := json.Marshal(flat)
	if err != nil {
		t.Fatal(err)
	}
	notification, err := json.Marshal(`{"Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:eu-west-1:111122223333:t","Message":` + string(quoted) + `}`)
	if err != nil {
		t.Fatal(err)
	}
	detail := parse(t, event(t, stateChange, "")).Document
	roads := map[string]string{
		"EventBridge, again": strings.Replace(event(t, stateChange, ""), "e-1", "e-2", 1),
		"flat":               flat,
		"SNS":                `{"Records":[{"EventSource":"aws:sns","Sns":{"MessageId":"m","Message":` + string(quoted) + `}}]}`,
		"SNS in SQS":         `{"Records":[{"eventSource":"aws:sqs","messageId":"s","body":` + string(notification) + `}]}`,
		"Lambda action": `{"source":"aws.cloudwatch","alarmArn":"` + arn + `","accountId":"111122223333","time":"2026-05-01T10:00:01.000+0000","region":"eu-west-1","alarmData":` +
			string(detail) + `}`,
		"API": `{"AlarmName":"cpu high","AlarmArn":"` + arn + `","StateValue":"ALARM","StateUpdatedTimestamp":"2026-05-01T10:00:00.989Z","MetricName":"CPUUtilization","Namespace":"AWS/EC2"}`,
		"without an ARN": `{"source":"aws.cloudwatch","detail-type":"` + stateChange + `","account":"111122223333","region":"eu-west-1",
			"detail":{"alarmName":"cpu high","state":{"value":"ALARM","timestamp":"2026-05-01T10:00:00.989+0000"}}}`,
	}
	for name, payload := range roads {
		f := parse(t, payload)
		if f.Key() != first.Key() || f.Version() != first.Version() || f.Part != first.Part || f.Severity != first.Severity || f.Road != "cloudwatch" || f.Resource.ID != "cpu high" {
			t.Errorf("%s: got %s %s, want %s %s", name, f.Key(), f.Version(), first.Key(), first.Version())
		}
		if f.About.Links.Finding != first.About.Links.Finding {
			t.Errorf("%s: got the link %s", name, f.About.Links.Finding)
		}
	}
	snsForm := parse(t, flat)
	if snsForm.Facts.Get("threshold") != "> 90" || snsForm.Facts.Get("metric") != "AWS/EC2 CPUUtilization" || snsForm.Related[0].ID != "i-0aa" ||
		snsForm.Description != "crossed" || len(snsForm.Resource.Tags) != 1 || snsForm.Region != "eu-west-1" {
		t.Errorf("got %+v", snsForm)
	}
	later := parse(t, event(t, stateChange, `{"state":{"value":"OK","timestamp":"2026-05-01T10:05:00.989+0000"},"previousState":{"value":"ALARM","timestamp":"2026-05-01T10:00:00.989+0000"}}`))
	if later.Key() != first.Key() || !later.Version().After(first.Version()) || later.LastSeen.Sub(later.FirstSeen) != 5*time.Minute {
		t.Errorf("OK again: got %s %+v", later.Key(), later.Activity)
	}
	deleted := parse(t, event(t, configChange, `{"operation":"delete","configuration":{"timestamp":"2026-04-01T10:00:00.000+0000"}}`))
	if deleted.Key() != first.Key() || !deleted.Version().After(first.Version()) || !strings.HasSuffix(deleted.About.Links.Finding, "#alarmsV2") {
		t.Errorf("deleted: got %s %s %s", deleted.Key(), deleted.Version(), deleted.About.Links.Finding)
	}
	for name, f := range map[string]finding.Finding{
		"update":      parse(t, event(t, configChange, `{"operation":"update"}`)),
		"contributor": parse(t, event(t, "CloudWatch Alarm Contributor State Change", `{"alarmContributor":{"id":"6d44","attributes":{"TableName":"orders"}}}`)),
	} {
		if f.Key() == first.Key() || !strings.HasPrefix(f.ID, arn+"/") {
			t.Errorf("%s: got %s", name, f.ID)
		}
	}
}

// Each time that an alarm goes off is news, whatever it was before; an alarm that is on already, one
// without data and one that is well have not gone off.
func TestGoesOff(t *testing.T) {
	const no = `"previousState":{"value":"INSUFFICIENT_DATA"}`
	for changes, want := range map[string]string{
		`{` + no + `}`: "ALARM 2026-05-01T10:00:00Z",
		`{"previousState":null,"state":{"value":"ALARM","timestamp":"2026-05-01T16:00:00.100+0200"}}`:           "ALARM 2026-05-01T14:00:00Z",
		`{"previousState":{"value":"ALARM"},"state":{"value":"ALARM","actionsSuppressedBy":"ExtensionPeriod"}}`: "",
		`{"state":{"value":"INSUFFICIENT_DATA"}}`:                                                               "",
		`{"state":{"value":"OK"}}`: "",
		`{"operation":"update"}`:   "",
	} {
		if f := parse(t, event(t, stateChange, changes)); f.Part != want {
			t.Errorf("%s: got %q, want %q", changes, f.Part, want)
		}
	}
}

// A threshold has its sign by whatever road: without an operator, the reason has it in words.
func TestThresholdSign(t *testing.T) {
	for reason, want := range map[string]string{
		"were greater than the threshold (90.0) (minimum 1 datapoint for OK -> ALARM transition).": "> 90",
		"was not greater than or equal to the threshold (90.0).":                                   ">= 90",
		"was less than the threshold (90.0).":                                                      "< 90",
		"was less than or equal to the threshold (90.0).":                                          "<= 90",
		"Set by hand": "90",
	} {
		f := parse(t, event(t, stateChange, `{"state":{"value":"ALARM","reason":"`+reason+`","reasonData":"{\"threshold\":90.0}"}}`))
		if got := f.Facts.Get("threshold"); got != want {
			t.Errorf("%s: got %q, want %q", reason, got, want)
		}
	}
}

// Of a tag that says no severity, it is told that it does not.
func TestOddSeverityTag(t *testing.T) {
	for tags, want := range map[string]string{`{"severity":"sev1"}`: "sev1", `{"Severity":"high"}`: "", `{"severity":"42"}`: "42", `{"team":"sev1"}`: ""} {
		f := parse(t, event(t, stateChange, `{"alarmTags":`+tags+`}`))
		if got := f.Facts.Get("unread_severity"); got != want {
			t.Errorf("%s: got %q, want %q", tags, got, want)
		}
	}
}

// What the other kinds of alarm state: their rule and the alarms that set it off, their query, their
// time series; of the lines of a log the number alone.
func TestKinds(t *testing.T) {
	composite := parse(t, event(t, stateChange, `{"configuration":{"alarmRule":"ALARM(a) OR ALARM(b)"},"state":{"value":"ALARM","actionsSuppressedBy":"WaitPeriod",
		"reasonData":"{\"triggeringAlarms\":[{\"arn\":\"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a\",\"state\":{\"value\":\"ALARM\"}}]}"}}`))
	want := []finding.Resource{{Type: "Alarm", ID: "a", ARN: "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a", Attributes: finding.Attributes{{Name: finding.AttrState, Value: "ALARM"}}}}
	if diff := cmp.Diff(want, composite.Related); diff != "" || composite.Resource.Type != "CompositeAlarm" || composite.Facts.Get("alarm_rule") == "" ||
		composite.Facts.Get("suppressed_by") != "WaitPeriod" {
		t.Errorf("%s %+v", diff, composite)
	}
	log := parse(t, event(t, stateChange, `{"configuration":{"scheduledQueryConfiguration":{"queryString":"filter @message like /denied/","logGroupIdentifiers":["/aws/app"]},
		"threshold":3,"comparisonOperator":"GreaterThanOrEqualToThreshold"},"logLines":["alice@example.com denied","bob denied"],"alarmTagsStatus":"FAILED"}`))
	if log.Resource.Type != "LogAlarm" || log.Facts.Get("query") != "filter @message like /denied/" || log.Facts.Get("log_groups") != "/aws/app" ||
		log.Facts.Get("log_lines") != "2" || log.Facts.Get("threshold") != ">= 3" || log.Facts.Get("alarm_tags_status") != "FAILED" {
		t.Errorf("got %+v", log)
	}
	log.Document, log.Event = nil, nil
	if text, err := json.Marshal(log); err != nil || strings.Contains(string(text), "alice") {
		t.Errorf("a line of the log is told: %s, %v", text, err)
	}
	contributor := parse(t, event(t, "CloudWatch Alarm Contributor State Change", `{"previousState":null,"alarmContributor":{"id":"6d44","attributes":{"TableName":"orders"}},
		"configuration":{"metrics":[{"id":"m1","expression":"SELECT 1","label":"Writes"}]}}`))
	machine := parse(t, event(t, "CloudWatch Alarm Contributor State Change", `{"alarmContributor":{"id":"6d44","attributes":{"InstanceId":"i-0a1b2c3d","Zone":"a"}}}`))
	if len(machine.Related) == 0 || machine.Related[0].Type != "Instance" || machine.Related[0].ID != "i-0a1b2c3d" {
		t.Errorf("the machine that it is about: got %+v", machine.Related)
	}
	if contributor.Title != "ALARM: cpu high (TableName=orders)" || contributor.Facts.Get("contributor") != "TableName=orders" || contributor.Facts.Get("metric") != "Writes (SELECT 1)" {
		t.Errorf("got %+v", contributor.Facts)
	}
	muted := parse(t, event(t, stateChange, `{"muteDetail":{"mutedByArn":"arn:aws:cloudwatch:eu-west-1:111122223333:alarm-mute-rule:night","muteWindowEnd":"2026-05-01T12:00:00.000+0000"}}`))
	if muted.Facts.Get("muted_by") != "night" || muted.Facts.Get("muted_until") != "2026-05-01T12:00:00.000+0000" {
		t.Errorf("got %+v", muted.Facts)
	}
}

// Of a change of the configuration, what has changed is told.
func TestChanges(t *testing.T) {
	const metrics = `"metrics":[{"id":"%","metricStat":{"metric":{"namespace":"AWS/EC2","name":"CPUUtilization"},"stat":"Average"}}]`
	config := func(id, rest string) string {
		return `{"timestamp":"2026-05-01T0` + id + `:00:00.000+0000",` + strings.Replace(metrics, "%", id, 1) + rest + `}`
	}
	for name, test := range map[string]struct{ after, before, want string }{
		"a number":     {config("1", `,"threshold":80`), config("2", `,"threshold":70`), "threshold 70 -> 80"},
		"new and gone": {config("1", `,"description":"x"`), config("2", `,"evaluationPeriods":3`), "description -> x, evaluationPeriods 3 ->"},
		"a list":       {config("1", `,"okActions":["a"]`), config("2", `,"okActions":[]`), "okActions"},
		"the metrics":  {config("1", ``), strings.Replace(config("2", ``), "Average", "Sum", 1), "metrics"},
		"nothing":      {config("1", ``), config("2", ``), ""},
	} {
		f := parse(t, event(t, configChange, `{"operation":"update","configuration":`+test.after+`,"previousConfiguration":`+test.before+`}`))
		if got := f.Facts.Get("changed"); got != test.want || !f.Updated.Equal(at(t, "2026-05-01T01:00:00Z")) {
			t.Errorf("%s: got %q at %v, want %q", name, got, f.Updated, test.want)
		}
	}
}

// An account and region are those of the alarm's ARN, also in other partitions.
func TestPlace(t *testing.T) {
	for from, want := range map[string]string{
		"arn:aws-cn:cloudwatch:cn-north-1:444455556666:alarm:x":          "https://cn-north-1.console.amazonaws.cn/cloudwatch/home?region=cn-north-1#alarmsV2:alarm/x",
		"arn:aws-us-gov:cloudwatch:us-gov-west-1:444455556666:alarm:x":   "https://us-gov-west-1.console.amazonaws-us-gov.com/cloudwatch/home?region=us-gov-west-1#alarmsV2:alarm/x",
		"arn:aws-iso:cloudwatch:us-iso-east-1:444455556666:alarm:x":      "",
		"arn:aws-eusc:cloudwatch:eusc-de-east-1:444455556666:alarm:a/ü?": "https://eusc-de-east-1.console.amazonaws-eusc.eu/cloudwatch/home?region=eusc-de-east-1#alarmsV2:alarm/a%2F%C3%BC%3F",
	} {
		f := parse(t, `{"AlarmName":"`+from[strings.Index(from, ":alarm:")+7:]+`","NewStateValue":"ALARM","AWSAccountId":"1","Region":"EU (Ireland)","AlarmArn":"`+from+`"}`)
		if f.Account.ID != "444455556666" || f.About.Links.Finding != want {
			t.Errorf("%s: got %+v %s", from, f.Place, f.About.Links.Finding)
		}
	}
}

// A member of an odd type costs that member alone.
func TestOddTypes(t *testing.T) {
	for _, odd := range []string{`null`, `true`, `7`, `"x"`, `[]`, `{}`, `[[1],{"a":[null]}]`, `{"value":{"b":"c"},"id":[],"metrics":7}`} {
		for _, member := range []string{
			"alarmName", "state", "previousState", "configuration", "previousConfiguration", "alarmTags", "alarmTagsStatus", "muteDetail",
			"operation", "alarmContributor", "logLines", "Trigger", "alarmData",
		} {
			f := parse(t, event(t, stateChange, `{"`+member+`":`+odd+`}`))
			if f.Title == "" || f.Updated.IsZero() || !strings.HasPrefix(f.ID, arn) || !f.Severity.Known() {
				t.Errorf("%s %s: got %+v", member, odd, f)
			}
		}
	}
	for _, detail := range []string{`null`, `"x"`, `[]`, `{}`, `7`} {
		f := parse(t, `{"id":"e","source":"aws.cloudwatch","detail-type":"`+stateChange+`","time":"2026-05-01T09:00:00Z","detail":`+detail+`}`)
		if f.Title == "" || f.Updated.IsZero() || f.ID != "e" || f.Severity != 5 {
			t.Errorf("%s: got %+v", detail, f)
		}
	}
}

// Each sample is read as what it is called, and has words in every language; one is the end of
// another.
func TestSamples(t *testing.T) {
	samples := cloudwatch.Source().Samples
	over := map[string]map[bool]bool{}
	for _, name := range samples.Types() {
		text, err := samples.Event(name, source.SampleOptions{Time: at(t, "2026-05-01T09:00:00Z")})
		if err != nil {
			t.Fatal(err)
		}
		f := parse(t, string(text))
		if sort, _, _ := strings.Cut(f.Type, " "); !strings.HasPrefix(name, sort) || !f.Sample || f.Account.ID != "111122223333" {
			t.Errorf("%s: got %+v", name, f)
		}
		for language, words := range cloudwatch.Source().Words {
			if len(f.About.Headlines) == 0 || !strings.Contains("\n"+words, "\n"+f.About.Headlines[0].Key+"|") {
				t.Errorf("%s: no words in %s", name, language)
			}
		}
		if over[f.Key()] == nil {
			over[f.Key()] = map[bool]bool{}
		}
		over[f.Key()][f.State.Over()] = true
	}
	ends := 0
	for _, states := range over {
		if len(states) == 2 {
			ends++
		}
	}
	if len(samples.Types()) < 3 || ends == 0 {
		t.Errorf("%d samples, %d with an end", len(samples.Types()), ends)
	}
	for _, name := range samples.Showcase() {
		if _, err := samples.Event(name, source.SampleOptions{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A rule takes what is at or above the threshold and every ending. Of alarms with a severity among
// their tags it takes more than that, of others no more.
func TestRule(t *testing.T) {
	s := cloudwatch.Source()
	checked := 0
	for _, threshold := range []finding.Threshold{0, 1, 2, 3, 5, 6, 7, 9, 10} {
		for _, state := range []string{`{"value":"ALARM"}`, `{"value":"OK"}`, `{"value":"INSUFFICIENT_DATA"}`, `{"value":"NEW"}`, `{}`, `{"value":"ALARM","actionsSuppressedBy":"Alarm"}`} {
			for _, rest := range []string{`{}`, `{"Severity":"low"}`, `{"severity":"critical"}`, `{"SEVERITY":"7"}`, `{"team":"x"}`} {
				for _, more := range []string{"", `,"operation":"create"`, `,"operation":"delete"`, `,"muteDetail":{"mutedByArn":"arn:aws:cloudwatch:eu-west-1:111122223333:alarm-mute-rule:m"}`} {
					payload := event(t, stateChange, `{"state":`+state+`,"alarmTags":`+rest+more+`}`)
					f := parse(t, payload)
					isTagged := strings.Contains(strings.ToLower(rest), "severity")
					isAbove := f.Severity.AtLeast(threshold)
					for name, test := range map[string]struct {
						pattern map[string]any
						want    bool
					}{
						"with endings":    {s.Pattern(threshold), isAbove || f.State.Over()},
						"without endings": {s.PatternWithoutEndings(threshold), isAbove && !f.State.Over()},
					} {
						got, err := eventstest.Matches(test.pattern, []byte(payload))
						isMore := got && !test.want && (isTagged || f.State.Over())
						if checked++; err != nil || got != test.want && !isMore {
							t.Errorf("%s at %v: %s %s %s: got %v, %v", name, threshold, state, rest, more, got, err)
						}
					}
				}
			}
		}
		if text, err := json.Marshal(s.Pattern(threshold)); err != nil || len(text) > 2048 {
			t.Errorf("at %v: %d characters, %v", threshold, len(text), err)
		}
	}
	t.Logf("%d events and patterns", checked)
}

// An expression is told first where the alarm is held against it, with what its names stand for; the
// statistic and how many periods count are told where they are stated.
func TestMetrics(t *testing.T) {
	of := func(text string) string {
		facts := parse(t, text).Facts
		return strings.Join([]string{facts.Get("metric"), facts.Get("statistic"), facts.Get("threshold"), facts.Get("periods")}, " | ")
	}
	for text, want := range map[string]string{
		event(t, stateChange, `{"configuration":{"metrics":[
			{"id":"m1","metricStat":{"metric":{"namespace":"AWS/Lambda","name":"Errors"},"period":60,"stat":"Sum"},"returnData":false},
			{"id":"m2","metricStat":{"metric":{"namespace":"AWS/Lambda","name":"Invocations"},"period":60,"stat":"Sum"},"returnData":false},
			{"id":"e1","expression":"100*m1/m2","label":"Errors in percent","returnData":true}]}}`): "Errors in percent (100*m1/m2), m1 = AWS/Lambda Errors, " +
			"m2 = AWS/Lambda Invocations | Sum of 60 s | > 90 | ",
		`{"AlarmName":"queue","AlarmArn":"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:queue","NewStateValue":"ALARM","Trigger":{"MetricName":"Age",
			"Namespace":"AWS/SQS","ExtendedStatistic":"p99","Period":300,"EvaluationPeriods":5,"DatapointsToAlarm":3,
			"ComparisonOperator":"GreaterThanThreshold","Threshold":60}}`: "AWS/SQS Age | p99 of 300 s | > 60 | 3 of 5",
		`{"AlarmName":"queue","AlarmArn":"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:queue","NewStateValue":"ALARM","Trigger":{"MetricName":"Age",
			"Namespace":"AWS/SQS","EvaluationPeriods":1,"Threshold":60}}`: "AWS/SQS Age |  | 60 | 1 of 1",
	} {
		if got := of(text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
