package finding

import "strings"

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

	KindSequence Kind = "sequence" // signals that belong together, such as an attack sequence
)

// spelling is a source's word for a kind, in lower case and without "aws" in front.
type spelling struct {
	word string
	kind Kind
}

// spellings returns the words of all sources.
func spellings() [69]spelling {
	return [...]spelling{
		{"instance", KindInstance}, {"ec2instance", KindInstance},
		{"ebsvolume", KindVolume}, {"ec2volume", KindVolume},
		{"ebssnapshot", KindSnapshot}, {"ec2snapshot", KindSnapshot},
		{"ec2image", KindImage}, {"ami", KindImage}, {"ec2ami", KindImage}, {"machineimage", KindImage},
		{"ec2launchtemplate", KindTemplate},
		{"autoscalingautoscalinggroup", KindGroup}, {"autoscalinggroup", KindGroup},
		{"ec2networkinterface", KindInterface},
		{"ec2vpc", KindVPC},
		{"cloudformationstack", KindStack},
		{"recoverypoint", KindRecovery}, {"ec2recoverypoint", KindRecovery}, {"ebsrecoverypoint", KindRecovery}, {"s3recoverypoint", KindRecovery},
		{"lambda", KindLambda}, {"lambdafunction", KindLambda},

		{"ekscluster", KindEKS},
		{"kubernetescluster", KindKubernetes},
		{"kubernetesworkload", KindWorkload},
		{"ecscluster", KindECS},
		{"ecstask", KindTask},
		{"container", KindContainer}, {"ecscontainer", KindContainer},

		{"ecrcontainerimage", KindContainerImage}, {"microsoftcontainerregistryregistrycontainerimage", KindContainerImage},
		{"coderepository", KindRepository},
		{"kmskey", KindKey}, {"secretsmanagersecret", KindSecret},
		{"sqsqueue", KindQueue}, {"snstopic", KindTopic}, {"dynamodbtable", KindTable},
		{"efsfilesystem", KindFileSystem}, {"s3expressdirectorybucket", KindBucket}, {"ecrrepository", KindRegistry},
		{"microsoftcomputevirtualmachines", KindMachine}, {"microsoftwebsites", KindFunction},

		{"accesskey", KindAccessKey}, {"iamaccesskey", KindAccessKey},
		{"iamuser", KindUser}, {"user", KindUser},
		{"iamrole", KindRole}, {"role", KindRole},
		{"iaminstanceprofile", KindProfile}, {"ec2iaminstanceprofile", KindProfile},

		{"s3bucket", KindBucket}, {"bucket", KindBucket},
		{"s3object", KindObject},
		{"rdsdbinstance", KindRDS}, {"dbinstance", KindRDS},
		{"rdslimitlessdb", KindLimitless},
		{"bedrockmodel", KindModel},
		{"bedrockguardrail", KindGuardrail},
		{"bedrockcustommodel", KindModel}, {"bedrockimportedmodel", KindModel}, {"bedrockprovisionedmodel", KindModel},
		{"bedrockinferenceprofile", KindInference}, {"bedrockapplicationinferenceprofile", KindInference},
		{"bedrockcustommodeldeployment", KindDeployed},
		{"bedrockprompt", KindPrompt}, {"bedrockpromptrouter", KindRouter},
		{"sagemakerendpoint", KindEndpoint},

		{"attacksequence", KindSequence}, {"customdetectionrule", KindSequence},
	}
}

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
	word := strings.TrimPrefix(string(letters[:n]), "aws")
	for _, s := range spellings() {
		if s.word == word {
			return s.kind
		}
	}
	return ""
}

func isAlphanumeric(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }
