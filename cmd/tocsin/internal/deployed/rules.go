package deployed

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// rule is a rule of EventBridge on a bus, by the name that CloudFormation has for it: that of the rule
// alone on the default bus. An empty region stands for that of the environment.
type rule struct{ name, bus, region string }

// defaultBus is the bus that AWS services send to.
const defaultBus = "default"

func ruleOf(physical string) rule {
	if bus, name, isElsewhere := strings.Cut(physical, "|"); isElsewhere {
		return rule{name: name, bus: bus}
	}
	return rule{name: physical, bus: defaultBus}
}

// check looks at whether a rule is enabled, and sends to one of the targets; nil stands for any.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html
func (r rule) check(ctx context.Context, targets []string) notify.Check {
	what := "rule " + r.name
	var is struct{ State, ScheduleExpression string }
	if err := (action{eventBridge(), "DescribeRule", r.region}.call(ctx, map[string]string{"Name": r.name, "EventBusName": r.bus}, &is)); err != nil {
		return missing(what, err, "there is no such rule: its findings come to nobody; deploy the stack again")
	}
	if !strings.HasPrefix(is.State, "ENABLED") {
		return fault(what, fmt.Sprintf("it is %s, so that its findings come to nobody; aws events enable-rule --event-bus-name %s --name %s", is.State, r.bus, r.name))
	}
	var of struct{ Targets []struct{ Arn string } }
	if err := (action{eventBridge(), "ListTargetsByRule", r.region}.call(ctx, map[string]string{"Rule": r.name, "EventBusName": r.bus}, &of)); err != nil {
		return missing(what, err, "there is no such rule")
	}
	for _, target := range of.Targets {
		// What comes by the clock is no finding, and can go elsewhere.
		if targets == nil || is.ScheduleExpression != "" || slices.Contains(targets, target.Arn) {
			return ok(what, "it is enabled, and sends to "+lastOf(target.Arn))
		}
	}
	return fault(what, "it has no target in the stack, so that its findings come to nobody; deploy the stack again")
}

// checkRules looks at rules side by side.
func checkRules(ctx context.Context, rules []rule, targets []string) []notify.Check {
	checks := make([]notify.Check, len(rules))
	var looking sync.WaitGroup
	for i, r := range rules {
		looking.Go(func() { checks[i] = r.check(ctx, targets) })
	}
	looking.Wait()
	return checks
}

// rulesOf returns the rules of the default bus that send to a target.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRuleNamesByTarget.html
func rulesOf(ctx context.Context, target string) (rules []rule, err error) {
	for next := ""; ; {
		input := map[string]string{"TargetArn": target}
		if next != "" {
			input["NextToken"] = next
		}
		var of struct {
			RuleNames []string
			NextToken string
		}
		if err := (action{eventBridge(), "ListRuleNamesByTarget", regionOf(target)}.call(ctx, input, &of)); err != nil {
			return nil, err
		}
		for _, name := range of.RuleNames {
			rules = append(rules, rule{name, defaultBus, regionOf(target)})
		}
		if next = of.NextToken; next == "" {
			return rules, nil
		}
	}
}

// lastOf returns the name of a resource, without region and account.
func lastOf(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }

// checkSchedule looks at whether a schedule of a group is enabled; an empty group stands for the
// scheduler's own.
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html
func checkSchedule(ctx context.Context, group, name string) notify.Check {
	what := "schedule " + name
	path := "/schedules/" + url.PathEscape(name)
	if group != "" {
		path += "?groupName=" + url.QueryEscape(group)
	}
	var is struct{ State string }
	switch err := (action{service: scheduler(), name: "GetSchedule"}.get(ctx, path, &is)); {
	case err != nil:
		return missing(what, err, "there is no such schedule; deploy the stack again")
	case is.State != "ENABLED":
		return fault(what, "it is "+is.State+", so that what it is for does not happen; enable it in EventBridge Scheduler, or deploy the stack again")
	}
	return ok(what, "it is enabled")
}

// checkBus looks at whether a bus is there.
func checkBus(ctx context.Context, name string) notify.Check {
	what := "bus " + name
	var of struct{ Arn string }
	if err := (action{service: eventBridge(), name: "DescribeEventBus"}.call(ctx, map[string]string{"Name": name}, &of)); err != nil {
		return missing(what, err, "there is no such bus: the findings of other accounts come to nobody")
	}
	return ok(what, "it is there")
}
