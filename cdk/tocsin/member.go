package tocsin

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Member is the small deployment in a member account or region: a rule for each source that
// forwards its findings to the hub's bus, with a role and a dead-letter queue of its own.
type Member struct {
	// Construct is the node in the tree, to hang aspects and tags on.
	Construct constructs.Construct

	// DeadLetters holds the findings that the hub did not take.
	DeadLetters awssqs.Queue
	// Role may put events on the hub's bus, and nothing else.
	Role awsiam.Role
}

// NewTocsinMember adds a member's resources to a stack. It heeds Accounts.HubBusArn, which is
// required, Sources, WithoutEndings, MinSeverity with Sinks, in Env and in the file of Config the thresholds and
// SOURCE_SEVERITY (the same as the hub's), Ops, EnableGuardDuty, and of Platform all that is not about the function. The error joins one error
// for each mistake.
func NewTocsinMember(scope constructs.Construct, id string, props *Props) (*Member, error) {
	c, err := checkMember(props)
	if err != nil {
		return nil, err
	}
	self := constructs.NewConstruct(scope, jsii.String(id))
	m := &Member{Construct: self}
	key := newKey(self, c)
	m.DeadLetters = newDeadLetters(self, c, key)
	accept(m.DeadLetters, "AwsSolutions-SQS3", "This is itself a dead-letter queue, the rule's, which cdk-nag does not see; "+
		"an alarm tells of every message in it.")
	m.Role = newForwardRole(self, c)
	rules := newRules(self, c, ruleSpec{
		kind: memberKind, name: "findings-to-hub", description: "Tocsin: {product} findings to the hub",
		bus: defaultBus(awscdk.Stack_Of(self)), target: c.Accounts.HubBusArn, deadLetters: *m.DeadLetters.QueueArn(), role: m.Role.RoleArn(),
	})
	acceptRules(awscdk.Stack_Of(self), m.DeadLetters, arnsOf(rules))
	newDetector(self, c)
	m.drill(c, key, rules)

	ops := newOpsTopic(self, c, key)
	alarms := []alarm{deadLetterAlarm(dimensions{"QueueName": *m.DeadLetters.QueueName()})}
	for _, rule := range rules {
		alarms = append(alarms, ruleAlarm(rule))
		if c.Ops.Drill != "" {
			alarms = append(alarms, memberDrillAlarm(rule, c.missed()))
		}
	}
	newAlarms(self, c, *ops.TopicArn(), alarms)
	output(self, "DeadLetterQueueUrl", "Findings that the hub did not take", *m.DeadLetters.QueueUrl())
	output(self, "OpsTopicArn", "Where alarms go", *ops.TopicArn())
	addNotes(self, c.Props)
	tag(self, c)
	return m, nil
}

// drill makes the schedules that drill the rules, where that is asked for. Their drills are checked by
// the hub.
func (m *Member) drill(c checked, key awskms.IKey, rules []madeRule) {
	if c.Ops.Drill == "" {
		return
	}
	s := newScheduler(m.Construct, c, schedulerSpec{key: key, deadLetters: m.DeadLetters, buses: busesOf(rules)})
	for _, rule := range rules {
		s.addDrill(rule, policyOf(m.DeadLetters))
	}
}

// newForwardRole lets EventBridge put the account's findings on the hub's bus. Each bus as a target
// has needed a role since 2023:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
func newForwardRole(scope constructs.Construct, c checked) awsiam.Role {
	stack := awscdk.Stack_Of(scope)
	events := awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), &awsiam.ServicePrincipalOpts{
		Conditions: &conditions{"StringEquals": map[string]any{"aws:SourceAccount": *stack.Account()}},
	})
	return awsiam.NewRole(scope, jsii.String("Role"), &awsiam.RoleProps{
		RoleName:            c.name("forward-" + *stack.Region()), // roles are the same in all regions
		Description:         jsii.String("Tocsin: puts findings on the hub's bus"),
		AssumedBy:           events,
		PermissionsBoundary: c.boundary(scope),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"tocsin": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &[]awsiam.PolicyStatement{
				allow("ForwardFindings", []string{"events:PutEvents"}, c.Accounts.HubBusArn),
			}}),
		},
	})
}

