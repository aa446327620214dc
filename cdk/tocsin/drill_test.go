package tocsin_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/eventstest"
)

// stackName is as long as a stack's name can be.
var stackName = strings.Repeat("s", 128)

// deployed returns a value of a template as it is once deployed, as far as it is known: texts are joined,
// and references are the ids of what they refer to.
func deployed(value any) any {
	switch v := value.(type) {
	case list:
		all := make(list, len(v))
		for i, part := range v {
			all[i] = deployed(part)
		}
		return all
	case object:
		if parts, isJoin := v["Fn::Join"].(list); isJoin {
			text := ""
			for _, part := range parts[1].(list) {
				text += deployed(part).(string)
			}
			return text
		}
		if ref, isRef := v["Ref"].(string); isRef {
			return map[string]string{
				"AWS::StackName": stackName, "AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "111122223333",
			}[ref] + map[bool]string{false: ref}[strings.HasPrefix(ref, "AWS::")]
		}
		if attribute, isAttribute := v["Fn::GetAtt"].(list); isAttribute {
			return attribute[0].(string) + "." + attribute[1].(string)
		}
		all := object{}
		for name, part := range v {
			all[name] = deployed(part)
		}
		return all
	}
	return value
}

// drillEvent is an event that a schedule puts on a bus.
type drillEvent struct {
	bus   string
	event []byte
	rule  string // of the detail
}

// schedules returns the properties of a template's schedules by their ids, as they are once deployed.
func schedules(template object) map[string]object {
	found := map[string]object{}
	for id, schedule := range ofType(template, "AWS::Scheduler::Schedule") {
		properties := deployed(schedule["Properties"]).(object)
		properties["DependsOn"] = schedule["DependsOn"]
		found[strings.TrimPrefix(id[:len(id)-8], "Tocsin")] = properties
	}
	return found
}

// drills returns the events of a template's drills, by the ids of their schedules.
func drills(t *testing.T, template object) map[string]drillEvent {
	t.Helper()
	found := map[string]drillEvent{}
	for id, schedule := range schedules(template) {
		target := schedule["Target"].(object)
		parameters, isEvent := target["EventBridgeParameters"].(object)
		if !isEvent {
			continue
		}
		var detail object
		if err := json.Unmarshal([]byte(target["Input"].(string)), &detail); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		event, err := json.Marshal(object{"source": parameters["Source"], "detail-type": parameters["DetailType"], "detail": detail})
		if err != nil {
			t.Fatal(err)
		}
		found[id] = drillEvent{target["Arn"].(string), event, detail["rule"].(string)}
	}
	return found
}

// rulePatterns returns the patterns of a template's rules by their ids, each of which EventBridge takes.
func rulePatterns(t *testing.T, template object) map[string]object {
	t.Helper()
	found := map[string]object{}
	for id, rule := range ofType(template, "AWS::Events::Rule") {
		pattern := deployed(rule["Properties"].(object)["EventPattern"]).(object)
		if _, err := eventstest.CompilePattern(pattern); err != nil {
			t.Errorf("EventBridge would refuse the pattern of %s: %v", id, err)
		}
		found[strings.TrimPrefix(id[:len(id)-8], "Tocsin")] = pattern
	}
	return found
}

// takers returns the rules that take an event.
func takers(t *testing.T, patterns map[string]object, event []byte) []string {
	t.Helper()
	var ids []string
	for _, id := range sorted(patterns) {
		isTaken, err := eventstest.Matches(patterns[id], event)
		if err != nil {
			t.Fatal(err)
		}
		if isTaken {
			ids = append(ids, id)
		}
	}
	return ids
}

// withEverySource takes all sources, in the account and in a hub.
func withEverySource(p *tocsin.Props) {
	p.Accounts.Hub, p.Accounts.OrgID = true, "o-a1b2c3d4e5"
	for _, s := range events.Table() {
		if s.Name != "" {
			p.Sources = append(p.Sources, s.ID)
		}
	}
}

