package tocsin

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsguardduty"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Tocsin is the whole deployment in one account and region: rule, queue, function, ledger, topics,
// alarms and dashboard. Its fields are there to be built upon.
type Tocsin struct {
	// Construct is the node in the tree, to hang aspects and tags on.
	Construct constructs.Construct

	// Queue holds the findings that wait, DeadLetters those that were sent to nobody.
	Queue, DeadLetters awssqs.Queue
	// Ledger is the table of what was sent to whom.
	Ledger awsdynamodb.Table
	// Function sends to the sinks; Role is all that it may do.
	Function awslambda.CfnFunction
	Role     awsiam.Role
	// AlertTopic is the topic of the SNS sinks; nil when they have topics of their own or there are
	// none. OpsTopic is the topic of the alarms.
	AlertTopic, OpsTopic awssns.ITopic
	// WebhookSecret is to be filled by hand; nil when the stack makes none.
	WebhookSecret awssecretsmanager.CfnSecret
	// HubBus takes the findings of other accounts and regions; nil without hub.
	HubBus awsevents.CfnEventBus
	// ActionsFunction answers the buttons of messages at ActionsURL; ActionsRole is all that it may do. All three are
	// nil without actions.
	ActionsFunction awslambda.CfnFunction
	ActionsURL      awslambda.CfnUrl
	ActionsRole     awsiam.Role
}

// NewTocsin adds Tocsin to a stack. Nothing is built unless all options are valid: the error joins
// one error for each mistake, which begins with the option's name and says the remedy.
func NewTocsin(scope constructs.Construct, id string, props *Props) (*Tocsin, error) {
	c, err := check(props)
	if err == nil {
		err = c.checkLoops(awscdk.Stack_Of(scope))
	}
	if err != nil {
		return nil, err
	}
	c, remove, err := c.bundled(scope)
	if err != nil {
		return nil, err
	}
	defer remove()
	self := constructs.NewConstruct(scope, jsii.String(id))
	t := &Tocsin{Construct: self}
	key := newKey(self, c)
	t.DeadLetters = newDeadLetters(self, c, key)
	t.Queue = newQueue(self, c, key, t.DeadLetters)
	t.Ledger = newLedger(self, c, key)
	t.AlertTopic = newAlertTopic(self, c, key)
	t.OpsTopic = newOpsTopic(self, c, key)
	secret := newWebhooks(self, c, key)
	t.WebhookSecret = secret.own

	wires := wiring{table: *t.Ledger.TableName(), queue: *t.Queue.QueueUrl(), deadLetters: *t.DeadLetters.QueueUrl(), webhooks: secret.ref}
	if t.AlertTopic != nil {
		wires.topic = *t.AlertTopic.TopicArn()
	}
	logs := newLogGroup(self, c, logSpec{id: "Logs", name: "function", key: key})
	t.Role = newRole(self, c, grants{
		queue: *t.Queue.QueueArn(), deadLetters: *t.DeadLetters.QueueArn(), table: *t.Ledger.TableArn(),
		logGroup: *logs.AttrArn(), sinks: c.sinkGrants(wires.topic, homeOf(awscdk.Stack_Of(self))), secrets: c.secretArns(secret), keys: c.keyArns(key),
		archive: c.archiveRights(),
	})
	t.Function = newFunction(self, c, functionSpec{
		name: "function", description: "Tocsin: sends people security findings", role: t.Role.RoleArn(), logGroup: logs.Ref(), key: key, variables: c.variables(wires),
	})
	t.newActions(c, frontSpec{key: key, wires: wires, queue: *t.Queue.QueueArn(), table: *t.Ledger.TableArn()})
	mapping := newMapping(self, t.Function.Ref(), t.Queue.QueueArn())

	rules := t.newRules(c)
	newDetector(self, c)
	t.schedule(c, key, rules)
	t.watch(c, rules)
	t.outputs(c, mapping, rules)
	addNotes(self, c.Props)
	tag(self, c)
	return t, nil
}

