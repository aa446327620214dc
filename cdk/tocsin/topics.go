package tocsin

import (
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// newAlertTopic returns the topic of the SNS sinks, the stack's own or the existing one, with the
// e-mail subscriptions; nil when no SNS sink needs one.
func newAlertTopic(scope constructs.Construct, c checked, key awskms.IKey) awssns.ITopic {
	if len(c.lacking(traits.Topic)) == 0 {
		return nil
	}
	topic := topicOr(scope, "Alerts", c.SnsTopicArn, func() awssns.ITopic {
		return newTopic(scope, "Alerts", c.name("alerts"), key)
	})
	subscribe(scope, "AlertEmail", *topic.TopicArn(), c.Emails)
	return topic
}

// newOpsTopic returns the topic of the alarms. It is never the topic of the alerts: an alarm says
// that those do not arrive.
func newOpsTopic(scope constructs.Construct, c checked, key awskms.IKey) awssns.ITopic {
	topic := topicOr(scope, "Ops", c.Ops.TopicArn, func() awssns.ITopic {
		own := newTopic(scope, "Ops", c.name("ops"), key)
		stack := awscdk.Stack_Of(scope)
		own.AddToResourcePolicy(serviceGrant{
			sid: "AlarmsPublish", service: "cloudwatch.amazonaws.com", actions: []string{"sns:Publish"}, resource: *own.TopicArn(),
			when: conditions{
				"StringEquals": map[string]any{"aws:SourceAccount": *stack.Account()},
				"ArnLike":      map[string]any{"aws:SourceArn": arnOf(stack, "cloudwatch", "alarm:*")},
			},
		}.statement())
		return own
	})
	subscribe(scope, "OpsEmail", *topic.TopicArn(), c.Ops.Emails)
	if len(c.Ops.Emails) == 0 && c.Ops.TopicArn == "" {
		awscdk.Annotations_Of(scope).AddWarningV2(jsii.String("tocsin:nobodyHearsAlarms"), jsii.String(
			"Nobody hears when Tocsin itself fails. Set opsEmails or opsTopicArn, or subscribe to the output OpsTopicArn."))
	}
	return topic
}

// topicOr returns the existing topic, or makes one.
func topicOr(scope constructs.Construct, id, arn string, create func() awssns.ITopic) awssns.ITopic {
	if arn == "" {
		return create()
	}
	return awssns.Topic_FromTopicArn(scope, jsii.String(id), jsii.String(arn))
}

// newTopic makes a topic that takes messages over TLS only. Without a key it has no encryption of
// its own: the AWS-managed key would keep alarms from publishing.
func newTopic(scope constructs.Construct, id string, name *string, key awskms.IKey) awssns.Topic {
	return awssns.NewTopic(scope, jsii.String(id), &awssns.TopicProps{
		TopicName: name, DisplayName: jsii.String("Tocsin " + strings.ToLower(id)),
		EnforceSSL: jsii.Bool(true), MasterKey: key,
	})
}

// subscribe adds e-mail addresses to a topic, which may be in another region.
func subscribe(scope constructs.Construct, id, topicArn string, emails []string) {
	var region *string
	if !unresolved(topicArn) {
		region = jsii.String(strings.Split(topicArn, ":")[3])
	}
	for i, email := range emails {
		// The address is part of the id, so that removing one from the list leaves the others
		// alone.
		name := email
		if unresolved(email) {
			name = strconv.Itoa(i)
		}
		awssns.NewCfnSubscription(scope, jsii.String(id+" "+name), &awssns.CfnSubscriptionProps{
			TopicArn: jsii.String(topicArn), Protocol: jsii.String("email"), Endpoint: jsii.String(email), Region: region,
		})
	}
}
