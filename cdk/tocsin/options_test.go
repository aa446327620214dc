package tocsin_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
	"github.com/tocsin-sec/tocsin/events/guardduty"
)

// severityFrom is the pattern's list for a lower bound.
func severityFrom(bound float64) object {
	return object{"EventPattern": object{"detail": object{
		"severity": list{object{"numeric": list{">=", bound}}, object{"numeric": list{"<", 1}}, object{"exists": false}, object{"prefix": ""}},
	}}}
}

func TestSinkOptions(t *testing.T) {
	const created = "SlackWebhook"
	for name, test := range map[string]struct {
		change func(*tocsin.Props)
		want   expectation
	}{
		"slack makes a secret without a value": {
			func(p *tocsin.Props) { p.Sinks = "slack" },
			expectation{
				has: []resource{
					{"AWS::SecretsManager::Secret", object{"GenerateSecretString": absent(), "SecretString": absent(), "KmsKeyId": absent()}},
					variables(object{"SINKS": "slack", "SLACK_WEBHOOK_URL": object{"Ref": like(created)}, "SNS_TOPIC_ARN": absent()}),
					rights(object{"Action": "secretsmanager:GetSecretValue", "Resource": object{"Ref": like(created)}}),
				},
				lacks: []resource{rights(object{"Action": "sns:Publish"})},
				count: map[string]int{"AWS::SecretsManager::Secret": 1, "AWS::SNS::Topic": 1},
			},
		},
		"several slacks share one secret": {
			func(p *tocsin.Props) { p.Sinks = "slack,oncall=slack" },
			expectation{
				has: []resource{variables(object{
					"SLACK_WEBHOOK_URL":  object{"Fn::Join": list{"", list{object{"Ref": like(created)}, "#slack"}}},
					"ONCALL_WEBHOOK_URL": object{"Fn::Join": list{"", list{object{"Ref": like(created)}, "#oncall"}}},
				})},
				count: map[string]int{"AWS::SecretsManager::Secret": 1},
			},
		},
		"a secret by name": {
			func(p *tocsin.Props) { p.Sinks, p.SlackWebhookSecret = "slack", "sec/webhook" },
			expectation{
				has: []resource{
					variables(object{"SLACK_WEBHOOK_URL": ownARN("secretsmanager", "secret:sec/webhook")}),
					rights(object{"Action": "secretsmanager:GetSecretValue", "Resource": ownARN("secretsmanager", "secret:sec/webhook-??????")}),
				},
				count: map[string]int{"AWS::SecretsManager::Secret": 0},
			},
		},
		"a secret by ARN, one key of it": {
			func(p *tocsin.Props) { p.Sinks, p.SlackWebhookSecret = "slack", secretArn+"#prod" },
			expectation{has: []resource{
				variables(object{"SLACK_WEBHOOK_URL": secretArn + "#prod"}),
				rights(object{"Action": "secretsmanager:GetSecretValue", "Resource": secretArn}),
			}},
		},
		"a secret by ARN without its random end": {
			func(p *tocsin.Props) {
				p.Sinks, p.SlackWebhookSecret = "slack", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:hook"
			},
			expectation{has: []resource{rights(object{
				"Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:hook-??????",
			})}},
		},
		"a secret of one instance": {
			func(p *tocsin.Props) {
				p.Sinks, p.Env = "slack,oncall=slack", map[string]string{"ONCALL_WEBHOOK_URL": secretArn + "#oncall"}
			},
			expectation{has: []resource{
				variables(object{"SLACK_WEBHOOK_URL": object{"Ref": like(created)}, "ONCALL_WEBHOOK_URL": secretArn + "#oncall"}),
				rights(object{"Action": "secretsmanager:GetSecretValue", "Resource": list{object{"Ref": like(created)}, secretArn}}),
			}},
		},
		"slack as a bot": {
			func(p *tocsin.Props) {
				p.Sinks, p.Env = "slack", map[string]string{"SLACK_BOT_TOKEN": secretArn, "SLACK_CHANNEL": "C0123ABCD"}
			},
			expectation{
				has: []resource{
					variables(object{"SLACK_BOT_TOKEN": secretArn, "SLACK_CHANNEL": "C0123ABCD", "SLACK_WEBHOOK_URL": absent()}),
					rights(object{"Action": "secretsmanager:GetSecretValue", "Resource": secretArn}),
				},
				count: map[string]int{"AWS::SecretsManager::Secret": 0},
			},
		},
		"a bot beside a webhook": {
			func(p *tocsin.Props) {
				p.Sinks, p.Env = "slack,oncall=slack", map[string]string{"ONCALL_BOT_TOKEN": secretArn, "ONCALL_CHANNEL": "C0123ABCD"}
			},
			expectation{
				has: []resource{
					variables(object{"SLACK_WEBHOOK_URL": object{"Ref": like(created)}, "ONCALL_WEBHOOK_URL": absent()}),
					rights(object{"Action": "secretsmanager:GetSecretValue", "Resource": list{object{"Ref": like(created)}, secretArn}}),
				},
				count: map[string]int{"AWS::SecretsManager::Secret": 1},
			},
		},
		"any variable that refers to a secret": {
			func(p *tocsin.Props) {
				p.Env = map[string]string{"NOTE": secretArn + "#key", "OTHER": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:other"}
			},
			expectation{has: []resource{
				variables(object{"NOTE": secretArn + "#key"}),
				rights(object{"Action": "secretsmanager:GetSecretValue", "Resource": list{
					secretArn, "arn:aws:secretsmanager:eu-west-1:111122223333:secret:other-??????",
				}}),
			}},
		},
		"a variable that refers to no secret": {
			func(p *tocsin.Props) { p.Env = map[string]string{"NOTE": "see " + secretArn, "OTHER": keyArn} },
			expectation{lacks: []resource{rights(object{"Action": "secretsmanager:GetSecretValue"})}},
		},
		"account names": {
			func(p *tocsin.Props) { p.AccountNames = "111122223333=prod" },
			expectation{has: []resource{variables(object{"ACCOUNT_NAMES": "111122223333=prod"})}},
		},
		"account names in a secret": {
			func(p *tocsin.Props) { p.AccountNames = secretArn },
			expectation{has: []resource{
				variables(object{"ACCOUNT_NAMES": secretArn}),
				rights(object{"Action": "secretsmanager:GetSecretValue", "Resource": secretArn}),
			}},
		},
		"emails": {
			func(p *tocsin.Props) { p.Emails = []string{"a@example.com", "b@example.com"} },
			expectation{
				has: []resource{{"AWS::SNS::Subscription", object{
					"Protocol": "email", "Endpoint": "b@example.com", "TopicArn": object{"Ref": like("Alerts")},
				}}},
				count: map[string]int{"AWS::SNS::Subscription": 2},
			},
		},
		"an existing topic, with e-mail": {
			func(p *tocsin.Props) { p.SnsTopicArn, p.Emails = topicArn, []string{"a@example.com"} },
			expectation{
				has: []resource{
					variables(object{"SNS_TOPIC_ARN": topicArn}),
					rights(object{"Action": "sns:Publish", "Resource": topicArn}),
					{"AWS::SNS::Subscription", object{"TopicArn": topicArn, "Region": "eu-west-1"}},
				},
				count: map[string]int{"AWS::SNS::Topic": 1, "AWS::SNS::TopicPolicy": 1},
			},
		},
		"topics of instances": {
			func(p *tocsin.Props) {
				p.Sinks, p.Env = "sns,audit=sns", map[string]string{"AUDIT_TOPIC_ARN": topicArn}
			},
			expectation{has: []resource{
				variables(object{"SNS_TOPIC_ARN": object{"Ref": like("Alerts")}, "AUDIT_TOPIC_ARN": topicArn}),
				rights(object{"Action": "sns:Publish", "Resource": list{object{"Ref": like("Alerts")}, topicArn}}),
			}},
		},
		"a threshold": {
			func(p *tocsin.Props) { p.MinSeverity = "high" },
			expectation{has: []resource{
				{"AWS::Events::Rule", severityFrom(7)}, variables(object{"MIN_SEVERITY": "high"}),
			}},
		},
		"the lowest threshold of all instances": {
			func(p *tocsin.Props) {
				p.Sinks, p.MinSeverity = "slack,sns", "critical"
				p.Env = map[string]string{"SLACK_MIN_SEVERITY": "6.5"}
			},
			expectation{has: []resource{{"AWS::Events::Rule", severityFrom(6.5)}}},
		},
		"any variable": {
			func(p *tocsin.Props) { p.Env = map[string]string{"HTTPS_PROXY": "http://proxy.example.com:3128"} },
			expectation{has: []resource{variables(object{"HTTPS_PROXY": "http://proxy.example.com:3128"})}},
		},
	} {
		t.Run(name, func(t *testing.T) { test.want.check(t, synth(t, props(test.change))) })
	}
}

// ownARN is an ARN in the stack's own partition, region and account.
func ownARN(service, resource string) object {
	return object{"Fn::Join": list{"", list{
		"arn:", object{"Ref": "AWS::Partition"}, ":" + service + ":", object{"Ref": "AWS::Region"}, ":",
		object{"Ref": "AWS::AccountId"}, ":" + resource,
	}}}
}

func TestRetainedSecret(t *testing.T) {
	template := synth(t, props(func(p *tocsin.Props) { p.Sinks = "slack" }))
	whole(t, template, "AWS::SecretsManager::Secret", object{"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"})
}

func TestAccountOptions(t *testing.T) {
	onlyGuardDuty := object{
		"ForAllValues:StringEquals": object{"events:source": "aws.guardduty", "events:detail-type": anyList(slices.Sorted(slices.Values(guardduty.Source().DetailTypes)))},
		"Null":                      object{"events:source": "false", "events:detail-type": "false"},
	}
	for name, test := range map[string]struct {
		change func(*tocsin.Props)
		want   expectation
	}{
		"detector": {
			func(p *tocsin.Props) { p.Accounts.EnableGuardDuty = true },
			expectation{has: []resource{{"AWS::GuardDuty::Detector", object{"Enable": true, "FindingPublishingFrequency": "FIFTEEN_MINUTES"}}}},
		},
		"detector's frequency": {
			func(p *tocsin.Props) { p.Accounts.EnableGuardDuty, p.Accounts.PublishingFrequency = true, "SIX_HOURS" },
			expectation{has: []resource{{"AWS::GuardDuty::Detector", object{"FindingPublishingFrequency": "SIX_HOURS"}}}},
		},
		"hub for an organisation": {
			func(p *tocsin.Props) { p.Accounts.Hub, p.Accounts.OrgID = true, "o-a1b2c3d4e5" },
			expectation{
				has: []resource{
					{"AWS::Events::EventBus", object{"Name": object{"Fn::Join": list{"", list{object{"Ref": "AWS::StackName"}, "-hub"}}}}},
					{"AWS::Events::EventBusPolicy", object{"Statement": object{
						"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents",
						"Condition": with(onlyGuardDuty, "StringEquals", object{"aws:PrincipalOrgID": "o-a1b2c3d4e5"}),
					}}},
					{"AWS::Events::Rule", with(severityFrom(4), "EventBusName", object{"Fn::GetAtt": list{like("HubBus"), "Name"}})},
					{"AWS::SQS::QueuePolicy", statement(object{"Condition": object{"ArnEquals": object{"aws:SourceArn": list{
						object{"Fn::GetAtt": list{like("Rule"), "Arn"}}, object{"Fn::GetAtt": list{like("HubRule"), "Arn"}},
					}}}})},
				},
				count: map[string]int{"AWS::Events::Rule": 2, "AWS::Events::EventBusPolicy": 1},
			},
		},
		"hub for accounts": {
			func(p *tocsin.Props) {
				p.Accounts.Hub, p.Accounts.MemberAccounts = true, []string{"444455556666", "000011112222"}
			},
			expectation{has: []resource{{"AWS::Events::EventBusPolicy", object{"Statement": object{
				"Principal": object{"AWS": list{accountRoot("444455556666"), accountRoot("000011112222")}},
				"Condition": with(onlyGuardDuty, "StringEquals", absent()),
			}}}}},
		},
		"ops e-mail": {
			func(p *tocsin.Props) { p.Ops.Emails = []string{"ops@example.com"} },
			expectation{has: []resource{{"AWS::SNS::Subscription", object{"TopicArn": object{"Ref": like("Ops")}, "Endpoint": "ops@example.com"}}}},
		},
		"ops topic": {
			func(p *tocsin.Props) { p.Ops.TopicArn = topicArn },
			expectation{
				has:   []resource{{"AWS::CloudWatch::Alarm", object{"AlarmActions": list{topicArn}}}},
				count: map[string]int{"AWS::SNS::Topic": 1},
			},
		},
	} {
		t.Run(name, func(t *testing.T) { test.want.check(t, synth(t, props(test.change))) })
	}
}

// with returns a copy of an object with one key more.
func with(o object, key string, value any) object {
	whole := object{key: value}
	for k, v := range o {
		whole[k] = v
	}
	return whole
}

func accountRoot(account string) object {
	return object{"Fn::Join": list{"", list{"arn:", object{"Ref": "AWS::Partition"}, ":iam::" + account + ":root"}}}
}

func TestPlatformOptions(t *testing.T) {
	key := object{"Fn::GetAtt": list{like("Key"), "Arn"}}
	for name, test := range map[string]struct {
		change func(*tocsin.Props)
		want   expectation
	}{
		"amd64": {
			func(p *tocsin.Props) { p.Platform.Architecture = "amd64" },
			expectation{has: []resource{{"AWS::Lambda::Function", object{"Architectures": list{"x86_64"}}}}},
		},
		"retention": {
			func(p *tocsin.Props) { p.Platform.LogRetentionDays = 365 },
			expectation{has: []resource{{"AWS::Logs::LogGroup", object{"RetentionInDays": 365}}}},
		},
		"tracing": {
			func(p *tocsin.Props) { p.Platform.Tracing = true },
			expectation{has: []resource{
				{"AWS::Lambda::Function", object{"TracingConfig": object{"Mode": "Active"}}},
				rights(object{"Action": list{"xray:PutTraceSegments", "xray:PutTelemetryRecords"}, "Resource": "*"}),
			}},
		},
		"a key of its own": {
			func(p *tocsin.Props) { p.Sinks, p.Platform.KmsKey = "slack,sns", "create" },
			expectation{
				has: []resource{
					{"AWS::KMS::Key", object{"EnableKeyRotation": true}},
					{"AWS::SQS::Queue", object{"KmsMasterKeyId": key, "RedrivePolicy": present()}},
					{"AWS::SQS::Queue", object{"KmsMasterKeyId": key, "RedrivePolicy": absent()}},
					{"AWS::DynamoDB::Table", object{"SSESpecification": object{"SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": key}}},
					{"AWS::SNS::Topic", object{"KmsMasterKeyId": key, "DisplayName": "Tocsin alerts"}},
					{"AWS::SNS::Topic", object{"KmsMasterKeyId": key, "DisplayName": "Tocsin ops"}},
					{"AWS::SecretsManager::Secret", object{"KmsKeyId": key}},
					{"AWS::Logs::LogGroup", object{"KmsKeyId": key}},
					{"AWS::Lambda::Function", object{"KmsKeyArn": key}},
					rights(object{"Action": list{"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"}, "Resource": key}),
					keyStatement(object{"Principal": object{"Service": "events.amazonaws.com"}, "Action": list{"kms:Decrypt", "kms:GenerateDataKey"}}),
					keyStatement(object{"Principal": object{"Service": "cloudwatch.amazonaws.com"}, "Action": list{"kms:Decrypt", "kms:GenerateDataKey"}}),
					keyStatement(object{"Principal": object{"Service": object{"Fn::Join": list{"", list{
						"logs.", object{"Ref": "AWS::Region"}, ".", object{"Ref": "AWS::URLSuffix"},
					}}}}}),
				},
				count: map[string]int{"AWS::KMS::Key": 1},
			},
		},
		"an existing key": {
			func(p *tocsin.Props) { p.Platform.KmsKey = keyArn },
			expectation{
				has: []resource{
					{"AWS::SQS::Queue", object{"KmsMasterKeyId": keyArn}},
					{"AWS::SNS::Topic", object{"KmsMasterKeyId": keyArn}},
					rights(object{"Action": list{"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"}, "Resource": keyArn}),
				},
				count: map[string]int{"AWS::KMS::Key": 0},
			},
		},
		"keys of others": {
			func(p *tocsin.Props) { p.Platform.GrantKmsKeys = []string{keyArn} },
			expectation{
				has:   []resource{rights(object{"Sid": "UseKeys", "Resource": keyArn})},
				lacks: []resource{{"AWS::SQS::Queue", object{"KmsMasterKeyId": present()}}},
			},
		},
		"a network": {
			func(p *tocsin.Props) { p.Platform.Vpc = vpc() },
			expectation{has: []resource{
				{"AWS::EC2::SecurityGroup", object{
					"VpcId": "vpc-0123456789abcdef0", "SecurityGroupIngress": absent(),
					"SecurityGroupEgress": list{object{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}},
				}},
				{"AWS::Lambda::Function", object{"VpcConfig": object{
					"SubnetIds":        list{"subnet-0123456789abcdef0", "subnet-1123456789abcdef0"},
					"SecurityGroupIds": list{object{"Fn::GetAtt": list{like("SecurityGroup"), "GroupId"}}},
				}}},
				rights(object{"Effect": "Allow", "Sid": "AttachToNetwork", "Resource": "*"}),
				rights(object{"Effect": "Deny", "Condition": object{"Null": object{"lambda:SourceFunctionArn": "false"}}}),
			}},
		},
		"a network with groups": {
			func(p *tocsin.Props) {
				p.Platform.Vpc = tocsin.Vpc{SubnetIDs: []string{"subnet-0123456789abcdef0"}, SecurityGroupIDs: []string{"sg-0123456789abcdef0"}}
			},
			expectation{
				has:   []resource{{"AWS::Lambda::Function", object{"VpcConfig": object{"SecurityGroupIds": list{"sg-0123456789abcdef0"}}}}},
				count: map[string]int{"AWS::EC2::SecurityGroup": 0},
			},
		},
		"a boundary": {
			func(p *tocsin.Props) { p.Platform.PermissionsBoundary = boundary },
			expectation{has: []resource{{"AWS::IAM::Role", object{"PermissionsBoundary": boundary}}}},
		},
		"tags": {
			func(p *tocsin.Props) { p.Platform.Tags = map[string]string{"team": "sec"} },
			expectation{has: []resource{
				{"AWS::SQS::Queue", object{"Tags": list{object{"Key": "team", "Value": "sec"}}}},
				{"AWS::Lambda::Function", object{"Tags": list{object{"Key": "team", "Value": "sec"}}}},
				{"AWS::DynamoDB::Table", object{"Tags": list{object{"Key": "team", "Value": "sec"}}}},
			}},
		},
		"a prefix": {
			func(p *tocsin.Props) { p.Platform.NamePrefix, p.Sinks = "sec", "slack,sns" },
			expectation{has: []resource{
				{"AWS::SQS::Queue", object{"QueueName": "sec-findings"}}, {"AWS::SQS::Queue", object{"QueueName": "sec-dead-letters"}},
				{"AWS::DynamoDB::Table", object{"TableName": "sec-ledger"}}, {"AWS::Lambda::Function", object{"FunctionName": "sec-function"}},
				{"AWS::SNS::Topic", object{"TopicName": "sec-alerts"}}, {"AWS::SNS::Topic", object{"TopicName": "sec-ops"}},
				{"AWS::SecretsManager::Secret", object{"Name": "sec-slack-webhook"}}, {"AWS::Events::Rule", object{"Name": "sec-findings"}},
				{"AWS::Logs::LogGroup", object{"LogGroupName": "/aws/lambda/sec-function"}},
				{"AWS::IAM::Role", object{"RoleName": object{"Fn::Join": list{"", list{"sec-function-", object{"Ref": "AWS::Region"}}}}}},
				{"AWS::CloudWatch::Alarm", object{"AlarmName": "sec-findings-stuck"}},
			}},
		},
	} {
		t.Run(name, func(t *testing.T) { test.want.check(t, synth(t, props(test.change))) })
	}
}

func TestTokens(t *testing.T) {
	stack := newStack(t)
	p := props(func(p *tocsin.Props) {
		p.Sinks, p.SnsTopicArn = "sns,slack", token(stack, "Topic")
		p.SlackWebhookSecret, p.Ops.TopicArn = token(stack, "Secret"), token(stack, "OpsTopic")
		p.Platform.KmsKey, p.Platform.PermissionsBoundary = token(stack, "TheKey"), token(stack, "TheBoundary")
	})
	build(t, stack, p)
	expectation{has: []resource{
		variables(object{"SNS_TOPIC_ARN": object{"Ref": "Topic"}, "SLACK_WEBHOOK_URL": object{"Ref": "Secret"}}),
		rights(object{"Action": "sns:Publish", "Resource": object{"Ref": "Topic"}}),
		rights(object{"Action": "secretsmanager:GetSecretValue", "Resource": object{"Ref": "Secret"}}),
		{"AWS::IAM::Role", object{"PermissionsBoundary": object{"Ref": "TheBoundary"}}},
	}}.check(t, templateOf(stack))
}

// Secrets of other constructs: ARNs that are known in parts, or not at all.
func TestTokensOfSecrets(t *testing.T) {
	stack := newStack(t)
	const known = "-AbCdEf"
	parts := "arn:" + *stack.Partition() + ":secretsmanager:" + *stack.Region() + ":" + *stack.Account() + ":secret:note" + known
	build(t, stack, props(func(p *tocsin.Props) {
		p.Sinks, p.AccountNames = "slack,oncall=slack,bot=slack", token(stack, "Names")
		p.Env = map[string]string{
			"ONCALL_WEBHOOK_URL": token(stack, "Hook"), "NOTE": parts, "OTHER": token(stack, "Text"),
			"BOT_BOT_TOKEN": token(stack, "BotToken"), "BOT_CHANNEL": token(stack, "Channel"),
		}
	}))
	expectation{has: []resource{
		variables(object{"ACCOUNT_NAMES": object{"Ref": "Names"}, "ONCALL_WEBHOOK_URL": object{"Ref": "Hook"}}),
		rights(object{"Action": "secretsmanager:GetSecretValue", "Resource": list{
			object{"Ref": like("SlackWebhook")}, object{"Ref": "BotToken"}, ownARN("secretsmanager", "secret:note"+known),
			object{"Ref": "Hook"}, object{"Ref": "Names"},
		}}),
	}}.check(t, templateOf(stack))
}

func TestCodeFromFolder(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "bootstrap"), []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := props(func(p *tocsin.Props) { p.Code = tocsin.Code{Path: folder} })
	expectation{has: []resource{{"AWS::Lambda::Function", object{"Code": object{"S3Bucket": present(), "S3Key": like(`\.zip$`)}}}}}.check(t, synth(t, p))
}

