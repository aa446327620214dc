package finding_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// A type is known in the spellings of GuardDuty, Security Hub, CloudFormation and OCSF.
func TestKind(t *testing.T) {
	for kind, types := range map[finding.Kind]string{
		finding.KindInstance:       "Instance AwsEc2Instance AWS::EC2::Instance EC2_INSTANCE ec2-instance",
		finding.KindVolume:         "EBSVolume AwsEc2Volume",
		finding.KindSnapshot:       "EBSSnapshot EBS_SNAPSHOT AWS::EC2::Snapshot",
		finding.KindImage:          "EC2Image AMI EC2AMI MACHINE_IMAGE",
		finding.KindTemplate:       "AwsEc2LaunchTemplate EC2_LAUNCH_TEMPLATE",
		finding.KindGroup:          "AwsAutoScalingAutoScalingGroup AUTOSCALING_AUTO_SCALING_GROUP AutoScalingGroup",
		finding.KindInterface:      "EC2_NETWORK_INTERFACE AwsEc2NetworkInterface",
		finding.KindVPC:            "AwsEc2Vpc EC2_VPC",
		finding.KindStack:          "AWS::CloudFormation::Stack CLOUDFORMATION_STACK",
		finding.KindRecovery:       "RecoveryPoint EC2RecoveryPoint EBSRecoveryPoint S3RecoveryPoint",
		finding.KindLambda:         "Lambda LambdaFunction AwsLambdaFunction AWS_LAMBDA_FUNCTION",
		finding.KindEKS:            "EKSCluster AwsEksCluster EKS_CLUSTER",
		finding.KindKubernetes:     "KubernetesCluster",
		finding.KindWorkload:       "KUBERNETES_WORKLOAD",
		finding.KindECS:            "ECSCluster AwsEcsCluster ECS_CLUSTER",
		finding.KindTask:           "ECS_TASK AwsEcsTask",
		finding.KindContainer:      "Container AwsEcsContainer CONTAINER",
		finding.KindContainerImage: "AWS_ECR_CONTAINER_IMAGE AwsEcrContainerImage Microsoft.ContainerRegistry/registry/containerImage",
		finding.KindRepository:     "CODE_REPOSITORY",
		finding.KindMachine:        "Microsoft.Compute/virtualMachines",
		finding.KindFunction:       "Microsoft.Web/sites",
		finding.KindKey:            "AWS::KMS::Key AwsKmsKey",
		finding.KindSecret:         "AWS::SecretsManager::Secret AwsSecretsManagerSecret",
		finding.KindQueue:          "AWS::SQS::Queue AwsSqsQueue",
		finding.KindTopic:          "AWS::SNS::Topic AwsSnsTopic",
		finding.KindTable:          "AWS::DynamoDB::Table AwsDynamoDbTable",
		finding.KindFileSystem:     "AWS::EFS::FileSystem AwsEfsFileSystem",
		finding.KindRegistry:       "AWS::ECR::Repository AwsEcrRepository AWS_ECR_REPOSITORY",
		finding.KindAccessKey:      "AccessKey AwsIamAccessKey ACCESS_KEY",
		finding.KindUser:           "AwsIamUser AWS::IAM::User User",
		finding.KindRole:           "AwsIamRole AWS::IAM::Role Role",
		finding.KindProfile:        "IAM_INSTANCE_PROFILE EC2_IAM_INSTANCE_PROFILE",
		finding.KindBucket:         "S3Bucket S3_BUCKET AwsS3Bucket AWS::S3::Bucket Bucket AWS::S3Express::DirectoryBucket",
		finding.KindObject:         "S3Object AwsS3Object S3_OBJECT",
		finding.KindRDS:            "RDSDBInstance AwsRdsDbInstance DBInstance RDS_DB_INSTANCE",
		finding.KindLimitless:      "RDSLimitlessDB",
		finding.KindModel:          "BedrockModel BEDROCK_CUSTOM_MODEL BEDROCK_IMPORTED_MODEL BEDROCK_PROVISIONED_MODEL",
		finding.KindGuardrail:      "BedrockGuardrail BEDROCK_GUARDRAIL",
		finding.KindInference:      "BEDROCK_INFERENCE_PROFILE BEDROCK_APPLICATION_INFERENCE_PROFILE AWS::Bedrock::ApplicationInferenceProfile",
		finding.KindDeployed:       "BEDROCK_CUSTOM_MODEL_DEPLOYMENT",
		finding.KindPrompt:         "BEDROCK_PROMPT AWS::Bedrock::Prompt",
		finding.KindRouter:         "BEDROCK_PROMPT_ROUTER",
		finding.KindEndpoint:       "SAGEMAKER_ENDPOINT AWS::SageMaker::Endpoint",
		finding.KindSequence:       "AttackSequence CustomDetectionRule",
		"":                         "aws cluster AwsInstances InstanceX AzureVM " + strings.Repeat("instance", 500) + " Instance" + strings.Repeat("e", 30),
	} {
		for name := range strings.FieldsSeq(types) {
			if got := (finding.Resource{Type: name}).Kind(); got != kind {
				t.Errorf("%.40s: got %q, want %q", name, got, kind)
			}
		}
	}
	if got := (finding.Resource{}).Kind(); got != "" {
		t.Errorf("no type: got %q", got)
	}
}

func TestKindAllocatesNothing(t *testing.T) {
	r := finding.Resource{Type: "AWS::AutoScaling::AutoScalingGroup"}
	if n := testing.AllocsPerRun(100, func() { _ = r.Kind() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
