package cloudtrail

import (
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// The bounds of what is told of the parameters of a call.
const (
	maxParameters = 12
	maxParameter  = 100
	maxTouched    = 20
)

// requestText returns the parameters of a call: "groupId=sg-0a1b, ipPermissions/fromPort=22". What is
// long is a document of its own, and what is secret is nobody's to read; CloudTrail hides most of it
// itself: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func requestText(d lenient.Document) string {
	var all []string
	d.Leaves(func(p lenient.Leaf) {
		if len(all) < maxParameters && p.Name != "Host" && len(p.Value) <= maxParameter && !isSecret(p.Path) && !strings.HasPrefix(p.Value, "HIDDEN_") {
			all = lenient.AppendNew(all, p.Path+"="+p.Value)
		}
	})
	return strings.Join(all, ", ")
}

// isSecret reports whether the path of a parameter speaks of a secret. Who asks for a secret names it
// by its id, which is none.
func isSecret(path string) bool {
	path = strings.ReplaceAll(strings.ToLower(path), "secretid", "")
	for _, word := range []string{"password", "secret", "token", "credential", "privatekey", "plaintext", "authorization", "signature", "userdata"} {
		if strings.Contains(path, word) {
			return true
		}
	}
	return false
}

// touched returns the resources that a call was about, by the parameters that AWS's services have
// names of resources in, and the instances that it has started.
func touched(d lenient.Document, service string) []finding.Resource {
	var all []finding.Resource
	ranks := map[string]int{}
	add := func(p lenient.Leaf) {
		kind, rank := touchedType(p.Name, p.Value, service)
		if kind == "" || len(all) == maxTouched {
			return
		}
		r := finding.Resource{Type: kind, ID: lenient.ResourceName(p.Value)}
		if r.ID != p.Value {
			r.ARN = p.Value
		}
		ranks[kind] = rank
		all = append(all, r)
	}
	d.Get("requestParameters").Leaves(add)
	d.Get("responseElements").Leaves(func(p lenient.Leaf) {
		if p.Name == "instanceId" {
			add(p)
		}
	})
	slices.SortStableFunc(all, func(one, other finding.Resource) int { return ranks[one.Type] - ranks[other.Type] })
	return all
}

// touchedType returns the type of the resource that a parameter names, and how far behind others it
// stands where a call names several; "" for any other parameter. A resourceId can be of anything: its
// beginning says of what.
func touchedType(name, value, service string) (kind string, rank int) {
	for i, known := range [...]struct{ service, name, kind string }{
		{"", "instanceId", "Instance"}, {"", "bucketName", "S3Bucket"}, {"", "functionName", "LambdaFunction"},
		{"", "dBInstanceIdentifier", "RdsDbInstance"}, {"", "dBClusterIdentifier", "RdsDbCluster"}, {"", "groupId", "Ec2SecurityGroup"},
		{"", "dBSnapshotIdentifier", "RdsDbSnapshot"}, {"", "dBClusterSnapshotIdentifier", "RdsDbClusterSnapshot"}, {"monitoring", "alarmNames", "Alarm"},
		{"", "snapshotId", "EBSSnapshot"}, {"", "volumeId", "EBSVolume"}, {"kms", "keyId", "AwsKmsKey"}, {"iam", "userName", "AwsIamUser"},
		{"iam", "roleName", "AwsIamRole"}, {"sts", "roleArn", "AwsIamRole"},
		{"secretsmanager", "secretId", "AwsSecretsManagerSecret"}, {"secretsmanager", "secretIdList", "AwsSecretsManagerSecret"},
		{"cloudtrail", "name", "AwsCloudTrailTrail"},
		{"dynamodb", "tableName", "AwsDynamoDbTable"}, {"", "topicArn", "AwsSnsTopic"}, {"ecr", "repositoryName", "AwsEcrRepository"},
		{"ec2", "networkAclId", "AwsEc2NetworkAcl"}, {"logs", "logGroupName", "AwsLogsLogGroup"},
		{"codebuild", "projectArn", "AwsCodeBuildProject"},
		{"iam", "policyArn", "AwsIamPolicy"},                  // given to one of those above
		{"ec2", "imageId", "AMI"}, {"ec2", "vpcId", "Ec2Vpc"}, // what something is made of, or is in
	} {
		if known.name == name && (known.service == "" || known.service == service) {
			return known.kind, i
		}
	}
	switch name {
	case "resourceId", "values", "instanceIds", "target":
		return lenient.TypeOfID(value), 0
	}
	return "", 0
}
