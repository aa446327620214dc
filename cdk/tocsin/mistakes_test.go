package tocsin_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
)

func TestMistakes(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*tocsin.Props)
		want   []string // what the lines begin with
	}{
		"no code":                {func(p *tocsin.Props) { p.Code = tocsin.Code{} }, []string{"codePath: is not set; build the zip"}},
		"two places of code":     {func(p *tocsin.Props) { p.Code.Path = "testdata" }, []string{"codePath: is set beside codeBucket"}},
		"no such code":           {func(p *tocsin.Props) { p.Code = tocsin.Code{Path: "testdata/nothing.zip"} }, []string{"codePath: there is no such file"}},
		"code without a program": {func(p *tocsin.Props) { p.Code = tocsin.Code{Path: "testdata"} }, []string{"codePath: the folder has no file named bootstrap"}},
		"code that is no zip":    {func(p *tocsin.Props) { p.Code = tocsin.Code{Path: "testdata/finding.json"} }, []string{"codePath: is neither a zip nor a folder"}},
		"e-mail twice":           {func(p *tocsin.Props) { p.Emails = []string{"a@example.com", "a@example.com"} }, []string{"emails: names an address twice"}},
		"half a place":           {func(p *tocsin.Props) { p.Code.Key = "" }, []string{"codeBucket: and codeKey belong together"}},
		"unknown sink":           {func(p *tocsin.Props) { p.Sinks = "slak" }, []string{"sinks: entry 1: there is no such type of sink; did you mean slack?"}},
		"threshold":              {func(p *tocsin.Props) { p.MinSeverity = "hihg" }, []string{"minSeverity: not a severity"}},
		"instance threshold":     {func(p *tocsin.Props) { p.Env = map[string]string{"SNS_MIN_SEVERITY": "x"} }, []string{"env.SNS_MIN_SEVERITY: not a severity"}},
		"slip in a variable":     {func(p *tocsin.Props) { p.Env = map[string]string{"SNS_TOPIK_ARN": topicArn} }, []string{"env.SNS_TOPIK_ARN: no such setting; did you mean SNS_TOPIC_ARN?"}},
		"account names":          {func(p *tocsin.Props) { p.AccountNames = "12=a" }, []string{"accountNames: entry 1: want 12 digits"}},
		"a sink's own":           {func(p *tocsin.Props) { p.Sinks, p.Env = "slack", map[string]string{"SLACK_ICON_EMOJI": "bell"} }, []string{"env.SLACK_ICON_EMOJI: an emoji's name"}},
		"variables' size":        {func(p *tocsin.Props) { p.Env = map[string]string{"BIG": strings.Repeat("x", 4000)} }, []string{"env: the variables take about 4"}},
		"own variables":          {ownVariables, []string{"env.ACCOUNT_NAMES: set the option accountNames", "env.DEAD_LETTER_QUEUE_URL: is set by the stack", "env.LEDGER: is set by the stack", "env.LEDGER_TABLE: is set by the stack", "env.MIN_SEVERITY: set the option minSeverity", "env.SINKS: set the option sinks"}},
		"Lambda's variables":     {func(p *tocsin.Props) { p.Env = map[string]string{"AWS_REGION": "x", "LAMBDA_TASK_ROOT": "x"} }, []string{"env.AWS_REGION: is set by Lambda", "env.LAMBDA_TASK_ROOT: is set by Lambda"}},
		"no variable's name":     {func(p *tocsin.Props) { p.Env = map[string]string{"A-B": "x", "EMPTY": ""} }, []string{"env.A-B: is not the name", "env.EMPTY: is empty"}},
		"e-mail":                 {func(p *tocsin.Props) { p.Emails = []string{"a.example.com"} }, []string{"emails: want addresses"}},
		"e-mail without SNS":     {func(p *tocsin.Props) { p.Sinks, p.Emails = "slack", []string{"a@example.com"} }, []string{"emails: no SNS sink"}},
		"topic without SNS":      {func(p *tocsin.Props) { p.Sinks, p.SnsTopicArn = "slack", topicArn }, []string{"snsTopicArn: no SNS sink"}},
		"topic":                  {func(p *tocsin.Props) { p.SnsTopicArn = "security" }, []string{"snsTopicArn: is not the ARN of a topic"}},
		"e-mail on FIFO":         {func(p *tocsin.Props) { p.SnsTopicArn, p.Emails = topicArn+".fifo", []string{"a@example.com"} }, []string{"emails: a FIFO topic cannot send e-mail"}},
		"ops e-mail on FIFO":     {func(p *tocsin.Props) { p.Ops.TopicArn, p.Ops.Emails = topicArn+".fifo", []string{"a@example.com"} }, []string{"opsEmails: a FIFO topic cannot send e-mail"}},
		"ops e-mail":             {func(p *tocsin.Props) { p.Ops.Emails = []string{"ops"} }, []string{"opsEmails: want addresses"}},
		"ops is alerts":          {func(p *tocsin.Props) { p.SnsTopicArn, p.Ops.TopicArn = topicArn, topicArn }, []string{"opsTopicArn: is the topic that alerts go to"}},
		"ops is an instance's":   {func(p *tocsin.Props) { p.Env, p.Ops.TopicArn = map[string]string{"SNS_TOPIC_ARN": topicArn}, topicArn }, []string{"opsTopicArn: is the topic of the sink sns"}},
		"webhook as secret":      {func(p *tocsin.Props) { p.Sinks, p.SlackWebhookSecret = "slack", plainToken }, []string{"slackWebhookSecret: is an address and not a secret's name"}},
		"webhook in a variable":  {func(p *tocsin.Props) { p.Sinks, p.Env = "slack", map[string]string{"SLACK_WEBHOOK_URL": plainToken} }, []string{"env.SLACK_WEBHOOK_URL: holds the secret itself"}},
		"webhook elsewhere":      {func(p *tocsin.Props) { p.Env = map[string]string{"NOTE": plainToken} }, []string{"env.NOTE: holds the secret itself"}},
		"a bot's token": {func(p *tocsin.Props) {
			p.Sinks, p.Env = "slack", map[string]string{"SLACK_BOT_TOKEN": "xoxb-1-2-3", "SLACK_CHANNEL": "C0123ABCD"}
		}, []string{"env.SLACK_BOT_TOKEN: holds the secret itself"}},
		"a bot and the webhook": {func(p *tocsin.Props) {
			p.Sinks, p.SlackWebhookSecret = "slack", "hook"
			p.Env = map[string]string{"SLACK_BOT_TOKEN": secretArn, "SLACK_CHANNEL": "C0123ABCD"}
		}, []string{"slackWebhookSecret: no Slack sink would use it"}},
		"a bot without a channel": {func(p *tocsin.Props) {
			p.Sinks, p.Env = "slack", map[string]string{"SLACK_BOT_TOKEN": secretArn}
		}, []string{"env.SLACK_CHANNEL: "}},
		"a token elsewhere":   {func(p *tocsin.Props) { p.Env = map[string]string{"NOTE": "xoxb-1-2-3"} }, []string{"env.NOTE: holds the secret itself"}},
		"secret without use":  {func(p *tocsin.Props) { p.SlackWebhookSecret = "hook" }, []string{"slackWebhookSecret: no Slack sink would use it"}},
		"secret's name":       {func(p *tocsin.Props) { p.Sinks, p.SlackWebhookSecret = "slack", "a b" }, []string{"slackWebhookSecret: is not a secret's name"}},
		"secret's ARN":        {func(p *tocsin.Props) { p.Sinks, p.SlackWebhookSecret = "slack", topicArn }, []string{"slackWebhookSecret: is not the ARN of a secret"}},
		"secret's key":        {func(p *tocsin.Props) { p.Sinks, p.SlackWebhookSecret = "slack", "hook#" }, []string{"slackWebhookSecret: names no key"}},
		"one key for several": {func(p *tocsin.Props) { p.Sinks, p.SlackWebhookSecret = "slack,b=slack", "hook#x" }, []string{"slackWebhookSecret: has a key, but several"}},
		"frequency":           {func(p *tocsin.Props) { p.Accounts.EnableGuardDuty, p.Accounts.PublishingFrequency = true, "DAILY" }, []string{"publishingFrequency: want FIFTEEN_MINUTES"}},
		"frequency alone":     {func(p *tocsin.Props) { p.Accounts.PublishingFrequency = "ONE_HOUR" }, []string{"publishingFrequency: needs enableGuardDuty=true"}},
		"hub for nobody":      {func(p *tocsin.Props) { p.Accounts.Hub = true }, []string{"hub: admits nobody; set orgId or memberAccounts"}},
		"no hub": {func(p *tocsin.Props) {
			p.Accounts.OrgID, p.Accounts.MemberAccounts = "o-a1b2c3d4e5", []string{"444455556666"}
		}, []string{"orgId: needs hub=true", "memberAccounts: needs hub=true"}},
		"organisation":      {func(p *tocsin.Props) { p.Accounts.Hub, p.Accounts.OrgID = true, "r-1" }, []string{"orgId: is not an organisation's id"}},
		"member account":    {func(p *tocsin.Props) { p.Accounts.Hub, p.Accounts.MemberAccounts = true, []string{"44"} }, []string{"memberAccounts: want account ids of 12 digits"}},
		"architecture":      {func(p *tocsin.Props) { p.Platform.Architecture = "x86" }, []string{"architecture: want arm64 or amd64"}},
		"retention":         {func(p *tocsin.Props) { p.Platform.LogRetentionDays = 100 }, []string{"logRetentionDays: CloudWatch Logs does not take this number; there are: 1, 3, 5"}},
		"managed key":       {func(p *tocsin.Props) { p.Platform.KmsKey = "alias/aws/sqs" }, []string{"kmsKey: is a key that AWS manages. Its policy admits neither EventBridge"}},
		"managed key's ARN": {func(p *tocsin.Props) { p.Platform.KmsKey = "arn:aws:kms:eu-west-1:111122223333:alias/aws/sns" }, []string{"kmsKey: is a key that AWS manages."}},
		"alias":             {func(p *tocsin.Props) { p.Platform.KmsKey = "arn:aws:kms:eu-west-1:111122223333:alias/sec" }, []string{"kmsKey: want create, or the ARN of a key"}},
		"other keys":        {func(p *tocsin.Props) { p.Platform.GrantKmsKeys = []string{"x"} }, []string{"grantKmsKeys: want ARNs of keys"}},
		"prefix":            {func(p *tocsin.Props) { p.Platform.NamePrefix = "Sec_" }, []string{"namePrefix: want up to 24 small letters"}},
		"boundary":          {func(p *tocsin.Props) { p.Platform.PermissionsBoundary = "boundary" }, []string{"permissionsBoundary: want the ARN of a managed policy"}},
		"tags":              {func(p *tocsin.Props) { p.Platform.Tags = map[string]string{"aws:x": "y"} }, []string{"tags: want names"}},
		"tag's letters":     {func(p *tocsin.Props) { p.Platform.Tags = map[string]string{"team": "<sec>"} }, []string{"tags: want names"}},
		"network alone":     {func(p *tocsin.Props) { p.Platform.Vpc.VpcID = "vpc-0123456789abcdef0" }, []string{"vpcId: needs subnetIds"}},
		"groups alone":      {func(p *tocsin.Props) { p.Platform.Vpc.SecurityGroupIDs = []string{"sg-0123456789abcdef0"} }, []string{"securityGroupIds: needs subnetIds"}},
		"subnets alone":     {func(p *tocsin.Props) { p.Platform.Vpc.SubnetIDs = []string{"subnet-0123456789abcdef0"} }, []string{"subnetIds: needs vpcId"}},
		"no subnet":         {func(p *tocsin.Props) { p.Platform.Vpc = tocsin.Vpc{VpcID: "x", SubnetIDs: []string{"y"}} }, []string{"vpcId: want ids", "subnetIds: want ids"}},
		"hub's bus":         {func(p *tocsin.Props) { p.Accounts.HubBusArn = hubBusArn }, []string{"hubBusArn: belongs to a member's stack"}},
		"all at once": {
			func(p *tocsin.Props) {
				p.Code, p.Sinks, p.MinSeverity, p.Platform.Architecture = tocsin.Code{}, "slack,nope", "x", "y"
			},
			[]string{"codePath:", "architecture:", "minSeverity:", "sinks: entry 2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			stack := newStack(t)
			_, err := tocsin.NewTocsin(stack, "Tocsin", props(test.change))
			checkLines(t, err, test.want)
			if len(*stack.Node().Children()) > 0 {
				t.Error("something was built in spite of the mistake")
			}
		})
	}
}

