package condition

import (
	"slices"
	"strings"
)

// vocabulary are the words that the values of a variable are.
type vocabulary struct {
	// noun is what one of them is called.
	noun string
	// words are those that are known. isClosed says that there are no others, takesNothing that a
	// value may be missing.
	words                  []string
	isClosed, takesNothing bool
	// slips are words that people use instead, with those that they mean: "info=low moderate=medium".
	slips string
}

// vocabularies has a line for each variable whose values are words: its name, what one of them is
// called, the words, what is used instead. A "." before the words says that there are no others, a
// "?" that there are. Where there are no words, they are known to others: see Known.
const vocabularies = `
level|level|.low medium high critical untriaged unknown|informational=low info=low moderate=medium severe=high urgent=critical
status|status|.open archived resolved closed suppressed passed ok|ACTIVE=open active=open NEW=open new=open
road|road|.|
account_name|account|?|
type|type|?|
product|product|?|
source|source|?|
action.kind|kind of action|?AWS_API_CALL DNS_REQUEST NETWORK_CONNECTION PORT_PROBE KUBERNETES_API_CALL RDS_LOGIN_ATTEMPT|
compliance|result|?PASSED FAILED WARNING NOT_AVAILABLE COMPLIANT NON_COMPLIANT NOT_APPLICABLE INSUFFICIENT_DATA|PASS=PASSED FAIL=FAILED
facts.actionability|fact|?ACTION_REQUIRED ACTION_MAY_BE_REQUIRED INFORMATIONAL|
facts.category|fact|?issue accountNotification scheduledChange investigation|
facts.alarm_state|fact|?ALARM OK INSUFFICIENT_DATA|
facts.access|fact|?public external internal unused|
resource.type|type of resource|?` +
	`Instance AccessKey S3Bucket S3Object EKSCluster ECSCluster Container Lambda RDSDBInstance RDSLimitlessDB KubernetesCluster ` +
	`EBSVolume EBSSnapshot EC2Image RecoveryPoint AttackSequence MetricAlarm CompositeAlarm ` +
	`AwsEc2Instance AwsEc2SecurityGroup AwsEc2Volume AwsEc2Vpc AwsS3Bucket AwsS3Object AwsIamAccessKey AwsIamRole AwsIamUser AwsIamPolicy ` +
	`AwsLambdaFunction AwsEcrContainerImage AwsEksCluster AwsEcsCluster AwsRdsDbInstance AwsKmsKey AwsSqsQueue AwsSnsTopic AwsAccount ` +
	`AWS_EC2_INSTANCE AWS_ECR_CONTAINER_IMAGE AWS_ECR_REPOSITORY AWS_LAMBDA_FUNCTION CODE_REPOSITORY MACHINE_IMAGE ` +
	`AWS::S3::Bucket AWS::IAM::Role AWS::IAM::User AWS::KMS::Key AWS::Lambda::Function AWS::SQS::Queue AWS::SNS::Topic ` +
	`AWS::EC2::Instance AWS::EC2::SecurityGroup AWS::EC2::Volume|
`

// wordsOf returns the vocabulary of a variable; that of one of which nothing is known is empty.
func wordsOf(name string) vocabulary {
	_, line, found := strings.Cut(vocabularies, "\n"+name+"|")
	if !found {
		return vocabulary{}
	}
	line, _, _ = strings.Cut(line, "\n")
	parts := strings.Split(line, "|")
	isClosed := parts[1][0] == '.'
	return vocabulary{parts[0], strings.Fields(parts[1][1:]), isClosed, !isClosed, parts[2]}
}

// slip returns the word that is meant by one that people use instead, or "".
func (v *vocabulary) slip(text string) string {
	for _, slip := range strings.Fields(v.slips) {
		if before, word, _ := strings.Cut(slip, "="); before == text {
			return word
		}
	}
	return ""
}

// teach puts into a vocabulary what is known of the world.
func (j *judge) teach(v *vocabulary, name string) {
	switch name {
	case "type":
		if j.types == nil && j.known.Types != nil {
			j.types = j.known.Types()
		}
		v.words = j.types
	case "account_name":
		v.words, v.isClosed = j.known.AccountNames, true
	case "road":
		v.words = j.known.Roads
	case "source":
		v.words = j.known.Sources
	case "product":
		v.words = j.known.Products
	}
}

// isSwitch reports whether a variable is true or false.
func isSwitch(name string) bool {
	return slices.Contains(strings.Fields("sample archived fixable exploit"), name)
}