// newRules makes the rules of the account's own findings and, for a hub, its bus and its rules, and
// lets them send to the queues.
func (t *Tocsin) newRules(c checked) []madeRule {
	stack := awscdk.Stack_Of(t.Construct)
	rules := newRules(t.Construct, c, ruleSpec{
		name: "findings", description: "Tocsin: {product} findings to the queue",
		bus: defaultBus(stack), target: *t.Queue.QueueArn(), deadLetters: *t.DeadLetters.QueueArn(),
	})
	if hub := newHub(t.Construct, c, *t.Queue.QueueArn(), *t.DeadLetters.QueueArn()); hub != nil {
		t.HubBus = hub.bus
		rules = append(rules, hub.rules...)
	}
	acceptRules(stack, t.Queue, arnsOf(rules))
	acceptRules(stack, t.DeadLetters, arnsOf(rules))
	return rules
}

// newActions makes the function that answers buttons, where that is asked for.
func (t *Tocsin) newActions(c checked, spec frontSpec) {
	if front := newFront(t.Construct, c, spec); front != nil {
		t.ActionsFunction, t.ActionsURL, t.ActionsRole = front.function, front.url, front.role
	}
}

// schedule makes the schedules of drills and summaries, where either is asked for.
func (t *Tocsin) schedule(c checked, key awskms.IKey, rules []madeRule) {
	spec := schedulerSpec{key: key, queue: t.Queue, deadLetters: t.DeadLetters}
	if c.Ops.Drill != "" {
		spec.buses = busesOf(rules)
	} else if c.summarySchedule() == "" {
		return
	}
	s := newScheduler(t.Construct, c, spec)
	s.addSummary(t.Queue, t.Function)
	if c.Ops.Drill == "" {
		return
	}
	var drills []constructs.IDependable
	for _, rule := range rules {
		drills = append(drills, s.addDrill(rule, policyOf(t.Queue), policyOf(t.DeadLetters), t.Function))
	}
	s.addCheck(t.Queue, rules, drills)
}

// watch makes the alarms and the dashboard.
func (t *Tocsin) watch(c checked, rules []madeRule) {
	w := watched{
		queue:       dimensions{"QueueName": *t.Queue.QueueName()},
		deadLetters: dimensions{"QueueName": *t.DeadLetters.QueueName()},
		function:    dimensions{"FunctionName": *t.Function.Ref()},
		table:       dimensions{"TableName": *t.Ledger.TableName()},
	}
	if t.ActionsFunction != nil {
		w.front = dimensions{"FunctionName": *t.ActionsFunction.Ref()}
	}
	alarms := slices.Concat(queueAlarms(w.queue, w.function), []alarm{deadLetterAlarm(w.deadLetters)}, c.deliveryAlarms(), c.drillAlarms(),
		frontAlarms(w.front))
	for _, rule := range rules {
		alarms = append(alarms, ruleAlarm(rule))
		w.rules = append(w.rules, rule.metrics)
	}
	newAlarms(t.Construct, c, *t.OpsTopic.TopicArn(), alarms)
	newDashboard(t.Construct, c, w)
}

// newDetector switches GuardDuty on, where that is asked for. Repeats of a finding are published
// every 15 minutes unless the option says otherwise; GuardDuty's own default is six hours.
func newDetector(scope constructs.Construct, c checked) {
	if !c.Accounts.EnableGuardDuty {
		return
	}
	frequency := c.Accounts.PublishingFrequency
	if frequency == "" {
		frequency = "FIFTEEN_MINUTES"
	}
	awsguardduty.NewCfnDetector(scope, jsii.String("Detector"), &awsguardduty.CfnDetectorProps{
		Enable: jsii.Bool(true), FindingPublishingFrequency: jsii.String(frequency),
	})
}

// tag puts the tags on everything below scope, but for dashboards: not every region's
// CloudFormation knows tags on them.
func tag(scope constructs.Construct, c checked) {
	without := &awscdk.TagProps{ExcludeResourceTypes: jsii.Strings("AWS::CloudWatch::Dashboard")}
	for _, name := range sortedKeys(c.Platform.Tags) {
		awscdk.Tags_Of(scope).Add(jsii.String(name), jsii.String(c.Platform.Tags[name]), without)
	}
}