func ownVariables(p *tocsin.Props) {
	p.Env = map[string]string{
		"SINKS": "sns", "MIN_SEVERITY": "4", "ACCOUNT_NAMES": "111122223333=prod", "LEDGER": "off", "LEDGER_TABLE": "x", "DEAD_LETTER_QUEUE_URL": "x",
	}
}

func checkLines(t *testing.T, err error, want []string) {
	t.Helper()
	if err == nil {
		t.Fatal("want an error")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d mistakes, want %d:\n%v", len(lines), len(want), err)
	}
	for i, begin := range want {
		if !strings.HasPrefix(lines[i], begin) {
			t.Errorf("got %q, want it to begin with %q", lines[i], begin)
		}
	}
	if strings.Contains(err.Error(), plainToken) {
		t.Error("a webhook shows in the error")
	}
}

func TestMemberMistakes(t *testing.T) {
	for name, test := range map[string]struct {
		props *tocsin.Props
		want  []string
	}{
		"no bus":    {nil, []string{"hubBusArn: want the output HubBusArn"}},
		"not a bus": {&tocsin.Props{Accounts: tocsin.Accounts{HubBusArn: topicArn}}, []string{"hubBusArn: want the output HubBusArn"}},
		"a hub's options": {
			&tocsin.Props{
				Emails: []string{"a@example.com"}, SlackWebhookSecret: "hook", Env: map[string]string{"SLACK_USERNAME": "x"},
				Accounts: tocsin.Accounts{HubBusArn: hubBusArn, Hub: true, OrgID: "o-a1b2c3d4e5"},
			},
			[]string{"hub: is an option of the hub's stack", "orgId: is", "emails: is", "slackWebhookSecret: is", "env.SLACK_USERNAME: is"},
		},
		"threshold": {
			&tocsin.Props{MinSeverity: "x", Accounts: tocsin.Accounts{HubBusArn: hubBusArn}}, []string{"minSeverity: not a severity"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tocsin.NewTocsinMember(newStack(t), "Tocsin", test.props)
			checkLines(t, err, test.want)
		})
	}
}
