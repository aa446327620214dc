package cloudtrail_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// An insight has neither a service nor an identity of its own. Whose calls were unusual stands below it.
const anInsight = `{"eventVersion":"1.10","eventTime":"2026-01-02T03:00:00Z","awsRegion":"eu-west-1","eventType":"AwsCloudTrailInsight",
	"recipientAccountId":"111122223333","sharedEventID":"s-1","eventID":"e-1","eventCategory":"Insight","insightDetails":{"state":"Start",
	"eventSource":"ssm.amazonaws.com","eventName":"GetParameter","insightType":"ApiCallRateInsight","insightContext":{
	"statistics":{"baseline":{"average":2},"insight":{"average":90}},"attributions":[
	{"attribute":"userIdentityArn","insight":[{"value":"arn:aws:sts::111122223333:assumed-role/ci","average":70},{"value":"arn:aws:iam::111122223333:user/ann","average":20}],"baseline":[]},
	{"attribute":"userAgent","insight":[{"value":"aws-cli/2.0","average":90}]},
	{"attribute":"errorCode","insight":[{"value":"null","average":60},{"value":"AccessDenied","average":30}]}]}}}`

// A record of an insight is read as it stands in a log file, and says who made the calls.
func TestInsightOfALog(t *testing.T) {
	f := open(t, anInsight)
	if f.About.Product != "CloudTrail" || f.Type != "Insight/ssm:GetParameter" || f.ID != "insight/s-1" || f.Account.ID != "111122223333" || f.Severity != 5 {
		t.Errorf("got %s %q %q %s %v", f.About.Product, f.Type, f.ID, f.Account.ID, f.Severity)
	}
	for name, want := range map[string]string{
		"insight":            "ApiCallRateInsight: 90 in place of 2",
		"insight_identities": "arn:aws:sts::111122223333:assumed-role/ci (70), arn:aws:iam::111122223333:user/ann (20)",
		"insight_agents":     "aws-cli/2.0 (90)",
		"insight_errors":     "AccessDenied (30)",
	} {
		if got := f.Facts.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	untyped := open(t, strings.Replace(anInsight, `"insightType":"ApiCallRateInsight",`, "", 1))
	if got := untyped.Facts.Get("insight"); got != "90 in place of 2" {
		t.Errorf("without a type: got %q", got)
	}
}

// Who is known by something else than a name is called by it.
func TestWhoHasNoName(t *testing.T) {
	for name, test := range map[string]struct{ identity, title, user string }{
		"a federated user": {
			`{"type":"FederatedUser","principalId":"111122223333:bob","arn":"arn:aws:sts::111122223333:federated-user/bob","accountId":"111122223333",
				"sessionContext":{"sessionIssuer":{"type":"IAMUser","userName":"broker","arn":"arn:aws:iam::111122223333:user/broker"}}}`,
			"Federated user bob called RunInstances (ec2)", "bob", // whose session is no more than his name
		},
		"another account": {
			`{"type":"AWSAccount","principalId":"AIDAQRSTUVWXYZ","accountId":"444455556666"}`,
			"Account 444455556666 called RunInstances (ec2)", "444455556666",
		},
		"another account, with a session": {
			`{"type":"AWSAccount","principalId":"AROAQRSTUVWXYZ:session-2","accountId":"444455556666"}`,
			"Account 444455556666 called RunInstances (ec2)", "444455556666",
		},
	} {
		f := parse(t, "aws.ec2", apiCall, `{"userIdentity":`+test.identity+call+`}`)
		if f.Title != test.title || f.Actor.User.Name != test.user || f.Actor.User.Session == test.user {
			t.Errorf("%s: got %q, user %q", name, f.Title, f.Actor.User.Name)
		}
	}
}

// Managed Grafana writes the status of HTTP as the code of an error, and the way of a request as its address.
func TestGrafana(t *testing.T) {
	record := func(code string) finding.Finding {
		detail := strings.Replace(ann+call, "198.51.100.7", "198.51.100.7, 10.0.0.1", 1) + `,"errorCode":"` + code + `"`
		return parse(t, "aws.grafana", apiCall, `{`+detail+`}`)
	}
	if f := record("200"); f.Title != "IAM user ann called RunInstances (ec2)" || f.Actor.Remote.IP != "198.51.100.7" || f.Facts.Get("via") != "198.51.100.7, 10.0.0.1" {
		t.Errorf("got %q from %q by %q", f.Title, f.Actor.Remote.IP, f.Facts.Get("via"))
	}
	if f := record("403"); !strings.HasSuffix(f.Title, "failed: 403") {
		t.Errorf("got %q", f.Title)
	}
}

// What an endpoint of a VPC has refused is a refusal.
func TestRefusedByAnEndpoint(t *testing.T) {
	f := parse(t, "aws.s3", apiCall, `{`+ann+call+`,"errorCode":"VpceAccessDenied","eventType":"AwsVpceEvent"}`)
	if f.Type != "Call.Refused/ec2:RunInstances" || f.Severity != 4 {
		t.Errorf("got %q, severity %v", f.Type, f.Severity)
	}
}

// What a call was about is its resource, by the names that the services have for their own.
func TestResourcesOfServices(t *testing.T) {
	for _, test := range []struct{ service, name, parameters, want string }{
		{"ec2", "ModifyImageAttribute", `{"imageId":"ami-0a1b"}`, "AMI ami-0a1b"},
		{"ec2", "RunInstances", `{"instancesSet":{"items":[{"imageId":"ami-0a1b"}]},"groupId":"sg-0a1b"}`, "Ec2SecurityGroup sg-0a1b"},
		{"ec2", "DeleteFlowLogs", `{"vpcId":"vpc-0a1b"}`, "Ec2Vpc vpc-0a1b"},
		{"ec2", "DeleteNetworkAclEntry", `{"networkAclId":"acl-0a1b","ruleNumber":100}`, "AwsEc2NetworkAcl acl-0a1b"},
		{"logs", "DeleteLogGroup", `{"logGroupName":"/shop/api"}`, "AwsLogsLogGroup /shop/api"},
		{"dynamodb", "DeleteTable", `{"tableName":"orders"}`, "AwsDynamoDbTable orders"},
		{"sns", "SetTopicAttributes", `{"topicArn":"arn:aws:sns:eu-west-1:111122223333:alerts","returnSubscriptionArn":true}`, "AwsSnsTopic alerts"},
		{"codebuild", "UpdateProjectVisibility", `{"projectArn":"arn:aws:codebuild:eu-west-1:111122223333:project/shop"}`, "AwsCodeBuildProject shop"},
		{"ecr", "SetRepositoryPolicy", `{"repositoryName":"shop/api"}`, "AwsEcrRepository shop/api"},
		{"rds", "ModifyDBSnapshotAttribute", `{"attributeName":"restore","dBSnapshotIdentifier":"snap-of-orders"}`, "RdsDbSnapshot snap-of-orders"},
		{"rds", "ModifyDBClusterSnapshotAttribute", `{"dBClusterSnapshotIdentifier":"snap-of-orders"}`, "RdsDbClusterSnapshot snap-of-orders"},
		{"monitoring", "DeleteAlarms", `{"alarmNames":["root-used","keys-used"]}`, "Alarm root-used"},
		{"ssm", "SendCommand", `{"documentName":"AWS-RunShellScript","instanceIds":["i-0a1b","i-0c2d"]}`, "Instance i-0a1b"},
		{"ssm", "SendCommand", `{"documentName":"AWS-RunShellScript","instanceIds":["*"]}`, " "},
		{"ssm", "StartSession", `{"target":"i-0a1b"}`, "Instance i-0a1b"},
		{"glue", "DeleteTable", `{"tableName":"orders"}`, " "},
	} {
		detail := strings.NewReplacer("ec2.amazonaws", test.service+".amazonaws", "RunInstances", test.name).Replace(ann + call)
		f := parse(t, "aws."+test.service, apiCall, `{`+detail+`,"requestParameters":`+test.parameters+`}`)
		if got := f.Resource.Type + " " + f.Resource.ID; got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
		if affected := f.Action.Attributes.Get(finding.AttrAffected); strings.Contains(affected, "restore") || strings.Contains(affected, "true") {
			t.Errorf("%s: affected %s", test.name, affected)
		}
	}
}

// A sign-in of the first years has no type of its own in a log file.
func TestSignInWithoutAType(t *testing.T) {
	record := strings.Replace(`{`+ann+login+success+noMFA+`}`, `,"eventType":"AwsConsoleSignIn"`, "", 1)
	if f := open(t, record); f.Type != "SignIn.NoMFA" || f.Severity != 5 {
		t.Errorf("got %q, severity %v", f.Type, f.Severity)
	}
}

// An object of S3 goes by its bucket and key; of a call that lists objects the record has the beginning.
func TestObjectsOfABucket(t *testing.T) {
	for name, want := range map[string]string{
		`"ARN":"arn:aws:s3:::shop-uploads/in/a.csv"`:  "shop-uploads/in/a.csv",
		`"ARNPrefix":"arn:aws:s3:::shop-uploads/in/"`: "shop-uploads/in/",
	} {
		f := parse(t, "aws.s3", apiCall, `{`+ann+call+`,"resources":[{"type":"AWS::S3::Object",`+name+`}]}`)
		if f.Resource.ID != want {
			t.Errorf("%s: got %q", name, f.Resource.ID)
		}
	}
}
