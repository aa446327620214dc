package tocsin_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
	"github.com/tocsin-sec/tocsin/events/guardduty"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
)

// resource is one expectation: some resource of the type has these properties. An object matches
// where it holds at least these keys.
type resource struct {
	kind string
	has  object
}

// expectation is what a set of options makes.
type expectation struct {
	has   []resource
	lacks []resource
	count map[string]int
}

// whole matches a resource with attributes beside its properties, such as DeletionPolicy.
func whole(t *testing.T, template assertions.Template, kind string, has object) {
	t.Helper()
	expect(t, func() { template.HasResource(jsii.String(kind), has) })
}

func (e expectation) check(t *testing.T, template assertions.Template) {
	t.Helper()
	for _, r := range e.has {
		expect(t, func() { template.HasResourceProperties(jsii.String(r.kind), r.has) })
	}
	for _, r := range e.lacks {
		expect(t, func() { template.ResourcePropertiesCountIs(jsii.String(r.kind), r.has, jsii.Number(0)) })
	}
	for kind, count := range e.count {
		expect(t, func() { template.ResourceCountIs(jsii.String(kind), jsii.Number(count)) })
	}
}

// present matches anything that is there.
func present() assertions.Matcher { return assertions.Match_AnyValue() }

// absent matches nothing at all.
func absent() assertions.Matcher { return assertions.Match_Absent() }

// like matches a text by a pattern.
func like(pattern string) assertions.Matcher {
	return assertions.Match_StringLikeRegexp(jsii.String(pattern))
}

// among matches a list that has an element with at least these keys.
func among(element object) assertions.Matcher {
	return assertions.Match_ArrayWith(&list{assertions.Match_ObjectLike(&element)})
}

// statement expects a statement in a resource's policy, rights one in the role's.
func statement(s object) object { return object{"PolicyDocument": object{"Statement": among(s)}} }

func rights(s object) resource {
	return resource{"AWS::IAM::Role", object{"Policies": list{object{"PolicyDocument": object{"Statement": among(s)}}}}}
}

func keyStatement(s object) resource {
	return resource{"AWS::KMS::Key", object{"KeyPolicy": object{"Statement": among(s)}}}
}

func variables(v object) resource {
	return resource{"AWS::Lambda::Function", object{"Environment": object{"Variables": v}}}
}

func metricAlarm(metric string, o object) resource {
	o["MetricName"] = metric
	return resource{"AWS::CloudWatch::Alarm", o}
}

func TestDefaults(t *testing.T) {
	template := synth(t, props())
	expectation{
		has: []resource{
			{"AWS::Events::Rule", object{
				"State": "ENABLED",
				"EventPattern": object{
					"source": list{"aws.guardduty"}, "detail-type": anyList(guardduty.Source().DetailTypes),
					"detail": object{"severity": list{object{"numeric": list{">=", 4}}, object{"numeric": list{"<", 1}}, object{"exists": false}, object{"prefix": ""}}},
				},
				"Targets": list{object{
					"Arn":              object{"Fn::GetAtt": list{like("Queue"), "Arn"}},
					"DeadLetterConfig": object{"Arn": object{"Fn::GetAtt": list{like("DeadLetters"), "Arn"}}},
					"RetryPolicy":      object{"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185},
				}},
			}},
			{"AWS::SQS::Queue", object{
				"SqsManagedSseEnabled": true, "MessageRetentionPeriod": 1209600, "VisibilityTimeout": 181,
				"RedrivePolicy": object{
					"maxReceiveCount": 200, "deadLetterTargetArn": object{"Fn::GetAtt": list{like("DeadLetters"), "Arn"}},
				},
			}},
			{"AWS::SQS::Queue", object{"SqsManagedSseEnabled": true, "MessageRetentionPeriod": 1209600}},
			{"AWS::Lambda::Function", object{
				"Runtime": "provided.al2023", "Handler": "bootstrap", "Architectures": list{"arm64"},
				"MemorySize": 256, "Timeout": 30, "TracingConfig": object{"Mode": "PassThrough"},
				"Code":          object{"S3Bucket": "code", "S3Key": "tocsin.zip"},
				"LoggingConfig": object{"LogGroup": object{"Ref": like("Logs")}},
			}},
			variables(object{
				"SINKS": "sns", "LEDGER": "dynamodb",
				"LEDGER_TABLE":          object{"Ref": like("Ledger")},
				"DEAD_LETTER_QUEUE_URL": object{"Ref": like("DeadLetters")},
				"SNS_TOPIC_ARN":         object{"Ref": like("Alerts")},
			}),
			{"AWS::Lambda::EventSourceMapping", object{
				"BatchSize": 10, "MaximumBatchingWindowInSeconds": 1, "Enabled": true,
				"FunctionResponseTypes": list{"ReportBatchItemFailures"},
				"ScalingConfig":         object{"MaximumConcurrency": 2},
				"EventSourceArn":        object{"Fn::GetAtt": list{like("Queue"), "Arn"}},
			}},
			{"AWS::DynamoDB::Table", object{
				"BillingMode": "PAY_PER_REQUEST", "DeletionProtectionEnabled": true,
				"KeySchema": list{
					object{"AttributeName": "pk", "KeyType": "HASH"}, object{"AttributeName": "sk", "KeyType": "RANGE"},
				},
				"TimeToLiveSpecification":          object{"AttributeName": "expires", "Enabled": true},
				"PointInTimeRecoverySpecification": object{"PointInTimeRecoveryEnabled": true},
				"SSESpecification":                 object{"SSEEnabled": false}, // a key that AWS owns
				"GlobalSecondaryIndexes":           absent(),
			}},
			{"AWS::Logs::LogGroup", object{"RetentionInDays": 90, "KmsKeyId": absent()}},
			{"AWS::IAM::Role", object{"ManagedPolicyArns": absent(), "PermissionsBoundary": absent()}},
			rights(object{"Action": "sqs:SendMessage", "Resource": object{"Fn::GetAtt": list{like("DeadLetters"), "Arn"}}}),
			rights(object{"Action": list{"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query", "dynamodb:Scan"}}),
			rights(object{"Action": "sns:Publish", "Resource": object{"Ref": like("Alerts")}}),
		},
		lacks: []resource{
			{"AWS::SNS::Topic", object{"KmsMasterKeyId": present()}},
			{"AWS::SQS::Queue", object{"KmsMasterKeyId": present()}},
		},
		count: map[string]int{
			"AWS::SQS::Queue": 2, "AWS::SNS::Topic": 2, "AWS::SNS::Subscription": 0, "AWS::IAM::Role": 1,
			"AWS::IAM::Policy": 0, "AWS::KMS::Key": 0, "AWS::SecretsManager::Secret": 0, "AWS::GuardDuty::Detector": 0,
			"AWS::Events::EventBus": 0, "AWS::Events::Rule": 1, "AWS::CloudWatch::Alarm": 10, "AWS::CloudWatch::Dashboard": 1,
			"AWS::EC2::SecurityGroup": 0, "AWS::Scheduler::Schedule": 0, "AWS::Scheduler::ScheduleGroup": 0, "AWS::Lambda::Function": 1, // no helpers of the CDK
		},
	}.check(t, template)
	for _, kind := range []string{"AWS::DynamoDB::Table", "AWS::SQS::Queue"} {
		whole(t, template, kind, object{"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"})
	}
}

func TestPolicies(t *testing.T) {
	tls := func(action string) object {
		return object{"Effect": "Deny", "Action": action, "Condition": object{"Bool": object{"aws:SecureTransport": "false"}}}
	}
	fromRule := object{
		"Effect": "Allow", "Action": "sqs:SendMessage", "Principal": object{"Service": "events.amazonaws.com"},
		"Condition": object{
			"ArnEquals":    object{"aws:SourceArn": list{object{"Fn::GetAtt": list{like("Rule"), "Arn"}}}},
			"StringEquals": object{"aws:SourceAccount": object{"Ref": "AWS::AccountId"}},
		},
	}
	template := synth(t, props())
	document := document(t, template)
	for kind, want := range map[string]int{"AWS::SQS::QueuePolicy": 2, "AWS::SNS::TopicPolicy": 2} {
		if got := len(ofType(document, kind)); got != want {
			t.Errorf("%d of %s, want %d: one for each queue or topic", got, kind, want)
		}
	}
	expect(t, func() {
		template.ResourcePropertiesCountIs(jsii.String("AWS::SQS::QueuePolicy"), statement(tls("sqs:*")), jsii.Number(2))
	})
	expect(t, func() {
		template.ResourcePropertiesCountIs(jsii.String("AWS::SQS::QueuePolicy"), statement(fromRule), jsii.Number(2))
	})
	expect(t, func() {
		template.ResourcePropertiesCountIs(jsii.String("AWS::SNS::TopicPolicy"), statement(tls("sns:Publish")), jsii.Number(2))
	})
	expect(t, func() {
		template.HasResourceProperties(jsii.String("AWS::SNS::TopicPolicy"), statement(object{
			"Effect": "Allow", "Action": "sns:Publish", "Principal": object{"Service": "cloudwatch.amazonaws.com"},
			"Resource": object{"Ref": like("Ops")},
			"Condition": object{
				"StringEquals": object{"aws:SourceAccount": object{"Ref": "AWS::AccountId"}},
				"ArnLike":      object{"aws:SourceArn": present()},
			},
		}))
	})
}

// Under a key of the customer's, too, only the stack's own rules may send to the queues: both by the
// queues' policies and, where the key is the stack's, by the key's.
func TestPoliciesUnderAKey(t *testing.T) {
	for _, key := range []string{"create", keyArn} {
		p := props(func(p *tocsin.Props) {
			p.Platform.KmsKey, p.Accounts.Hub, p.Accounts.OrgID, p.Ops.Drill = key, true, "o-a1b2c3d4e5", "rate(1 day)"
		})
		for name, p := range map[string]*tocsin.Props{"hub": p, "member": p.ForMember(hubBusArn)} {
			template := document(t, synth(t, p))
			rules := list{}
			for _, id := range sorted(ofType(template, "AWS::Events::Rule")) {
				rules = append(rules, object{"Fn::GetAtt": list{id, "Arn"}})
			}
			policies := ofType(template, "AWS::SQS::QueuePolicy")
			if len(policies) != len(ofType(template, "AWS::SQS::Queue")) {
				t.Errorf("%s: %d policies of queues", name, len(policies))
			}
			for id, policy := range policies {
				senders := 0
				for _, s := range statements(policy["Properties"]) {
					if s["Effect"] != "Allow" {
						continue
					}
					senders++
					condition := s["Condition"].(object)
					sources, isList := condition["ArnEquals"].(object)["aws:SourceArn"].(list)
					if !isList || len(sources) != len(rules) || text(condition["StringEquals"]) != `{"aws:SourceAccount":{"Ref":"AWS::AccountId"}}` {
						t.Errorf("%s: %s admits %s", name, id, text(s))
					}
					for _, rule := range rules {
						if !strings.Contains(text(sources), text(rule)) {
							t.Errorf("%s: %s does not admit %s", name, id, text(rule))
						}
					}
				}
				if senders != 1 {
					t.Errorf("%s: %s has %d statements that admit somebody", name, id, senders)
				}
			}
			for id, queue := range ofType(template, "AWS::SQS::Queue") {
				if queue["Properties"].(object)["KmsMasterKeyId"] == nil {
					t.Errorf("%s: %s is under no key", name, id)
				}
			}
			for _, made := range ofType(template, "AWS::KMS::Key") {
				for _, s := range statements(made["Properties"]) {
					if strings.Contains(text(s["Principal"]), "events.amazonaws.com") && !strings.Contains(text(s["Condition"]), "kms:EncryptionContext:aws:sqs:arn") {
						t.Errorf("%s: EventBridge may use the key for anything: %s", name, text(s))
					}
				}
			}
		}
	}
}

func TestAlarms(t *testing.T) {
	template := synth(t, props(func(p *tocsin.Props) { p.Accounts.Hub, p.Accounts.OrgID = true, "o-a1b2c3d4e5" }))
	expectation{
		has: []resource{
			metricAlarm("Errors", object{"Namespace": "AWS/Lambda", "Statistic": "Sum", "Threshold": 1}),
			metricAlarm("Throttles", object{"Namespace": "AWS/Lambda", "Statistic": "Sum", "Threshold": 1}),
			metricAlarm("ApproximateNumberOfMessagesVisible", object{
				"Threshold": 1, "Statistic": "Maximum", "Dimensions": list{object{"Value": object{"Fn::GetAtt": list{like("DeadLetters"), "QueueName"}}}},
			}),
			metricAlarm("ApproximateNumberOfMessagesNotVisible", object{
				"Threshold": 1, "Period": 300, "EvaluationPeriods": 6, "Statistic": "Minimum",
			}),
			metricAlarm("ApproximateAgeOfOldestMessage", object{"Threshold": 900}),
			metricAlarm("FailedInvocations", object{"Dimensions": list{object{"Name": "RuleName", "Value": object{"Ref": like("Rule")}}}}),
			metricAlarm("FailedInvocations", object{"Dimensions": list{
				object{"Name": "EventBusName", "Value": present()},
				object{"Name": "RuleName", "Value": object{"Fn::Select": list{2, object{"Fn::Split": list{"/", present()}}}}},
			}}),
		},
		count: map[string]int{"AWS::CloudWatch::Alarm": 11},
	}.check(t, template)
	toOps := object{
		"AlarmActions": list{object{"Ref": like("Ops")}}, "OKActions": list{object{"Ref": like("Ops")}},
		"TreatMissingData": "notBreaching", "ComparisonOperator": "GreaterThanOrEqualToThreshold",
	}
	expect(t, func() { template.AllResourcesProperties(jsii.String("AWS::CloudWatch::Alarm"), toOps) })
}

// One dashboard shows the way of a finding from left to right, with every outcome that there is.
func TestDashboard(t *testing.T) {
	template := document(t, synth(t, props(withDrill, func(p *tocsin.Props) { p.Accounts.Hub, p.Accounts.OrgID = true, "o-a1b2c3d4e5" })))
	body := text(only(t, template, "AWS::CloudWatch::Dashboard")["DashboardBody"])
	place := 0
	for _, title := range []string{
		"1. Rule", "2. Queue", "3. Function", "4. Sinks", "Each sink: sent", "Each sink: calls that failed", "From event to sink", "Each sink: one call",
		"Waiting", "Age of", "Duration", "Dead letters", "Drills",
	} {
		next := strings.Index(body, `\"title\":\"`+title) // JSON in a JSON text
		next = max(next, strings.Index(body, `title\\\":\\\"`+title))
		if next <= place {
			t.Errorf("%s is not there, or not after the one before it", title)
		}
		place = next
	}
	wanted := []string{
		"TriggeredRules", "FailedInvocations", "NumberOfMessagesSent", "NumberOfMessagesDeleted", "Invocations", "Errors", "Throttles",
		"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible", "ApproximateAgeOfOldestMessage", "Duration",
		"WriteThrottleEvents", "ReadThrottleEvents", "EventBusName", `"Tocsin","OldestRetry`, `"Tocsin","Notices`, `"Tocsin","Drill`,
		`Tocsin","Latency",{"stat":"p50`, `Tocsin","Latency",{"stat":"p95`,
		`SEARCH('{Tocsin,Sink} MetricName="Delivered"', 'Sum')`, `SEARCH('{Tocsin,Sink} MetricName="Dead"', 'Sum')`,
		`SEARCH('{Tocsin,Sink,Reason} MetricName="Failures"', 'Sum')`, `SEARCH('{Tocsin,Sink} MetricName="SendDuration"', 'p95')`,
	}
	for _, outcome := range delivery.Outcomes() {
		wanted = append(wanted, `Tocsin","`+outcome.Metric())
	}
	for _, metric := range wanted {
		if !strings.Contains(strings.ReplaceAll(body, `\`, ``), metric) {
			t.Errorf("no %s in the dashboard", metric)
		}
	}
}