func withPrefix(p *tocsin.Props) { p.Platform.NamePrefix = "p" + strings.Repeat("r", 23) }

// Each rule of every source has a drill of its own, on its own bus: its own rule takes it, and no other
// one does. What a rule took without drills it takes as before.
func TestEachRuleIsDrilled(t *testing.T) {
	for name, change := range map[string]func(*tocsin.Props){"named": withPrefix, "unnamed": func(*tocsin.Props) {}} {
		t.Run(name, func(t *testing.T) {
			usual := rulePatterns(t, document(t, synth(t, props(withEverySource, change))))
			template := document(t, synth(t, props(withEverySource, change, withDrill)))
			patterns, drilled := rulePatterns(t, template), drills(t, template)
			if len(drilled) != len(patterns) || len(patterns) != len(usual) || len(patterns) < 18 {
				t.Errorf("%d drills and %d rules, %d without drills", len(drilled), len(patterns), len(usual))
			}
			for id, drill := range drilled {
				rule := strings.Replace(id, "Drill", "Rule", 1)
				if got := takers(t, patterns, drill.event); !slices.Equal(got, []string{rule}) {
					t.Errorf("%s is taken by %v: %s", id, got, drill.event)
				}
				isHubs := strings.HasPrefix(id, "Hub")
				if drill.bus != map[bool]string{true: "TocsinHubBusC64ADF03.Arn", false: "arn:aws:events:eu-west-1:111122223333:event-bus/default"}[isHubs] {
					t.Errorf("%s is put on %s", id, drill.bus)
				}
				if or := patterns[rule]["$or"].(list); len(or) != 2 || text(or[0]) != text(usual[rule]) {
					t.Errorf("%s takes other findings with a drill than without: %s", rule, text(patterns[rule]))
				}
			}
			for id, pattern := range usual {
				if strings.Contains(text(pattern), "Tocsin") {
					t.Errorf("%s takes drills, and there are none: %s", id, text(pattern))
				}
			}
		})
	}
	pattern := rulePatterns(t, document(t, synth(t, props(withDrill))))["Rule"]
	for severity, want := range map[string]bool{"3.9": false, "4": true, "8": true, "": true} {
		if got := matches(t, pattern, event(t, severity, nil)); got != want {
			t.Errorf("severity %s: got %t, want %t", severity, got, want)
		}
	}
}

// Events that are like a rule's drill, and are not.
func TestWhatIsNoDrill(t *testing.T) {
	template := document(t, synth(t, props(withEverySource, withDrill)))
	drill, patterns := drills(t, template)["Drill"], rulePatterns(t, template)
	for _, change := range [][2]string{
		{`"source":"tocsin"`, `"source":"toxin"`}, {`"Tocsin Drill"`, `"Tocsin Drill Check"`}, {`"Tocsin Drill"`, `"GuardDuty Finding"`},
		{`"rule":"`, `"rule":"x`}, {`"rule"`, `"role"`},
	} {
		other := strings.Replace(string(drill.event), change[0], change[1], 1)
		if got := takers(t, patterns, []byte(other)); other == string(drill.event) || len(got) > 0 {
			t.Errorf("%s is taken by %v", other, got)
		}
	}
}

