package deployed

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Stack is what CloudFormation has made.
type Stack struct {
	name, status string
	resources    []resource
}

type resource struct {
	Logical  string `xml:"LogicalResourceId"`
	Physical string `xml:"PhysicalResourceId"`
	Type     string `xml:"ResourceType"`
}

// cloudFormationVersion is that of the API.
const cloudFormationVersion = "2010-05-15"

// ReadStack reads what is in a stack.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html
func ReadStack(ctx context.Context, name string) (Stack, error) {
	var of struct {
		Status []string `xml:"DescribeStacksResult>Stacks>member>StackStatus"`
	}
	form := func() url.Values { return url.Values{"Version": {cloudFormationVersion}, "StackName": {name}} }
	if err := (action{service: cloudFormation(), name: "DescribeStacks"}.query(ctx, form(), &of)); err != nil {
		return Stack{name: name}, err
	}
	s := Stack{name: name, status: strings.Join(of.Status, " ")}
	for next := ""; ; {
		var page struct {
			Resources []resource `xml:"ListStackResourcesResult>StackResourceSummaries>member"`
			Next      string     `xml:"ListStackResourcesResult>NextToken"`
		}
		values := form()
		if next != "" {
			values.Set("NextToken", next)
		}
		if err := (action{service: cloudFormation(), name: "ListStackResources"}.query(ctx, values, &page)); err != nil {
			return Stack{name: name}, err
		}
		s.resources = append(s.resources, page.Resources...)
		if next = page.Next; next == "" {
			return s, nil
		}
	}
}

// of returns the names of the resources of a type.
func (s Stack) of(kind string) (all []resource) {
	for _, r := range s.resources {
		if r.Type == kind && r.Physical != "" {
			all = append(all, r)
		}
	}
	return all
}

// queues returns the URLs of the queue of findings and of that of dead letters; either may be empty.
func (s Stack) queues() (findings, deadLetters string) {
	for _, r := range s.of("AWS::SQS::Queue") {
		if strings.Contains(r.Logical, "DeadLetters") {
			deadLetters = r.Physical
		} else {
			findings = r.Physical
		}
	}
	return findings, deadLetters
}

// functions returns the name of the function that sends findings, and that of the one that answers buttons; either may
// be empty.
func (s Stack) functions() (sends, answers string) {
	for _, r := range s.of("AWS::Lambda::Function") {
		if strings.Contains(r.Logical, "Actions") {
			answers = r.Physical
		} else {
			sends = r.Physical
		}
	}
	return sends, answers
}

// Variables returns the variables of the stack's function; none where it has no function, as that of a
// member account.
func (s Stack) Variables(ctx context.Context) (map[string]string, error) {
	name, _ := s.functions()
	if name == "" {
		return nil, nil
	}
	f, err := readFunction(ctx, name)
	switch {
	case err != nil:
		return nil, err
	case f.Environment.Error != nil:
		return nil, errors.New("the function's variables cannot be read: whoever runs this needs kms:Decrypt on their key")
	}
	return f.Environment.Variables, nil
}

// Looks returns what there is to look at in the stack: each function looks at one thing. unread says why
// the stack could not be read, if so.
func (s Stack) Looks(unread error) []func(context.Context) []notify.Check {
	one := func(look func(context.Context) notify.Check) func(context.Context) []notify.Check {
		return func(ctx context.Context) []notify.Check { return []notify.Check{look(ctx)} }
	}
	if unread != nil {
		return []func(context.Context) []notify.Check{one(func(context.Context) notify.Check {
			return missing("stack "+s.name, unread, "there is no such stack in this region and account; see AWS_REGION and AWS_PROFILE")
		})}
	}
	looks := []func(context.Context) []notify.Check{
		one(func(context.Context) notify.Check { return s.check() }), s.lookAtRules,
	}
	for _, r := range s.of("AWS::Events::EventBus") {
		looks = append(looks, one(func(ctx context.Context) notify.Check { return checkBus(ctx, r.Physical) }))
	}
	group := ""
	for _, r := range s.of("AWS::Scheduler::ScheduleGroup") {
		group = r.Physical
	}
	for _, r := range s.of("AWS::Scheduler::Schedule") {
		looks = append(looks, one(func(ctx context.Context) notify.Check { return checkSchedule(ctx, group, r.Physical) }))
	}
	for _, r := range s.of("AWS::Lambda::EventSourceMapping") {
		looks = append(looks, one(func(ctx context.Context) notify.Check { return readMapping(ctx, r.Physical) }))
	}
	sends, answers := s.functions()
	if sends != "" {
		looks = append(looks, one(func(ctx context.Context) notify.Check {
			f, err := readFunction(ctx, sends)
			return f.check("function", err)
		}))
	}
	if answers != "" {
		looks = append(looks, one(func(ctx context.Context) notify.Check { return checkButtons(ctx, answers) }))
	}
	for _, r := range s.of("AWS::DynamoDB::Table") {
		looks = append(looks, func(ctx context.Context) []notify.Check { return Table(ctx, r.Physical) })
	}
	if _, deadLetters := s.queues(); deadLetters != "" {
		looks = append(looks, func(ctx context.Context) []notify.Check { return DeadLetters(ctx, deadLetters) })
	}
	return looks
}

// check says what the stack itself is like, and whether all of it is there.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
func (s Stack) check() notify.Check {
	what := "stack " + s.name
	findings, _ := s.queues()
	isHub := findings != "" || len(s.of("AWS::Lambda::Function")) > 0
	for _, part := range []struct{ kind, name string }{
		{"AWS::Lambda::Function", "function"}, {"AWS::Lambda::EventSourceMapping", "mapping"}, {"AWS::SQS::Queue", "queue"}, {"AWS::DynamoDB::Table", "table"},
	} {
		if isHub && len(s.of(part.kind)) == 0 {
			return fault(what, "it has no "+part.name+"; deploy it again")
		}
	}
	switch {
	case len(s.of("AWS::Events::Rule")) == 0:
		return fault(what, "it has no rule, so that nothing comes; see that it is that of Tocsin, and deploy it again")
	case strings.HasSuffix(s.status, "_FAILED"), s.status == "ROLLBACK_COMPLETE":
		return fault(what, "it is "+s.status+"; see its events in CloudFormation, and deploy it again")
	case s.status == "UPDATE_ROLLBACK_COMPLETE":
		return warning(what, "its last update has failed and was taken back; see its events in CloudFormation")
	case !strings.HasSuffix(s.status, "_COMPLETE"):
		return warning(what, "it is "+s.status+": what is said here may soon be otherwise")
	}
	return ok(what, "it is "+s.status)
}

// lookAtRules looks at the queue of findings, and at the rules, whose target that is. Those of a member
// send to the bus of another account.
func (s Stack) lookAtRules(ctx context.Context) []notify.Check {
	var all []notify.Check
	var targets []string
	if findings, deadLetters := s.queues(); findings != "" {
		q, err := readQueue(ctx, findings)
		if err != nil {
			all = append(all, missing("queue", err, "there is no such queue: findings come to nobody; deploy the stack again"))
		} else {
			dead, _ := readQueue(ctx, deadLetters) // what is wrong with it is said of it
			all, targets = append(all, q.checks(true, dead.arn)...), []string{q.arn}
		}
	}
	var rules []rule
	for _, r := range s.of("AWS::Events::Rule") {
		rules = append(rules, ruleOf(r.Physical))
	}
	slices.SortFunc(rules, func(a, b rule) int { return strings.Compare(a.name, b.name) })
	return append(all, checkRules(ctx, rules, targets)...)
}
