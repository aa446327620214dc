package tocsin_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/guardduty"
	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// toySources are sources of each kind that the rules tell apart, and one without a name, which reads
// what no other one does.
func toySources() []source.Source {
	passed := func(lenient.Document) source.Passed { return source.Passed{} }
	severe := func(threshold finding.Threshold) map[string]any {
		return map[string]any{"level": list{object{"numeric": list{">=", float64(threshold)}}, object{"exists": false}}}
	}
	return []source.Source{
		{
			ID: "guardduty", Name: "aws.guardduty", Product: "GuardDuty", DetailTypes: []string{"GuardDuty Finding"},
			IsGraded: true, Native: source.Native{Product: "aws/guardduty"},
			Rules: source.Rules{Matching: severe, Volume: "a few findings a day"},
		},
		{
			ID: "hub-old", Name: "aws.hub", Product: "Old Hub", DetailTypes: []string{"Imported", "Custom Action"}, IsGraded: true, Passed: passed,
		},
		{ID: "hub-new", Name: "aws.hub", Product: "New Hub", DetailTypes: []string{"Imported V2"}, IsGraded: true, Passed: passed},
		{
			ID: "scan", Name: "aws.scan", Product: "Scan", DetailTypes: []string{"Scan Finding"},
			Rules: source.Rules{
				Matching: func(threshold finding.Threshold) map[string]any {
					return object{"$or": list{severe(threshold), object{"status": list{"CLOSED"}}}}
				},
				WithoutEndings: severe, Volume: "one for each package",
			},
		},
		{ID: "generic", Product: "Event"},
	}
}

// withToySources chooses the toys, in another order than the table's.
func withToySources(p *tocsin.Props) {
	p.SourceTable, p.Sources = toySources(), []string{"scan", "guardduty", "hub-new"}
}

// Each chosen source has a rule with its own pattern, and both queues take what the rules send.
func TestSources(t *testing.T) {
	template := synth(t, props(withToySources))
	toQueue := object{"Condition": object{"ArnEquals": object{"aws:SourceArn": list{
		object{"Fn::GetAtt": list{like("TocsinRule[0-9A-F]"), "Arn"}}, object{"Fn::GetAtt": list{like("TocsinRuleHubNew"), "Arn"}},
		object{"Fn::GetAtt": list{like("TocsinRuleScan"), "Arn"}},
	}}}}
	expectation{
		has: []resource{
			{"AWS::Events::Rule", object{
				"EventPattern": toySources()[0].Pattern(4), "Description": "Tocsin: GuardDuty findings to the queue",
			}},
			{"AWS::Events::Rule", object{
				"EventPattern": toySources()[2].Pattern(4), "Description": "Tocsin: New Hub findings to the queue",
			}},
			{"AWS::Events::Rule", object{"EventPattern": toySources()[3].Pattern(4)}},
			{"AWS::SQS::QueuePolicy", statement(toQueue)},
			metricAlarm("FailedInvocations", object{"Dimensions": list{object{"Name": "RuleName", "Value": object{"Ref": like("RuleScan")}}}}),
			metricAlarm("FailedInvocations", object{"Dimensions": list{object{"Name": "RuleName", "Value": object{"Ref": like("RuleHubNew")}}}}),
		},
		count: map[string]int{"AWS::Events::Rule": 3, "AWS::CloudWatch::Alarm": 12},
	}.check(t, template)
	expect(t, func() {
		template.ResourcePropertiesCountIs(jsii.String("AWS::SQS::QueuePolicy"), statement(toQueue), jsii.Number(2))
	})
	body := text(only(t, document(t, template), "AWS::CloudWatch::Dashboard")["DashboardBody"])
	for _, rule := range []string{"TocsinRuleScan", "TocsinRuleHubNew"} {
		if strings.Count(body, rule) != 2 { // matches and failures
			t.Errorf("the dashboard names %s %d times, want 2", rule, strings.Count(body, rule))
		}
	}
}

// The ids of a source's resources do not change with what else is chosen: another id is another
// resource. The default's are those that it has always had.
func TestIDsStayWithOtherSources(t *testing.T) {
	ids := func(sources ...string) []string {
		p := props(withToySources, func(p *tocsin.Props) {
			p.Sources, p.Accounts.Hub, p.Accounts.OrgID, p.Platform.NamePrefix = sources, true, "o-a1b2c3d4e5", "sec"
		})
		return sorted(document(t, synth(t, p))["Resources"].(object))
	}
	all := ids("guardduty", "hub-old", "scan")
	for _, chosen := range [][]string{nil, {"guardduty"}, {"scan"}, {"scan", "hub-old"}} {
		for _, id := range ids(chosen...) {
			if !slices.Contains(all, id) {
				t.Errorf("%v: %s has another id beside other sources", chosen, id)
			}
		}
	}
	if usual := ids("guardduty"); !reflect.DeepEqual(ids(), usual) {
		t.Error("the default is not guardduty alone")
	}
}

// The bus of a hub admits what is chosen and nothing else, and a member forwards it.
func TestSourcesOfHubAndMember(t *testing.T) {
	hub := props(withToySources, func(p *tocsin.Props) {
		p.Accounts.Hub, p.Accounts.OrgID, p.Platform.NamePrefix = true, "o-a1b2c3d4e5", "sec"
		p.Sources = append(p.Sources, "hub-old")
		p.WithoutEndings = true
	})
	template := synth(t, hub)
	expectation{
		has: []resource{
			{"AWS::Events::EventBusPolicy", object{"Statement": object{"Condition": object{"ForAllValues:StringEquals": object{
				"events:source":      list{"aws.guardduty", "aws.hub", "aws.scan"},
				"events:detail-type": list{"Custom Action", "GuardDuty Finding", "Imported", "Imported V2", "Scan Finding"},
			}}}}},
			{"AWS::Events::Rule", object{"Name": "sec-hub-findings", "EventBusName": present()}},
			{"AWS::Events::Rule", object{"Name": "sec-hub-findings-hub-old", "EventBusName": present()}},
			{"AWS::CloudWatch::Alarm", object{"AlarmName": "sec-hub-rule-fails-scan"}},
			{"AWS::CloudWatch::Alarm", object{"AlarmName": "sec-rule-fails-scan"}},
		},
		count: map[string]int{"AWS::Events::Rule": 8, "AWS::Events::EventBusPolicy": 1},
	}.check(t, template)

	member := document(t, synth(t, hub.ForMember(hubBusArn)))
	ofHub := patterns(document(t, template))
	if ofMember := patterns(member); len(ofMember) != 4 || !reflect.DeepEqual(ofHub, ofMember) {
		t.Errorf("the hub's rules have\n%v\nand the member's\n%v", ofHub, ofMember)
	}
	alarms := 0
	for _, alarm := range ofType(member, "AWS::CloudWatch::Alarm") {
		if alarm["Properties"].(object)["MetricName"] == "FailedInvocations" {
			alarms++
		}
	}
	if alarms != 4 {
		t.Errorf("%d alarms watch the member's rules, want 4", alarms)
	}
}

// patterns returns the different patterns of a template's rules, sorted.
func patterns(template object) []string {
	var all []string
	for _, rule := range ofType(template, "AWS::Events::Rule") {
		all = append(all, text(rule["Properties"].(object)["EventPattern"]))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// What the operator grades by hand may be raised over any threshold: its rule holds nothing back,
// in the hub and in the member. A source with a severity of its own keeps its rule.
func TestSourceSeverity(t *testing.T) {
	hub := props(func(p *tocsin.Props) {
		p.MinSeverity, p.Env = "high", map[string]string{"SOURCE_SEVERITY": "config=low, health = critical"}
		p.Sources = []string{"guardduty", "health"}
	})
	health := events.Table()[slices.IndexFunc(events.Table(), func(s source.Source) bool { return s.ID == "health" })]
	for name, p := range map[string]*tocsin.Props{"hub": hub, "member": hub.ForMember(hubBusArn)} {
		got := patterns(document(t, synth(t, p)))
		for _, want := range []object{health.Pattern(0), guardduty.Source().Pattern(7)} {
			if !slices.Contains(got, text(want)) {
				t.Errorf("%s: no rule has %s, but\n%s", name, text(want), strings.Join(got, "\n"))
			}
		}
	}
}

func TestSourceMistakes(t *testing.T) {
	for name, test := range map[string]struct {
		sources []string
		want    []string
	}{
		"a slip":   {[]string{"guarduty"}, []string{"sources: entry 1: there is no such source; did you mean guardduty?"}},
		"its case": {[]string{"GuardDuty"}, []string{"sources: entry 1: there is no such source; did you mean guardduty?"}},
		"unknown":  {[]string{"scan", "x"}, []string{"sources: entry 2: there is no such source; there are: guardduty, hub-old, hub-new, scan"}},
		"no rule":  {[]string{"generic"}, []string{"sources: entry 1: there is no such source; there are:"}},
		"twice":    {[]string{"scan", "scan"}, []string{"sources: entry 2 names a source twice"}},
		"two at once": {[]string{"skan", "y"}, []string{
			"sources: entry 1: there is no such source; did you mean scan?", "sources: entry 2: there is no such source",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			p := props(withToySources, func(p *tocsin.Props) { p.Sources = test.sources })
			_, err := tocsin.NewTocsin(newStack(t), "Tocsin", p)
			checkLines(t, err, test.want)
			_, err = tocsin.NewTocsinMember(newStack(t), "Tocsin", p.ForMember(hubBusArn))
			checkLines(t, err, test.want)
		})
	}
}

// The synthesis says what each chosen source costs, which findings are paid for twice, and what is
// lost without endings. It says nothing of the default.
func TestNotes(t *testing.T) {
	for name, test := range map[string]struct {
		sources        []string
		withoutEndings bool
		want           []string // what each note begins with, W for a warning
	}{
		"default":          {},
		"one":              {[]string{"guardduty"}, false, []string{"Events of guardduty: a few findings a day."}},
		"without a volume": {[]string{"hub-new"}, false, nil},
		"two forms":        {[]string{"hub-old", "hub-new"}, false, []string{"W hub-old and hub-new are two forms of one service's findings."}},
		"passed on": {[]string{"hub-new", "guardduty"}, false, []string{
			"Events of guardduty: ", "W hub-new passes on findings of guardduty, which come by themselves too.",
		}},
		"without endings": {[]string{"scan", "hub-new"}, true, []string{
			"Events of scan: one for each package.", "withoutEndings: findings of scan that are over and below the lowest threshold are not paid for.",
		}},
		"no endings at all": {[]string{"guardduty"}, true, []string{"Events of guardduty: ", "withoutEndings changes nothing"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := props(withToySources, func(p *tocsin.Props) {
				p.Sources, p.WithoutEndings, p.Ops.TopicArn = test.sources, test.withoutEndings, topicArn
			})
			notes := p.Notes()
			if len(notes) != len(test.want) {
				t.Fatalf("got %+v, want %q", notes, test.want)
			}
			infos := 0
			for i, note := range notes {
				begin, isWarning := strings.CutPrefix(test.want[i], "W ")
				if !strings.HasPrefix(note.Text, begin) || isWarning != (note.ID != "") {
					t.Errorf("got %+v, want %q", note, test.want[i])
				}
				if !isWarning {
					infos++
				}
			}
			for _, one := range []*tocsin.Props{p, p.ForMember(hubBusArn)} {
				stack := built(t, one)
				if got := warnings(stack); got != len(notes)-infos {
					t.Errorf("%d warnings, want %d", got, len(notes)-infos)
				}
				said := assertions.Annotations_FromStack(stack).FindInfo(jsii.String("*"), assertions.Match_AnyValue())
				if len(*said) != infos {
					t.Errorf("%d infos, want %d", len(*said), infos)
				}
			}
		})
	}
}

// Every source of Tocsin's own can be chosen, and all together: names and ids differ, the template
// stays within what CloudFormation takes, and each pattern within what EventBridge does.
func TestEverySource(t *testing.T) {
	var ids []string
	for _, s := range events.Table() {
		if s.Name != "" {
			ids = append(ids, s.ID)
		}
	}
	p := everything()
	p.Sources = ids
	template := document(t, synth(t, p))
	names := map[string]bool{}
	for _, rule := range ofType(template, "AWS::Events::Rule") {
		name := rule["Properties"].(object)["Name"].(string)
		if names[name] || len(name) > 64 {
			t.Errorf("the name %s is taken, or too long", name)
		}
		names[name] = true
	}
	deployed := patterns(template)
	for _, s := range events.Table() {
		if s.Name != "" && !slices.Contains(deployed, text(s.Pattern(1))) { // AUDIT_MIN_SEVERITY=low
			t.Errorf("no rule has the pattern of %s: %s", s.ID, text(s.Pattern(1)))
		}
	}
	if len(names) != 2*len(ids) {
		t.Errorf("%d rules for %d sources in the account and in the hub", len(names), len(ids))
	}
	const limit = 1 << 20 // docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
	if size := len(text(template)); size > limit {
		t.Errorf("the template has %d bytes, of %d", size, limit)
	}
}

// A source whose events come under the names of all services is admitted by what its pattern says.
func TestSourceOfAnyService(t *testing.T) {
	toy := source.Source{ID: "log", Name: "aws.log", AnyService: true, Product: "Log", DetailTypes: []string{"Call"}}
	p := props(func(p *tocsin.Props) {
		p.SourceTable, p.Sources = []source.Source{toy}, []string{"log"}
		p.Accounts.Hub, p.Accounts.OrgID = true, "o-a1b2c3d4e5"
	})
	expectation{has: []resource{
		{"AWS::Events::Rule", object{"EventPattern": object{"source": list{object{"prefix": "aws."}}, "detail-type": list{"Call"}}}},
		{"AWS::Events::EventBusPolicy", object{"Statement": object{"Condition": object{
			"ForAllValues:StringLike": object{"events:source": "aws.*", "events:detail-type": "Call"},
		}}}},
	}}.check(t, synth(t, p))
}