// A member's drill takes the member's rule, is admitted by the hub's bus, and takes the hub's rule for
// the same source and no other.
func TestDrillOfAMember(t *testing.T) {
	hub := props(withEverySource, withDrill)
	ofHub, ofMember := document(t, synth(t, hub)), document(t, synth(t, hub.ForMember(hubBusArn)))
	drilled := drills(t, ofMember)
	if len(drilled) != len(rulePatterns(t, ofMember)) {
		t.Errorf("%d drills", len(drilled))
	}
	for id, drill := range drilled {
		rule := strings.Replace(id, "Drill", "Rule", 1)
		if got := takers(t, rulePatterns(t, ofMember), drill.event); !slices.Equal(got, []string{rule}) {
			t.Errorf("%s is taken by %v in the member", id, got)
		}
		// The drilled rules of the account have the same ids in the hub; other names than here tell them apart.
		event := []byte(strings.Replace(string(drill.event), `"rule":"`, `"rule":"of-a-member-`, 1))
		if got := takers(t, rulePatterns(t, ofHub), event); !slices.Equal(got, []string{"Hub" + rule}) {
			t.Errorf("%s is taken by %v in the hub", id, got)
		}
		if drill.bus != "arn:aws:events:eu-west-1:111122223333:event-bus/default" {
			t.Errorf("%s is put on %s", id, drill.bus)
		}
	}
	for isDrilled, template := range map[bool]object{true: ofHub, false: document(t, synth(t, props(withEverySource)))} {
		admitted := text(only(t, template, "AWS::Events::EventBusPolicy")["Statement"].(object)["Condition"])
		if strings.Contains(admitted, `"tocsin"`) != isDrilled || strings.Contains(admitted, `"Tocsin Drill"`) != isDrilled {
			t.Errorf("the bus admits %s", admitted)
		}
	}
	alarms := alarmsOf(ofMember)
	for id := range drilled {
		alarm := alarms[strings.Replace(id, "Drill", "DrillMissed", 1)]
		if alarm == nil || !strings.Contains(text(alarm), "TriggeredRules") || alarm["EvaluationPeriods"] != 26.0 {
			t.Errorf("%s: %s", id, text(alarm))
		}
	}
}

// The check asks for every rule of the stack, later than all drills of its round, and by the queue.
func TestDrillCheck(t *testing.T) {
	template := document(t, synth(t, props(withEverySource, withDrill)))
	all := schedules(template)
	check := all["DrillCheck"]
	target := check["Target"].(object)
	if target["Arn"] != "arn:aws:scheduler:::aws-sdk:sqs:sendMessage" || check["ScheduleExpression"] != "rate(1 day)" {
		t.Errorf("%s", text(check))
	}
	var call struct {
		QueueURL     string `json:"QueueUrl"`
		DelaySeconds int
		MessageBody  string
	}
	if err := json.Unmarshal([]byte(target["Input"].(string)), &call); err != nil {
		t.Fatal(err)
	}
	var record struct {
		Source     string
		DetailType string `json:"detail-type"`
		Time, ID   string
		Detail     struct {
			Rules  []string
			Within string
		}
	}
	if err := json.Unmarshal([]byte(call.MessageBody), &record); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(call.QueueURL, "TocsinQueue") || call.DelaySeconds != 900 || record.Source != "tocsin" || record.DetailType != "Tocsin Drill Check" ||
		record.Time != "<aws.scheduler.scheduled-time>" || record.ID != "<aws.scheduler.execution-id>" || record.Detail.Within != "24h10m0s" {
		t.Errorf("%+v, %+v", call, record)
	}
	var rules []string
	for id, drill := range drills(t, template) {
		rules = append(rules, drill.rule)
		if !slices.ContainsFunc(check["DependsOn"].(list), func(on any) bool { return strings.HasPrefix(on.(string), "Tocsin"+id) }) {
			t.Errorf("the check may be made before %s", id)
		}
		// A rate begins at once: not before what the drill goes through.
		for _, before := range []string{"Tocsin" + strings.Replace(id, "Drill", "Rule", 1), "TocsinQueuePolicy", "TocsinDeadLettersPolicy"} {
			if !slices.ContainsFunc(all[id]["DependsOn"].(list), func(on any) bool { return strings.HasPrefix(on.(string), before) }) {
				t.Errorf("%s may be made before %s: %v", id, before, all[id]["DependsOn"])
			}
		}
	}
	slices.Sort(rules)
	slices.Sort(record.Detail.Rules)
	if !slices.Equal(rules, record.Detail.Rules) || len(slices.Compact(rules)) != len(record.Detail.Rules) {
		t.Errorf("the check asks for %v, want %v", record.Detail.Rules, rules)
	}
	listed := deployed(template["Outputs"].(object)["TocsinDrilledRules"].(object)["Value"]).(string)
	if got := strings.Split(listed, ","); !slices.Equal(slices.Sorted(slices.Values(got)), rules) {
		t.Errorf("the output names %v", got)
	}
	named := drills(t, document(t, synth(t, props(withDrill, func(p *tocsin.Props) { p.Platform.NamePrefix = "sec" }))))
	if got := named["Drill"].rule; got != "sec-findings" {
		t.Errorf("the drill is for %s", got)
	}
}

