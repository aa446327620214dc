package condition

import (
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// vocabulary are the words that the values of a variable are.
type vocabulary struct {
	// noun is what one of them is called.
	noun string
	// words are those that are known. isClosed says that there are no others.
	words    []string
	isClosed bool
	// takesNothing says that a value may be missing.
	takesNothing bool
	// meant are the words that are meant by those that people use instead.
	meant map[string]string
}

// wordsOf returns the vocabulary of a variable; that of one of which nothing is known is empty. The
// types of findings and the names of accounts are known to others.
func wordsOf(name string) vocabulary {
	switch name {
	case nameLevel:
		words := []string{"low", "medium", "high", "critical", "untriaged", "unknown"}
		return vocabulary{noun: "level", words: words, isClosed: true, meant: map[string]string{
			"informational": "low", "info": "low", "moderate": "medium", "severe": "high", "urgent": "critical",
		}}
	case "status":
		return vocabulary{noun: "status", words: statuses(), isClosed: true, meant: map[string]string{
			"ACTIVE": "open", "active": "open", "NEW": "open", "new": "open", "ARCHIVED": "archived", "RESOLVED": "resolved",
		}}
	case "road":
		return vocabulary{noun: "road", words: []string{
			"guardduty", "securityhub", "securityhub-cspm", "inspector2", "macie", "access-analyzer", "health", "cloudwatch",
			"cloudtrail", "config", "generic",
		}, isClosed: true, meant: map[string]string{"inspector": "inspector2", "macie2": "macie"}}
	case "type":
		return vocabulary{noun: "type", takesNothing: true}
	case "account_name":
		return vocabulary{noun: "account", takesNothing: true}
	case "product":
		return products()
	case "source":
		return sources()
	case "resource.type":
		return vocabulary{noun: "type of resource", words: resourceTypes(), takesNothing: true}
	case "action.kind":
		return vocabulary{noun: "kind of action", takesNothing: true, words: []string{
			"AWS_API_CALL", "DNS_REQUEST", "NETWORK_CONNECTION", "PORT_PROBE", "KUBERNETES_API_CALL", "RDS_LOGIN_ATTEMPT",
		}}
	case "compliance":
		words := []string{"PASSED", "FAILED", "WARNING", "NOT_AVAILABLE", "COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE", "INSUFFICIENT_DATA"}
		return vocabulary{noun: "result", takesNothing: true, words: words, meant: map[string]string{
			"PASS": "PASSED", "FAIL": "FAILED", "NONCOMPLIANT": "NON_COMPLIANT",
		}}
	}
	return factWords(name)
}

// factWords returns the words of facts that are written as words.
func factWords(name string) vocabulary {
	v := vocabulary{noun: "fact", takesNothing: true}
	switch name {
	case "facts.actionability":
		v.words = []string{"ACTION_REQUIRED", "ACTION_MAY_BE_REQUIRED", "INFORMATIONAL"}
	case "facts.category":
		v.words = []string{"issue", "accountNotification", "scheduledChange", "investigation"}
	case "facts.alarm_state":
		v.words = []string{"ALARM", "OK", "INSUFFICIENT_DATA"}
	case "facts.access":
		v.words = []string{"public", "external", "internal", "unused"}
	}
	return v
}

// statuses returns the words of all states.
func statuses() []string {
	var all []string
	for state := finding.Open; state.String() != "unknown"; state++ {
		all = append(all, state.String())
	}
	return all
}

func products() vocabulary {
	v := vocabulary{noun: "product", takesNothing: true, meant: map[string]string{}, words: []string{
		"GuardDuty", "Security Hub CSPM", "Security Hub", "Security Hub Exposure Detection", "Inspector", "Macie", "IAM Access Analyzer",
		"AWS Health", "CloudWatch", "CloudTrail", "AWS Config",
	}}
	for _, word := range v.words {
		bare := strings.TrimPrefix(strings.TrimPrefix(word, "AWS "), "IAM ")
		for _, other := range []string{"AWS " + bare, "Amazon " + bare, bare} {
			if other != word {
				v.meant[other] = word
				v.meant[strings.ReplaceAll(other, " ", "")] = word
			}
		}
		v.meant[strings.ReplaceAll(word, " ", "")] = word
		v.meant[strings.ToLower(strings.ReplaceAll(word, " ", ""))] = word
		v.meant[strings.ToLower(bare)] = word
	}
	return v
}

func sources() vocabulary {
	v := vocabulary{noun: "source", takesNothing: true, meant: map[string]string{}, words: []string{
		"aws.guardduty", "aws.securityhub", "aws.inspector2", "aws.macie", "aws.access-analyzer", "aws.health", "aws.cloudwatch",
		"aws.cloudtrail", "aws.config", "aws.signin",
	}}
	for _, word := range v.words {
		v.meant[strings.TrimPrefix(word, "aws.")] = word
	}
	for _, other := range []string{"aws.inspector", "inspector", "macie2", "aws.macie2", "accessanalyzer", "aws.accessanalyzer"} {
		v.meant[other] = map[byte]string{'i': "aws.inspector2", 'm': "aws.macie", 'a': "aws.access-analyzer"}[strings.TrimPrefix(other, "aws.")[0]]
	}
	return v
}

// resourceTypes returns words for the resources that findings are about as a rule, as their sources
// write them.
func resourceTypes() []string {
	return []string{
		"Instance", "AccessKey", "S3Bucket", "S3Object", "EKSCluster", "ECSCluster", "Container", "Lambda", "RDSDBInstance", "RDSLimitlessDB",
		"KubernetesCluster", "EBSVolume", "EBSSnapshot", "EC2Image", "RecoveryPoint", "AttackSequence",
		"AwsEc2Instance", "AwsEc2SecurityGroup", "AwsEc2Volume", "AwsEc2Vpc", "AwsS3Bucket", "AwsS3Object", "AwsIamAccessKey", "AwsIamRole",
		"AwsIamUser", "AwsIamPolicy", "AwsLambdaFunction", "AwsEcrContainerImage", "AwsEksCluster", "AwsEcsCluster", "AwsRdsDbInstance",
		"AwsKmsKey", "AwsSqsQueue", "AwsSnsTopic", "AwsAccount",
		"AWS_EC2_INSTANCE", "AWS_ECR_CONTAINER_IMAGE", "AWS_ECR_REPOSITORY", "AWS_LAMBDA_FUNCTION", "CODE_REPOSITORY", "MACHINE_IMAGE",
		"AWS::S3::Bucket", "AWS::IAM::Role", "AWS::IAM::User", "AWS::KMS::Key", "AWS::Lambda::Function", "AWS::SQS::Queue", "AWS::SNS::Topic",
		"AWS::EC2::Instance", "AWS::EC2::SecurityGroup", "AWS::EC2::Volume", "MetricAlarm", "CompositeAlarm",
	}
}