func TestOutputs(t *testing.T) {
	template := synth(t, props(func(p *tocsin.Props) {
		p.Sinks = "slack,sns"
		p.Accounts.Hub, p.Accounts.OrgID = true, "o-a1b2c3d4e5"
	}))
	for name, value := range map[string]any{
		"TocsinQueueUrl": object{"Ref": like("Queue")}, "TocsinDeadLetterQueueUrl": object{"Ref": like("DeadLetters")},
		"TocsinLedgerTable": object{"Ref": like("Ledger")}, "TocsinFunctionName": object{"Ref": like("Function")},
		"TocsinAlertTopicArn": object{"Ref": like("Alerts")}, "TocsinOpsTopicArn": object{"Ref": like("Ops")},
		"TocsinHubBusArn":  object{"Fn::GetAtt": list{like("HubBus"), "Arn"}},
		"TocsinSendSample": like("^aws guardduty create-sample-findings "),
	} {
		expect(t, func() { template.HasOutput(jsii.String(name), object{"Value": value}) })
	}
	for name, command := range map[string]string{
		"TocsinSendHandMade":     "aws sqs send-message ",
		"TocsinPause":            "aws lambda update-event-source-mapping --no-enabled --uuid ",
		"TocsinResume":           "aws lambda update-event-source-mapping --enabled --uuid ",
		"TocsinFillSlackWebhook": `read -rs URL \u0026\u0026 printf %s \"$URL\" | aws secretsmanager put-secret-value --secret-id `,
	} {
		if value := text(document(t, template)["Outputs"].(object)[name]); !strings.Contains(value, command) {
			t.Errorf("output %s: no command %q in %s", name, command, value)
		}
	}
	several := document(t, synth(t, props(func(p *tocsin.Props) { p.Sinks = "slack,oncall=slack" })))
	value := several["Outputs"].(object)["TocsinFillSlackWebhook"].(object)["Value"]
	const want = `read -rs slack && read -rs oncall && printf '{"slack":"%s","oncall":"%s"}' "$slack" "$oncall" | aws `
	if got := value.(object)["Fn::Join"].(list)[1].(list)[0].(string); !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}