// What all schedules have in common: nothing is given up in silence, and all have names, tags and bounds
// as everything else has.
func TestSchedules(t *testing.T) {
	p := everything()
	p.Ops.Drill, p.Env["SUMMARY"] = "cron(0 9 * * ? *)", "weekly"
	for name, p := range map[string]*tocsin.Props{"hub": p, "member": p.ForMember(hubBusArn)} {
		template := document(t, synth(t, p))
		for id, schedule := range schedules(template) {
			target := schedule["Target"].(object)
			if text(target["RetryPolicy"]) != `{"MaximumEventAgeInSeconds":3600,"MaximumRetryAttempts":185}` ||
				!strings.HasPrefix(text(target["DeadLetterConfig"]), `{"Arn":"TocsinDeadLetters`) || !strings.HasPrefix(target["RoleArn"].(string), "TocsinSchedulerRole") ||
				text(schedule["FlexibleTimeWindow"]) != `{"Mode":"OFF"}` || schedule["State"] != "ENABLED" || schedule["ScheduleExpressionTimezone"] != nil {
				t.Errorf("%s: %s: %s", name, id, text(schedule))
			}
			if name := schedule["Name"].(string); !strings.HasPrefix(name, "sec-") || len(name) > 64 || !strings.HasPrefix(schedule["GroupName"].(string), "TocsinSchedules") {
				t.Errorf("%s in %s", name, schedule["GroupName"])
			}
		}
		group := only(t, template, "AWS::Scheduler::ScheduleGroup")
		if group["Name"] != "sec-schedules" || text(group["Tags"]) != `[{"Key":"team","Value":"sec"}]` {
			t.Errorf("%s", text(group))
		}
		role := schedulerRole(t, template)
		if role["PermissionsBoundary"] != boundary || text(role["Tags"]) != `[{"Key":"team","Value":"sec"}]` || deployed(role["RoleName"]) != "sec-scheduler-eu-west-1" {
			t.Errorf("%s", text(role))
		}
	}
}

// schedulerRole returns the properties of the schedules' role.
func schedulerRole(t *testing.T, template object) object {
	t.Helper()
	for id, role := range ofType(template, "AWS::IAM::Role") {
		if strings.Contains(id, "SchedulerRole") {
			return role["Properties"].(object)
		}
	}
	t.Fatal("no role for schedules")
	return nil
}

// The schedules may do what they are for, to what they are for, and only EventBridge Scheduler may, for
// this group.
func TestRightsOfSchedules(t *testing.T) {
	summary := func(p *tocsin.Props) { p.Env = map[string]string{"SUMMARY": "weekly"} }
	withKey := func(p *tocsin.Props) { p.Platform.KmsKey = keyArn }
	inHub := func(p *tocsin.Props) { p.Accounts.Hub, p.Accounts.OrgID = true, "o-a1b2c3d4e5" }
	const (
		letters = `"sqs:SendMessage TocsinDeadLetters73CB357A.Arn"`
		queue   = `"sqs:SendMessage TocsinQueueAE67D591.Arn"`
		home    = "arn:aws:events:eu-west-1:111122223333:event-bus/default"
	)
	for name, test := range map[string]struct {
		props *tocsin.Props
		want  map[string]string
	}{
		"summary": {props(summary), map[string]string{"KeepDeadLetters": letters, "AskForReports": queue}},
		"drill":   {props(withDrill), map[string]string{"KeepDeadLetters": letters, "AskForReports": queue, "PutDrills": `"events:PutEvents ` + home + `"`}},
		"hub, under a key": {props(withDrill, inHub, withKey), map[string]string{
			"KeepDeadLetters": letters, "AskForReports": queue, "PutDrills": `"events:PutEvents [` + home + ` TocsinHubBusC64ADF03.Arn]"`,
			"UseKeyOfQueues": `"[kms:Decrypt kms:GenerateDataKey] ` + keyArn + `"`,
		}},
		"member": {props(withDrill).ForMember(hubBusArn), map[string]string{"KeepDeadLetters": letters, "PutDrills": `"events:PutEvents ` + home + `"`}},
	} {
		t.Run(name, func(t *testing.T) {
			role := schedulerRole(t, document(t, synth(t, test.props)))
			got := map[string]string{}
			for _, s := range statements(deployed(role["Policies"])) {
				sid := s["Sid"].(string)
				got[sid] = `"` + strings.Trim(strings.ReplaceAll(text(list{s["Action"], s["Resource"]}), `"`, ""), "[]") + `"`
				got[sid] = strings.ReplaceAll(got[sid], ",", " ")
				const onlyDrills = `{"ForAllValues:StringEquals":{"events:detail-type":"Tocsin Drill","events:source":"tocsin"},` +
					`"Null":{"events:detail-type":"false","events:source":"false"}}`
				if want := map[bool]string{true: onlyDrills, false: "null"}[sid == "PutDrills"]; text(s["Condition"]) != want {
					t.Errorf("%s: the condition is %s", sid, text(s["Condition"]))
				}
			}
			plain := func(rights map[string]string) map[string]string {
				all := map[string]string{}
				for sid, right := range rights {
					all[sid] = strings.NewReplacer("[", "", "]", "").Replace(right)
				}
				return all
			}
			if !maps.Equal(plain(got), plain(test.want)) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			trust := text(deployed(statements(role["AssumeRolePolicyDocument"])[0]))
			const want = `{"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333","aws:SourceArn":"TocsinSchedulesFF57BD36.Arn"}},` +
				`"Effect":"Allow","Principal":{"Service":"scheduler.amazonaws.com"}}`
			if trust != want {
				t.Errorf("the role is for %s", trust)
			}
		})
	}
}