// checkMember validates the options of NewTocsinMember.
func checkMember(props *Props) (checked, error) {
	if props == nil {
		props = &Props{}
	}
	props, inForm := props.withFile()
	var found mistakes
	bus := props.Accounts.HubBusArn
	if !unresolved(bus) && (!isARN(bus, "events") || !strings.Contains(bus, ":event-bus/")) {
		found.add("hubBusArn", "want the output HubBusArn of the hub: arn:aws:events:REGION:ACCOUNT:event-bus/NAME")
	}
	props.checkNotMember(&found)
	props.checkOps(&found)
	props.checkDrill(&found)
	props.checkSources(&found)
	props.checkGuardDuty(&found)
	props.checkPlatform(&found)
	found = append(found, inForm...)
	if props.isUnread() {
		return checked{}, found.err()
	}
	props.checkBesideFile(&found)
	threshold, more := props.forMember(bus).checkThresholds()
	return checked{props, threshold}, append(found, more...).err()
}

// checkNotMember refuses options that a member has no use for: they belong to the hub's stack.
func (p *Props) checkNotMember(found *mistakes) {
	const remedy = "is an option of the hub's stack; leave it out where hubBusArn is set"
	v := p.Platform.Vpc
	for _, option := range []struct {
		name string
		set  bool
	}{
		{"hub", p.Accounts.Hub},
		{"orgId", p.Accounts.OrgID != ""},
		{"memberAccounts", len(p.Accounts.MemberAccounts) > 0},
		{"emails", len(p.Emails) > 0},
		{"snsTopicArn", p.SnsTopicArn != ""},
		{"slackWebhookSecret", p.SlackWebhookSecret != ""},
		{"accountNames", p.AccountNames != ""},
		{optionSummarySchedule, p.Ops.SummarySchedule != ""},
		{"subnetIds", len(v.SubnetIDs) > 0},
		{"vpcId", v.VpcID != ""},
		{"securityGroupIds", len(v.SecurityGroupIDs) > 0},
	} {
		if option.set {
			found.add(option.name, remedy)
		}
	}
	for _, name := range p.Actions.set() {
		found.add(name, remedy)
	}
	for _, name := range sortedKeys(p.Env) {
		if !isShared(name) {
			found.add(envPrefix+name, remedy)
		}
	}
}

// isShared reports whether a variable says what the rules match, which a member has in common with
// the hub.
func isShared(name string) bool {
	return name == variableSourceSeverity || strings.HasSuffix(name, "_"+variableMinSeverity)
}

// ForMember returns those of the hub's options that its members share (the sources, the thresholds,
// the alarms, the platform), with the hub's bus: what NewTocsinMember takes.
func (p *Props) ForMember(hubBusArn string) *Props {
	member := p.forMember(hubBusArn)
	member.file = nil
	return member
}

func (p *Props) forMember(hubBusArn string) *Props {
	member := &Props{
		Config: p.Config, file: p.file, Sinks: p.Sinks, SinkTypes: p.SinkTypes, MinSeverity: p.MinSeverity, Env: map[string]string{}, Ops: p.Ops,
		Platform: p.Platform, Sources: p.Sources, SourceTable: p.SourceTable, WithoutEndings: p.WithoutEndings,
	}
	for name, value := range p.Env {
		if isShared(name) {
			member.Env[name] = value
		}
	}
	member.Platform.Vpc = Vpc{}
	member.Ops.SummarySchedule = ""
	member.Accounts = Accounts{
		HubBusArn: hubBusArn, EnableGuardDuty: p.Accounts.EnableGuardDuty, PublishingFrequency: p.Accounts.PublishingFrequency,
	}
	return member
}
