package tocsin

import (
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/sinks"
)

// Props are the options of NewTocsin and NewTocsinMember. The zero value of each is its default, so
// that an empty Props (with Code) is a working deployment: the SNS sink with a topic of its own.
//
// The tag names the context value that sets the field, or "-" where none does. Fields of type
// string that are not a name of something known at synth may hold CDK tokens.
type Props struct {
	// Code is the function's zip. Required by NewTocsin; a member needs none.
	Code Code

	// Config is the path of a file of settings, such as tocsin.yaml, that is put beside the function's
	// program, or the ARN of a secret that holds such a file. Variables go before what it says; the
	// options Sinks, MinSeverity and AccountNames are refused where it says the same.
	Config string `context:"config"`
	// Sinks is the variable SINKS, such as "slack,oncall=slack"; default "sns".
	Sinks string `context:"sinks"`
	// MinSeverity is the variable MIN_SEVERITY: 0 to 10, low, medium, high or critical; default
	// medium. The lowest threshold of all sinks is also the rule's, so that nothing is paid for
	// below.
	MinSeverity string `context:"minSeverity"`
	// Sources are the IDs of the sources whose findings are sent, such as guardduty and inspector2;
	// default guardduty. Each has a rule of its own.
	Sources []string `context:"sources"`
	// WithoutEndings leaves out of the rules what they take only because it is over: findings below
	// the threshold that are closed, resolved or back to normal. It saves their events, and what
	// was sent gets no last update.
	WithoutEndings bool `context:"withoutEndings"`
	// Emails are subscribed to the topic of the SNS sinks; each address has to confirm by a link.
	Emails []string `context:"emails"`
	// SnsTopicArn is an existing topic for the SNS sinks, in place of one of the stack's own.
	SnsTopicArn string `context:"snsTopicArn"`
	// SlackWebhookSecret is the name or ARN of an existing Secrets Manager secret that holds the
	// webhook's URL, with "#key" for one key of a JSON text. Empty with a Slack sink: the stack
	// makes a secret without a value and prints the command that fills it.
	SlackWebhookSecret string `context:"slackWebhookSecret"`
	// AccountNames is the variable ACCOUNT_NAMES: "111122223333=prod,..." or a secret's ARN.
	AccountNames string `context:"accountNames"`
	// Env are further variables of the function by name, 4 KB with all others; context
	// env.NAME=value.
	Env map[string]string `context:"env."`

	// SinkTypes are the types of sink that the function's code knows; nil stands for those of
	// Tocsin itself.
	SinkTypes []sinks.Type `context:"-"`
	// SourceTable are the sources that the function's code knows; nil stands for those of Tocsin
	// itself.
	SourceTable []source.Source `context:"-"`

	// Actions says whether people act on findings by buttons.
	Actions Actions
	// Ops says who hears of trouble with Tocsin itself.
	Ops Ops
	// Accounts says whose findings are sent.
	Accounts Accounts
	// Platform fits the stack into the rules of an account.
	Platform Platform

	file *configFile // of Config, once it has been read
}

// Code says where the function's zip is: a path, or a bucket and key.
type Code struct {
	// Path is a zip with the program bootstrap in it, or a folder that holds that program.
	Path string `context:"codePath"`
	// Bucket and Key name an object in S3, in the function's region.
	Bucket string `context:"codeBucket"`
	Key    string `context:"codeKey"`
}

// Actions are the options of the function that answers the buttons of messages, behind a URL of its own.
type Actions struct {
	// Actions makes that function. Sinks have buttons where they have the setting for it, such as
	// SLACK_SIGNING_SECRET; one goes with the other.
	Actions bool `context:"actions"`
	// CodePath is the function's zip, or a folder that holds its program; CodeBucket and CodeKey name an
	// object in S3 in its place. NewTocsin requires one of the two with Actions.
	CodePath   string `context:"actionsCodePath"`
	CodeBucket string `context:"actionsCodeBucket"`
	CodeKey    string `context:"actionsCodeKey"`
	// Concurrency is how many requests are answered at once at the most, reserved for the function out of
	// what the account has; 0 leaves it to the account.
	Concurrency int `context:"actionsConcurrency"`
}