// The alarm on drills looks back as far as there can be none, and the check for as long as a drill may
// be late.
func TestDrillSchedules(t *testing.T) {
	for schedule, want := range map[string]struct {
		hours  float64
		within string
	}{
		"rate(1 day)": {26, "24h10m0s"}, "rate(12 hours)": {14, "12h10m0s"}, "rate(90 minutes)": {4, "1h40m0s"}, "rate(6 days)": {146, "144h10m0s"},
		"cron(0 9 * * ? *)": {26, "30m0s"}, "cron(30 6,18 ? * * *)": {26, "30m0s"}, "cron(0 9 ? * MON-FRI *)": {74, "30m0s"}, "cron(0 9 ? * 2,5 *)": {98, "30m0s"},
		"cron(0 0/6 * * ? *)": {26, "30m0s"},
	} {
		template := document(t, synth(t, props(func(p *tocsin.Props) { p.Ops.Drill = schedule })))
		check := schedules(template)["DrillCheck"]
		if got := alarmsOf(template)["DrillMissed"]["EvaluationPeriods"]; got != want.hours || check["ScheduleExpression"] != schedule {
			t.Errorf("%s: %v hours, want %v; the check is %v", schedule, got, want.hours, check["ScheduleExpression"])
		}
		if input := check["Target"].(object)["Input"].(string); !strings.Contains(input, `\"within\":\"`+want.within+`\"`) {
			t.Errorf("%s: %s", schedule, input)
		}
	}
	for _, schedule := range []string{
		"daily", "rate(7 days)", "rate(30 minutes)", "rate(0 days)", "rate(1 week)", "rate(1day)", "at(2026-01-01T00:00:00)", "cron(0 9 * * *)",
		"cron(0 9 * * MON *)", "cron(0 9 ? * ? *)", "cron(* 9 * * ? *)", "cron(0 9 ? * MON *)", "cron(0 9 1 * ? *)", "cron(0 9 * 1 ? *)",
		"cron(0 9 * * ? 2027)", "cron(0 9 ? * MON#1 *)", "cron(0 9 ? * 6L *)", "cron(0 9 ? * FRI-MON *)", "cron(60 9 * * ? *)",
	} {
		p := props(func(p *tocsin.Props) { p.Ops.Drill = schedule })
		_, err := tocsin.NewTocsin(newStack(t), "Tocsin", p)
		checkLines(t, err, []string{"drill: want rate(1 day), rate(12 hours) or the like, or cron("})
		_, err = tocsin.NewTocsinMember(newStack(t), "Tocsin", p.ForMember(hubBusArn))
		checkLines(t, err, []string{"drill: want rate(1 day)"})
	}
}

// Where a sink asks for summaries, by a variable or in the file, a schedule asks for them.
func TestSummaries(t *testing.T) {
	const monday = "cron(0 7 ? * MON *)"
	for name, test := range map[string]struct {
		props *tocsin.Props
		want  string
	}{
		"none":          {props(), ""},
		"a drill alone": {props(withDrill), ""},
		"all sinks":     {props(func(p *tocsin.Props) { p.Env = map[string]string{"SUMMARY": "weekly"} }), monday},
		"switched off":  {props(func(p *tocsin.Props) { p.Env = map[string]string{"SUMMARY": "off"} }), ""},
		"its own time": {props(func(p *tocsin.Props) {
			p.Env, p.Ops.SummarySchedule = map[string]string{"SUMMARY": "weekly"}, "rate(7 days)"
		}), "rate(7 days)"},
		"in a secret":     {props(inSecret), ""},
		"known elsewhere": {props(inSecret, func(p *tocsin.Props) { p.Ops.SummarySchedule = monday }), monday},
	} {
		t.Run(name, func(t *testing.T) {
			summary, isThere := schedules(document(t, synth(t, test.props)))["Summary"]
			if isThere != (test.want != "") {
				t.Fatalf("%v", summary)
			}
			if !isThere {
				return
			}
			target := summary["Target"].(object)
			var record object
			if err := json.Unmarshal([]byte(target["Input"].(string)), &record); err != nil {
				t.Fatal(err)
			}
			if summary["ScheduleExpression"] != test.want || target["Arn"] != "TocsinQueueAE67D591.Arn" || target["EventBridgeParameters"] != nil ||
				record["source"] != "tocsin" || record["detail-type"] != "Tocsin Summary" || text(record["detail"]) != "{}" {
				t.Errorf("%s", text(summary))
			}
		})
	}
	for schedule, want := range map[string]string{"mondays": "summarySchedule: want cron(0 7 ? * MON *)", monday: "summarySchedule: no sink sends a summary"} {
		_, err := tocsin.NewTocsin(newStack(t), "Tocsin", props(func(p *tocsin.Props) { p.Ops.SummarySchedule = schedule }))
		checkLines(t, err, []string{want})
	}
	_, err := tocsin.NewTocsinMember(newStack(t), "Tocsin", &tocsin.Props{
		Accounts: tocsin.Accounts{HubBusArn: hubBusArn}, Ops: tocsin.Ops{SummarySchedule: monday},
	})
	checkLines(t, err, []string{"summarySchedule: is an option of the hub's stack"})
}
