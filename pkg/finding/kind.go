package finding

import "bytes"

// Kind says what a resource is, whatever its source calls it. The empty Kind is not known.
type Kind string

// The kinds of resources.
const (
	KindInstance  Kind = "instance" // of EC2
	KindVolume    Kind = "volume"
	KindSnapshot  Kind = "snapshot"
	KindImage     Kind = "image" // an AMI
	KindTemplate  Kind = "template"
	KindGroup     Kind = "group" // an Auto Scaling group
	KindInterface Kind = "interface"
	KindVPC       Kind = "vpc"
	KindStack     Kind = "stack"    // of CloudFormation
	KindRecovery  Kind = "recovery" // a recovery point
	KindLambda    Kind = "lambda"

	KindEKS        Kind = "eks"
	KindKubernetes Kind = "kubernetes" // a cluster that may run anywhere
	KindWorkload   Kind = "workload"
	KindECS        Kind = "ecs"
	KindTask       Kind = "task"
	KindContainer  Kind = "container"

	KindContainerImage Kind = "containerimage"
	KindRepository     Kind = "repository" // of source code
	KindMachine        Kind = "machine"    // a virtual machine of another cloud
	KindFunction       Kind = "function"   // a function of another cloud

	KindKey        Kind = "key" // of KMS
	KindSecret     Kind = "secret"
	KindQueue      Kind = "queue"
	KindTopic      Kind = "topic"
	KindTable      Kind = "table"
	KindFileSystem Kind = "filesystem"
	KindRegistry   Kind = "registry" // a repository of images

	KindAccessKey Kind = "accesskey"
	KindUser      Kind = "user"
	KindRole      Kind = "role"
	KindProfile   Kind = "profile"

	KindBucket    Kind = "bucket"
	KindObject    Kind = "object"
	KindRDS       Kind = "rds"
	KindLimitless Kind = "limitless" // a database of RDS Limitless
	KindModel     Kind = "model"
	KindGuardrail Kind = "guardrail"
	KindInference Kind = "inference"  // an inference profile of Bedrock
	KindDeployed  Kind = "deployment" // of a custom model
	KindPrompt    Kind = "prompt"
	KindRouter    Kind = "router" // of prompts
	KindEndpoint  Kind = "endpoint"

	KindSecurityGroup       Kind = "securitygroup"
	KindSubnet              Kind = "subnet"
	KindAddress             Kind = "address"
	KindNetworkACL          Kind = "networkacl"
	KindRouteTable          Kind = "routetable"
	KindInternetGateway     Kind = "internetgateway"
	KindNATGateway          Kind = "natgateway"
	KindTransitGateway      Kind = "transitgateway"
	KindVPN                 Kind = "vpn"
	KindVPCEndpoint         Kind = "vpcendpoint"
	KindLoadBalancer        Kind = "loadbalancer"
	KindFirewall            Kind = "firewall"
	KindWebACL              Kind = "webacl"
	KindDistribution        Kind = "distribution"
	KindAPI                 Kind = "api"
	KindAPIStage            Kind = "apistage"
	KindZone                Kind = "zone"
	KindLaunchConfiguration Kind = "launchconfiguration"

	KindService        Kind = "service"
	KindTaskDefinition Kind = "taskdefinition"
	KindBuild          Kind = "build"
	KindStateMachine   Kind = "statemachine"
	KindEnvironment    Kind = "environment"
	KindNotebook       Kind = "notebook"

	KindRDSCluster  Kind = "rdscluster"
	KindRDSSnapshot Kind = "rdssnapshot"
	KindRedshift    Kind = "redshift"
	KindSearch      Kind = "search"
	KindStream      Kind = "stream"
	KindKafka       Kind = "kafka"
	KindVault       Kind = "vault"
	KindAccessPoint Kind = "accesspoint"

	KindAccount     Kind = "account"
	KindPolicy      Kind = "policy"
	KindUserGroup   Kind = "usergroup"
	KindCertificate Kind = "certificate"
	KindTrail       Kind = "trail"
	KindAlarm       Kind = "alarm"
	KindLogGroup    Kind = "loggroup"

	KindSequence Kind = "sequence" // signals that belong together, such as an attack sequence
)

// What is read of a type at the most: no spelling has more than 50 letters, with "aws" in front.
const (
	maxLetters  = 50
	longestType = 80
)

// Kind returns what the resource is. It knows a type in every spelling: "S3Bucket", "S3_BUCKET",
// "AwsS3Bucket", "AWS::S3::Bucket".
func (r Resource) Kind() Kind {
	var letters [maxLetters]byte
	n := 0
	for i := range min(len(r.Type), longestType) {
		c := r.Type[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		switch {
		case !isAlphanumeric(c):
			continue
		case n == maxLetters:
			return ""
		}
		letters[n] = c
		n++
	}
	word := bytes.TrimPrefix(letters[:n], []byte("aws"))
	for _, kind := range [...]Kind{machineKind(word), networkKind(word), softwareKind(word), dataKind(word), identityKind(word)} {
		if kind != "" {
			return kind
		}
	}
	return ""
}

func isAlphanumeric(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }
