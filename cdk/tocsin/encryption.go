package tocsin

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// newKey returns the customer-managed key over everything that holds findings; nil when AWS-owned
// keys are enough. An AWS-managed key is never used: its policy cannot admit the services that
// send.
func newKey(scope constructs.Construct, c checked) awskms.IKey {
	switch c.Platform.KmsKey {
	case "":
		return nil
	case createKey:
	default:
		return awskms.Key_FromKeyArn(scope, jsii.String("Key"), jsii.String(c.Platform.KmsKey))
	}
	return awskms.NewKey(scope, jsii.String("Key"), &awskms.KeyProps{
		Description:       jsii.String("Tocsin: findings at rest, in queues, ledger, topics and logs"),
		EnableKeyRotation: jsii.Bool(true),
		Policy:            keyPolicy(awscdk.Stack_Of(scope)),
		// Table, dead letters and secret outlive the stack, and are of no use without their key.
		RemovalPolicy: awscdk.RemovalPolicy_RETAIN,
	})
}

// keyPolicy admits the account's administrators and the services that write into what the key
// protects. In a key's policy the resource "*" is the key itself.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
func keyPolicy(stack awscdk.Stack) awsiam.PolicyDocument {
	statements := []awsiam.PolicyStatement{awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("AccountDecidesByIAM"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewAccountRootPrincipal()},
		Actions:    jsii.Strings(keyActions()...),
		Resources:  jsii.Strings("*"),
	})}
	for _, grant := range keyGrants(stack) {
		statements = append(statements, grant.statement())
	}
	return awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements})
}

// keyGrants admit the services.
func keyGrants(stack awscdk.Stack) []serviceGrant {
	send := []string{"kms:Decrypt", "kms:GenerateDataKey"}
	return []serviceGrant{
		{
			// EventBridge is not documented to send a source account or ARN with every request to a
			// key, and a condition that is not met loses findings: what holds it is the queue,
			// which SQS names. https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
			sid: "EventBridgeSendsToQueues", service: "events.amazonaws.com", actions: send, resource: "*",
			when: conditions{"StringLike": map[string]any{"kms:EncryptionContext:aws:sqs:arn": arnOf(stack, "sqs", "*")}},
		},
		{
			sid: "AlarmsPublish", service: "cloudwatch.amazonaws.com", actions: send, resource: "*",
			when: conditions{"StringEquals": map[string]any{"aws:SourceAccount": *stack.Account()}},
		},
		{
			// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
			sid: "LogsEncrypt", service: "logs." + *stack.Region() + "." + *stack.UrlSuffix(), resource: "*",
			actions: []string{
				"kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey",
			},
			when: conditions{"ArnLike": map[string]any{"kms:EncryptionContext:aws:logs:arn": arnOf(stack, "logs", "log-group:*")}},
		},
	}
}

// keyActions are what the account may allow to its own people and roles: all that kms:* would mean
// for a key of this kind, by name.
func keyActions() []string {
	return []string{
		"kms:CancelKeyDeletion", "kms:CreateAlias", "kms:CreateGrant", "kms:Decrypt", "kms:DeleteAlias",
		"kms:DescribeKey", "kms:DisableKey", "kms:DisableKeyRotation", "kms:EnableKey", "kms:EnableKeyRotation",
		"kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:GetKeyPolicy",
		"kms:GetKeyRotationStatus", "kms:ListGrants", "kms:ListKeyPolicies", "kms:ListKeyRotations",
		"kms:ListResourceTags", "kms:ListRetirableGrants", "kms:PutKeyPolicy", "kms:ReEncryptFrom",
		"kms:ReEncryptTo", "kms:RevokeGrant", "kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion",
		"kms:TagResource", "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription",
	}
}

// queueEncryption returns the kind of encryption of a queue: SQS's own, or the key.
func queueEncryption(key awskms.IKey) awssqs.QueueEncryption {
	if key == nil {
		return awssqs.QueueEncryption_SQS_MANAGED
	}
	return awssqs.QueueEncryption_KMS
}

// keyArn returns the key's ARN for resources of the first level; nil when there is no key.
func keyArn(key awskms.IKey) *string {
	if key == nil {
		return nil
	}
	return key.KeyArn()
}
