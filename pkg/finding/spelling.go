package finding

// The functions below return the kind that a source's word means, in lower case and without "aws" in
// front, or "". A kind has a case of its own with its words in all sources. A switch is compiled to a
// search, and reads the word where it stands. Security Hub's words are at
// https://docs.aws.amazon.com/securityhub/latest/userguide/asff-resources.html, those of AWS Config at
// https://docs.aws.amazon.com/config/latest/developerguide/resource-config-reference.html

// machineKind knows the words for machines, their disks and what starts them.
func machineKind(word []byte) Kind {
	switch string(word) {
	case "instance", "ec2instance":
		return KindInstance
	case "ebsvolume", "ec2volume":
		return KindVolume
	case "ebssnapshot", "ec2snapshot":
		return KindSnapshot
	case "ec2image", "ami", "ec2ami", "machineimage":
		return KindImage
	case "ec2launchtemplate":
		return KindTemplate
	case "autoscalinglaunchconfiguration":
		return KindLaunchConfiguration
	case "autoscalingautoscalinggroup", "autoscalinggroup":
		return KindGroup
	case "cloudformationstack":
		return KindStack
	case "recoverypoint", "ec2recoverypoint", "ebsrecoverypoint", "s3recoverypoint", "backuprecoverypoint":
		return KindRecovery
	case "microsoftcomputevirtualmachines":
		return KindMachine
	case "backupbackupvault":
		return KindVault
	}
	return ""
}

// networkKind knows the words for networks and what lets traffic in.
func networkKind(word []byte) Kind {
	switch string(word) {
	case "ec2networkinterface":
		return KindInterface
	case "ec2vpc":
		return KindVPC
	case "ec2securitygroup":
		return KindSecurityGroup
	case "ec2subnet":
		return KindSubnet
	case "ec2eip":
		return KindAddress
	case "ec2networkacl":
		return KindNetworkACL
	case "ec2routetable":
		return KindRouteTable
	case "ec2internetgateway":
		return KindInternetGateway
	case "ec2natgateway":
		return KindNATGateway
	case "ec2transitgateway":
		return KindTransitGateway
	case "ec2vpnconnection":
		return KindVPN
	case "ec2vpcendpoint":
		return KindVPCEndpoint
	case "elbloadbalancer", "elbv2loadbalancer", "elasticloadbalancingloadbalancer", "elasticloadbalancingv2loadbalancer":
		return KindLoadBalancer
	case "networkfirewallfirewall":
		return KindFirewall
	case "wafwebacl", "wafregionalwebacl", "wafv2webacl":
		return KindWebACL
	case "cloudfrontdistribution":
		return KindDistribution
	case "apigatewayrestapi", "apigatewayv2api":
		return KindAPI
	case "apigatewaystage", "apigatewayv2stage":
		return KindAPIStage
	case "route53hostedzone":
		return KindZone
	}
	return ""
}

// softwareKind knows the words for what runs without a machine of its own, and of models.
func softwareKind(word []byte) Kind {
	switch string(word) {
	case "lambda", "lambdafunction":
		return KindLambda
	case "microsoftwebsites":
		return KindFunction
	case "ekscluster":
		return KindEKS
	case "kubernetescluster":
		return KindKubernetes
	case "kubernetesworkload":
		return KindWorkload
	case "ecscluster":
		return KindECS
	case "ecstask":
		return KindTask
	case "ecsservice":
		return KindService
	case "ecstaskdefinition":
		return KindTaskDefinition
	case "container", "ecscontainer":
		return KindContainer
	case "ecrcontainerimage", "microsoftcontainerregistryregistrycontainerimage":
		return KindContainerImage
	case "ecrrepository":
		return KindRegistry
	case "coderepository":
		return KindRepository
	case "codebuildproject":
		return KindBuild
	case "stepfunctionstatemachine", "stepfunctionsstatemachine":
		return KindStateMachine
	case "elasticbeanstalkenvironment":
		return KindEnvironment
	case "sagemakernotebookinstance":
		return KindNotebook
	case "bedrockmodel", "bedrockcustommodel", "bedrockimportedmodel", "bedrockprovisionedmodel":
		return KindModel
	case "bedrockguardrail":
		return KindGuardrail
	case "bedrockinferenceprofile", "bedrockapplicationinferenceprofile":
		return KindInference
	case "bedrockcustommodeldeployment":
		return KindDeployed
	case "bedrockprompt":
		return KindPrompt
	case "bedrockpromptrouter":
		return KindRouter
	case "sagemakerendpoint":
		return KindEndpoint
	}
	return ""
}

// dataKind knows the words for stores of data and the ways to them.
func dataKind(word []byte) Kind {
	switch string(word) {
	case "s3expressdirectorybucket", "s3bucket", "bucket":
		return KindBucket
	case "s3object":
		return KindObject
	case "s3accesspoint":
		return KindAccessPoint
	case "efsfilesystem":
		return KindFileSystem
	case "dynamodbtable":
		return KindTable
	case "sqsqueue":
		return KindQueue
	case "snstopic":
		return KindTopic
	case "kinesisstream":
		return KindStream
	case "mskcluster":
		return KindKafka
	case "rdsdbinstance", "dbinstance":
		return KindRDS
	case "rdsdbcluster":
		return KindRDSCluster
	case "rdsdbsnapshot", "rdsdbclustersnapshot":
		return KindRDSSnapshot
	case "rdslimitlessdb":
		return KindLimitless
	case "redshiftcluster":
		return KindRedshift
	case "opensearchservicedomain", "opensearchdomain", "elasticsearchdomain":
		return KindSearch
	}
	return ""
}

// identityKind knows the words for identities, keys, and what watches.
func identityKind(word []byte) Kind {
	switch string(word) {
	case "account":
		return KindAccount
	case "accesskey", "iamaccesskey":
		return KindAccessKey
	case "iamuser", "user":
		return KindUser
	case "iamgroup":
		return KindUserGroup
	case "iamrole", "role":
		return KindRole
	case "iampolicy":
		return KindPolicy
	case "iaminstanceprofile", "ec2iaminstanceprofile":
		return KindProfile
	case "kmskey":
		return KindKey
	case "secretsmanagersecret":
		return KindSecret
	case "certificatemanagercertificate", "acmcertificate":
		return KindCertificate
	case "cloudtrailtrail":
		return KindTrail
	case "alarm", "metricalarm", "compositealarm", "logalarm", "cloudwatchalarm", "cloudwatchcompositealarm":
		return KindAlarm
	case "logsloggroup":
		return KindLogGroup
	case "attacksequence", "customdetectionrule":
		return KindSequence
	}
	return ""
}