// Ops are the options of what watches Tocsin itself.
type Ops struct {
	// Emails are sent alarms; each address has to confirm by a link.
	Emails []string `context:"opsEmails"`
	// TopicArn is an existing topic for alarms. Its policy has to let cloudwatch.amazonaws.com
	// publish, and it must not be under the AWS-managed key alias/aws/sns, which CloudWatch may not
	// use (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html).
	TopicArn string `context:"opsTopicArn"`
	// Drill is when each rule is drilled, as rate(1 day) or cron(0 9 * * ? *): an event of Tocsin's own
	// goes the way of a finding, and an alarm misses it where it does not come. Empty: never.
	Drill string `context:"drill"`
	// SummarySchedule is when the summaries come that a sink asks for by SUMMARY=weekly; default Monday at
	// 7:00 UTC, cron(0 7 ? * MON *). A configuration in a secret needs it: what that asks for is not known.
	SummarySchedule string `context:"summarySchedule"`
}

// Accounts are the options of where findings come from.
type Accounts struct {
	// EnableGuardDuty creates the region's detector. An account holds one for each region: leave it
	// off where GuardDuty is on already.
	EnableGuardDuty bool `context:"enableGuardDuty"`
	// PublishingFrequency is how often GuardDuty publishes repeats of a finding: FIFTEEN_MINUTES
	// (the default), ONE_HOUR or SIX_HOURS. Only with EnableGuardDuty.
	PublishingFrequency string `context:"publishingFrequency"`
	// Hub adds a bus that takes the findings of other accounts and regions.
	Hub bool `context:"hub"`
	// OrgID admits every account of an organisation, such as o-a1b2c3d4e5, to the hub.
	OrgID string `context:"orgId"`
	// MemberAccounts are account ids that the hub admits, beside or in place of OrgID.
	MemberAccounts []string `context:"memberAccounts"`
	// HubBusArn is the hub's bus, for NewTocsinMember alone.
	HubBusArn string `context:"hubBusArn"`
}

// Platform are the options of encryption, network and naming.
type Platform struct {
	// Architecture is arm64 (the default) or amd64, and has to fit Code.
	Architecture string `context:"architecture"`
	// LogRetentionDays is how long logs are kept; default 90. CloudWatch Logs takes certain numbers
	// only:
	// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html.
	LogRetentionDays int `context:"logRetentionDays"`
	// Tracing switches AWS X-Ray on.
	Tracing bool `context:"tracing"`
	// KmsKey is "create" for a customer-managed key of the stack's own over queues, table, topics,
	// secret, log group and variables, or the ARN of an existing key, whose policy has to admit the
	// same principals as the created one's; README.md lists them. Default: keys that AWS owns.
	KmsKey string `context:"kmsKey"`
	// GrantKmsKeys are ARNs of keys that existing secrets, topics and queues are under; the function
	// may use them.
	GrantKmsKeys []string `context:"grantKmsKeys"`
	// NamePrefix begins the name of every resource; default: names that CloudFormation makes.
	NamePrefix string `context:"namePrefix"`
	// PermissionsBoundary is the ARN of a managed policy that bounds every role.
	PermissionsBoundary string `context:"permissionsBoundary"`
	// Tags are put on every resource that can have them; context tags=team=sec,stage=prod.
	Tags map[string]string `context:"tags"`
	// Vpc puts the function into a network.
	Vpc Vpc
}

// Vpc are the options of the function's network. The subnets need a way to the sinks and to the AWS
// services: a NAT gateway, or endpoints.
type Vpc struct {
	// VpcID is the network; required only where the stack is to make the security group.
	VpcID string `context:"vpcId"`
	// SubnetIDs are the private subnets; setting them is what puts the function into the VPC.
	SubnetIDs []string `context:"subnetIds"`
	// SecurityGroupIDs are existing groups; default: one of the stack's own, HTTPS outwards only.
	SecurityGroupIDs []string `context:"securityGroupIds"`
}
