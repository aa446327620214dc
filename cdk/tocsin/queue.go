package tocsin

import (
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// How long and how often a finding is tried.
const (
	functionTimeout = 30 // seconds
	batchSize       = 10 // messages
	batchWindow     = 1  // seconds
	// visibility is six timeouts and the window, in seconds, so that no message comes a second time
	// while its first try goes on:
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
	visibility = 6*functionTimeout + batchWindow
	// maxReceives rides out a day with a broken sink: the function spaces the tries by itself.
	maxReceives = 200
	// retentionDays is the most that SQS has. What it deletes is no dead letter: it is lost.
	retentionDays = 14
)

// newDeadLetters makes the queue for findings that could not be handed over or sent. It outlives
// the stack: what is in it was sent to nobody.
func newDeadLetters(scope constructs.Construct, c checked, key awskms.IKey) awssqs.Queue {
	return awssqs.NewQueue(scope, jsii.String("DeadLetters"), &awssqs.QueueProps{
		QueueName:           c.name(deadLettersName),
		RetentionPeriod:     awscdk.Duration_Days(jsii.Number(retentionDays)),
		Encryption:          queueEncryption(key),
		EncryptionMasterKey: key,
		EnforceSSL:          jsii.Bool(true),
		RemovalPolicy:       awscdk.RemovalPolicy_RETAIN,
	})
}

// newQueue makes the queue between the rule and the function.
func newQueue(scope constructs.Construct, c checked, key awskms.IKey, deadLetters awssqs.IQueue) awssqs.Queue {
	return awssqs.NewQueue(scope, jsii.String("Queue"), &awssqs.QueueProps{
		QueueName:           c.name(queueName),
		VisibilityTimeout:   awscdk.Duration_Seconds(jsii.Number(visibility)),
		RetentionPeriod:     awscdk.Duration_Days(jsii.Number(retentionDays)),
		DeadLetterQueue:     &awssqs.DeadLetterQueue{Queue: deadLetters, MaxReceiveCount: jsii.Number(maxReceives)},
		Encryption:          queueEncryption(key),
		EncryptionMasterKey: key,
		EnforceSSL:          jsii.Bool(true),
		RemovalPolicy:       awscdk.RemovalPolicy_DESTROY,
	})
}

// The names of the queues under a prefix.
const (
	queueName       = "findings"
	deadLettersName = "dead-letters"
)

// checkLoops refuses sinks that would send into the queues that the function takes findings from. The
// names of these are known where they have a prefix; a part of an ARN that is known at deployment
// only can be any.
func (c checked) checkLoops(stack awscdk.Stack) error {
	if c.Platform.NamePrefix == "" {
		return nil
	}
	isSame := func(a, b string) bool { return a == b || unresolved(a) || unresolved(b) }
	isOwn := func(arn string) bool {
		return slices.ContainsFunc([]string{queueName, deadLettersName}, func(name string) bool {
			own := arnOf(stack, "sqs", *c.name(name))
			return slices.EqualFunc(strings.Split(arn, ":"), strings.Split(own, ":"), isSame)
		})
	}
	var found mistakes
	for _, i := range c.instances() {
		for _, grant := range i.kind.Grants {
			if slices.ContainsFunc(c.resources(i, grant, homeOf(stack)), isOwn) {
				found.add(c.place(i.variable(grant.Setting)), "is a queue that Tocsin itself takes findings from, so that what is sent "+
					"would come back without end; give another")
			}
		}
	}
	return found.err()
}

// acceptRules lets the rules, and nobody else, send to a queue.
func acceptRules(stack awscdk.Stack, queue awssqs.Queue, rules []string) {
	queue.AddToResourcePolicy(serviceGrant{
		sid: "RulesSend", service: "events.amazonaws.com", actions: []string{"sqs:SendMessage"}, resource: *queue.QueueArn(),
		when: conditions{
			"ArnEquals":    map[string]any{"aws:SourceArn": rules},
			"StringEquals": map[string]any{"aws:SourceAccount": *stack.Account()},
		},
	}.statement())
}

// The ledger's keys: a record for each finding and sink.
const (
	ledgerPartitionKey = "pk"
	ledgerSortKey      = "sk"
	ledgerExpiry       = "expires" // epoch seconds
)

// newLedger makes the table of what was sent to whom. It outlives the stack: without it everything
// would be sent once more.
func newLedger(scope constructs.Construct, c checked, key awskms.IKey) awsdynamodb.Table {
	encryption := awsdynamodb.TableEncryption_DEFAULT // a key that DynamoDB owns
	if key != nil {
		encryption = awsdynamodb.TableEncryption_CUSTOMER_MANAGED
	}
	return awsdynamodb.NewTable(scope, jsii.String("Ledger"), &awsdynamodb.TableProps{
		TableName:           c.name("ledger"),
		PartitionKey:        &awsdynamodb.Attribute{Name: jsii.String(ledgerPartitionKey), Type: awsdynamodb.AttributeType_STRING},
		SortKey:             &awsdynamodb.Attribute{Name: jsii.String(ledgerSortKey), Type: awsdynamodb.AttributeType_STRING},
		BillingMode:         awsdynamodb.BillingMode_PAY_PER_REQUEST,
		TimeToLiveAttribute: jsii.String(ledgerExpiry),
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: jsii.Bool(true),
		},
		DeletionProtection: jsii.Bool(true),
		Encryption:         encryption,
		EncryptionKey:      key,
		RemovalPolicy:      awscdk.RemovalPolicy_RETAIN,
	})
}

// name returns a resource's name under the prefix; nil, for a name that CloudFormation makes,
// without.
func (c checked) name(suffix string) *string {
	if c.Platform.NamePrefix == "" {
		return nil
	}
	return jsii.String(c.Platform.NamePrefix + "-" + suffix)
}
