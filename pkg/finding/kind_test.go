package finding_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// A type is known in the spellings of GuardDuty, Security Hub, CloudFormation and OCSF.
func TestKind(t *testing.T) {
	for kind, types := range map[finding.Kind]string{
		finding.KindInstance:            "Instance AwsEc2Instance AWS::EC2::Instance EC2_INSTANCE ec2-instance",
		finding.KindVolume:              "EBSVolume AwsEc2Volume",
		finding.KindSnapshot:            "EBSSnapshot EBS_SNAPSHOT AWS::EC2::Snapshot",
		finding.KindImage:               "EC2Image AMI EC2AMI MACHINE_IMAGE",
		finding.KindTemplate:            "AwsEc2LaunchTemplate EC2_LAUNCH_TEMPLATE",
		finding.KindGroup:               "AwsAutoScalingAutoScalingGroup AUTOSCALING_AUTO_SCALING_GROUP AutoScalingGroup",
		finding.KindInterface:           "EC2_NETWORK_INTERFACE AwsEc2NetworkInterface",
		finding.KindVPC:                 "AwsEc2Vpc EC2_VPC",
		finding.KindStack:               "AWS::CloudFormation::Stack CLOUDFORMATION_STACK",
		finding.KindRecovery:            "RecoveryPoint EC2RecoveryPoint EBSRecoveryPoint S3RecoveryPoint",
		finding.KindLambda:              "Lambda LambdaFunction AwsLambdaFunction AWS_LAMBDA_FUNCTION",
		finding.KindEKS:                 "EKSCluster AwsEksCluster EKS_CLUSTER",
		finding.KindKubernetes:          "KubernetesCluster",
		finding.KindWorkload:            "KUBERNETES_WORKLOAD",
		finding.KindECS:                 "ECSCluster AwsEcsCluster ECS_CLUSTER",
		finding.KindTask:                "ECS_TASK AwsEcsTask",
		finding.KindContainer:           "Container AwsEcsContainer CONTAINER",
		finding.KindContainerImage:      "AWS_ECR_CONTAINER_IMAGE AwsEcrContainerImage Microsoft.ContainerRegistry/registry/containerImage",
		finding.KindRepository:          "CODE_REPOSITORY",
		finding.KindMachine:             "Microsoft.Compute/virtualMachines",
		finding.KindFunction:            "Microsoft.Web/sites",
		finding.KindKey:                 "AWS::KMS::Key AwsKmsKey",
		finding.KindSecret:              "AWS::SecretsManager::Secret AwsSecretsManagerSecret",
		finding.KindQueue:               "AWS::SQS::Queue AwsSqsQueue",
		finding.KindTopic:               "AWS::SNS::Topic AwsSnsTopic",
		finding.KindTable:               "AWS::DynamoDB::Table AwsDynamoDbTable",
		finding.KindFileSystem:          "AWS::EFS::FileSystem AwsEfsFileSystem",
		finding.KindRegistry:            "AWS::ECR::Repository AwsEcrRepository AWS_ECR_REPOSITORY",
		finding.KindAccessKey:           "AccessKey AwsIamAccessKey ACCESS_KEY",
		finding.KindUser:                "AwsIamUser AWS::IAM::User User",
		finding.KindRole:                "AwsIamRole AWS::IAM::Role Role",
		finding.KindProfile:             "IAM_INSTANCE_PROFILE EC2_IAM_INSTANCE_PROFILE",
		finding.KindBucket:              "S3Bucket S3_BUCKET AwsS3Bucket AWS::S3::Bucket Bucket AWS::S3Express::DirectoryBucket",
		finding.KindObject:              "S3Object AwsS3Object S3_OBJECT",
		finding.KindRDS:                 "RDSDBInstance AwsRdsDbInstance DBInstance RDS_DB_INSTANCE",
		finding.KindLimitless:           "RDSLimitlessDB",
		finding.KindModel:               "BedrockModel BEDROCK_CUSTOM_MODEL BEDROCK_IMPORTED_MODEL BEDROCK_PROVISIONED_MODEL",
		finding.KindGuardrail:           "BedrockGuardrail BEDROCK_GUARDRAIL",
		finding.KindInference:           "BEDROCK_INFERENCE_PROFILE BEDROCK_APPLICATION_INFERENCE_PROFILE AWS::Bedrock::ApplicationInferenceProfile",
		finding.KindDeployed:            "BEDROCK_CUSTOM_MODEL_DEPLOYMENT",
		finding.KindPrompt:              "BEDROCK_PROMPT AWS::Bedrock::Prompt",
		finding.KindRouter:              "BEDROCK_PROMPT_ROUTER",
		finding.KindEndpoint:            "SAGEMAKER_ENDPOINT AWS::SageMaker::Endpoint",
		finding.KindSequence:            "AttackSequence CustomDetectionRule",
		finding.KindSecurityGroup:       "AwsEc2SecurityGroup AWS::EC2::SecurityGroup",
		finding.KindSubnet:              "AwsEc2Subnet AWS::EC2::Subnet",
		finding.KindAddress:             "AwsEc2Eip AWS::EC2::EIP",
		finding.KindNetworkACL:          "AwsEc2NetworkAcl AWS::EC2::NetworkAcl",
		finding.KindRouteTable:          "AwsEc2RouteTable AWS::EC2::RouteTable",
		finding.KindInternetGateway:     "AWS::EC2::InternetGateway",
		finding.KindNATGateway:          "AWS::EC2::NatGateway",
		finding.KindTransitGateway:      "AwsEc2TransitGateway AWS::EC2::TransitGateway",
		finding.KindVPN:                 "AwsEc2VpnConnection AWS::EC2::VPNConnection",
		finding.KindVPCEndpoint:         "AWS::EC2::VPCEndpoint",
		finding.KindLoadBalancer:        "AwsElbLoadBalancer AwsElbv2LoadBalancer AWS::ElasticLoadBalancing::LoadBalancer AWS::ElasticLoadBalancingV2::LoadBalancer",
		finding.KindFirewall:            "AwsNetworkFirewallFirewall AWS::NetworkFirewall::Firewall",
		finding.KindWebACL:              "AwsWafWebAcl AwsWafv2WebAcl AWS::WAFv2::WebACL AWS::WAFRegional::WebACL",
		finding.KindDistribution:        "AwsCloudFrontDistribution AWS::CloudFront::Distribution",
		finding.KindAPI:                 "AwsApiGatewayRestApi AwsApiGatewayV2Api AWS::ApiGateway::RestApi AWS::ApiGatewayV2::Api",
		finding.KindAPIStage:            "AwsApiGatewayStage AwsApiGatewayV2Stage AWS::ApiGateway::Stage",
		finding.KindZone:                "AwsRoute53HostedZone AWS::Route53::HostedZone",
		finding.KindLaunchConfiguration: "AwsAutoScalingLaunchConfiguration AWS::AutoScaling::LaunchConfiguration",
		finding.KindService:             "AwsEcsService AWS::ECS::Service",
		finding.KindTaskDefinition:      "AwsEcsTaskDefinition AWS::ECS::TaskDefinition",
		finding.KindBuild:               "AwsCodeBuildProject AWS::CodeBuild::Project",
		finding.KindStateMachine:        "AwsStepFunctionStateMachine AWS::StepFunctions::StateMachine",
		finding.KindEnvironment:         "AwsElasticBeanstalkEnvironment AWS::ElasticBeanstalk::Environment",
		finding.KindNotebook:            "AwsSageMakerNotebookInstance AWS::SageMaker::NotebookInstance",
		finding.KindRDSCluster:          "AwsRdsDbCluster AWS::RDS::DBCluster",
		finding.KindRDSSnapshot:         "AwsRdsDbSnapshot AwsRdsDbClusterSnapshot AWS::RDS::DBSnapshot AWS::RDS::DBClusterSnapshot",
		finding.KindRedshift:            "AwsRedshiftCluster AWS::Redshift::Cluster",
		finding.KindSearch:              "AwsOpenSearchServiceDomain AwsElasticsearchDomain AWS::OpenSearch::Domain AWS::OpenSearchService::Domain AWS::Elasticsearch::Domain",
		finding.KindStream:              "AwsKinesisStream AWS::Kinesis::Stream",
		finding.KindKafka:               "AwsMskCluster AWS::MSK::Cluster",
		finding.KindVault:               "AwsBackupBackupVault AWS::Backup::BackupVault",
		finding.KindAccessPoint:         "AwsS3AccessPoint AWS::S3::AccessPoint",
		finding.KindAccount:             "AwsAccount AWS::::Account Account",
		finding.KindPolicy:              "AwsIamPolicy AWS::IAM::Policy",
		finding.KindUserGroup:           "AwsIamGroup AWS::IAM::Group",
		finding.KindCertificate:         "AwsCertificateManagerCertificate AWS::ACM::Certificate AWS::CertificateManager::Certificate",
		finding.KindTrail:               "AwsCloudTrailTrail AWS::CloudTrail::Trail",
		finding.KindAlarm:               "Alarm MetricAlarm CompositeAlarm LogAlarm AwsCloudWatchAlarm AWS::CloudWatch::Alarm AWS::CloudWatch::CompositeAlarm",
		finding.KindLogGroup:            "AWS::Logs::LogGroup",
		"":                              "aws cluster AwsInstances InstanceX AzureVM " + strings.Repeat("instance", 500) + " Instance" + strings.Repeat("e", 30),
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
	r := finding.Resource{Type: "AWS::ElasticLoadBalancingV2::LoadBalancer"}
	if n := testing.AllocsPerRun(100, func() { _ = r.Kind() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
