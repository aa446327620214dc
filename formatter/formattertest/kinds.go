package formattertest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// about returns a finding of GuardDuty of the given type about a resource.
func about(findingType, title string, severity finding.Severity, r finding.Resource) finding.Finding {
	return Described(finding.Finding{
		ID: "16afba5c5c43e07c9e3e5e2e544e95df", Source: "aws.guardduty", Type: findingType, Title: title,
		Description: "What GuardDuty saw, in its own words.", Severity: severity,
		Place:    finding.Place{Account: finding.Account{ID: "111122223333", Name: "prod"}, Region: "eu-west-1", Partition: "aws"},
		Activity: finding.Activity{Count: 3, FirstSeen: at(8, 20), LastSeen: at(11, 45), Created: at(8, 25), Updated: at(12, 0)},
		Resource: r,
	})
}

func attributes(pairs ...string) finding.Attributes {
	var all finding.Attributes
	for pair := range slices.Chunk(pairs, 2) {
		all = all.With(pair[0], pair[len(pair)-1])
	}
	return all
}

func tor() finding.Remote {
	return finding.Remote{IP: "198.51.100.7", City: "Lima", Country: "Peru", Organization: "Example Telecom", ASN: "AS64500"}
}

// Kinds returns a finding of each kind of resource.
func Kinds() map[string]finding.Finding {
	all := map[string]finding.Finding{
		"kind-instance": Instance(), "kind-accesskey": accessKeyKind(), "kind-eks": eksKind(), "kind-rds": databaseKind(),
		"kind-bucket": about("Exfiltration:S3/AnomalousBehavior", "An IAM entity invoked an S3 API in an unusual way.", 8, finding.Resource{
			Type: "S3Bucket", ID: "example-invoices", Name: "example-invoices", ARN: "arn:aws:s3:::example-invoices",
			Attributes: attributes(finding.AttrPublicAccess, "PUBLIC", finding.AttrEncryption, "SSEAlgorithm", finding.AttrOwner, "canonical"),
		}),
		"kind-object": about("Object:S3/MaliciousFile", "A malicious file was uploaded to the bucket.", 8, finding.Resource{
			Type: "S3Object", ID: "example-uploads", Name: "example-uploads",
			Attributes: attributes(finding.AttrObject, "invoices/march.exe", finding.AttrHash, strings.Repeat("ab", 32), finding.AttrPublicAccess, "NOT_PUBLIC"),
		}),
		"kind-ecs": about("Execution:ECS/MaliciousFile", "Malicious file detected in ECS cluster.", 8, finding.Resource{
			Type: "ECSCluster", ID: "jobs", Name: "jobs", ARN: "arn:aws:ecs:eu-west-1:111122223333:cluster/jobs",
			Attributes: attributes(finding.AttrTask, "arn:aws:ecs:eu-west-1:111122223333:task/jobs/4f1c", finding.AttrContainer, "shell",
				finding.AttrImage, "registry.example.com/tools/shell:latest", finding.AttrPrivileged, "true"),
		}),
		"kind-container": about("Execution:Container/MaliciousFile", "Malicious file detected in a container.", 8, finding.Resource{
			Type: "Container", ID: "3f5a9c", Name: "shell", Attributes: attributes(finding.AttrImage, "tools/shell:latest", finding.AttrPrivileged, "false"),
		}),
		"kind-limitless": about("CredentialAccess:RDS/TorIPCaller.FailedLogin", "Failed login through Tor.", 5, finding.Resource{
			Type: "RDSLimitlessDB", ID: "orders-shards", Name: "orders-shards",
			Attributes: attributes(finding.AttrEngine, "Aurora PostgreSQL", finding.AttrVersion, "16.4", finding.AttrCluster, "orders"),
		}),
		"kind-lambda": about("Backdoor:Lambda/C&CActivity.B", "A Lambda function talks to a C&C server.", 8, finding.Resource{
			Type: "Lambda", ID: "resize", Name: "resize", ARN: "arn:aws:lambda:eu-west-1:111122223333:function:resize",
			Attributes: attributes(finding.AttrVersion, "7", finding.AttrRole, "arn:aws:iam::111122223333:role/resize", finding.AttrVPC, "vpc-0a1b"),
		}),
		"kind-image": about("Execution:EC2/MaliciousFile!AMI", "Malicious file in an AMI.", 8, finding.Resource{
			Type: "EC2Image", ID: "ami-0a1b2c3d", ARN: "arn:aws:ec2:eu-west-1::image/ami-0a1b2c3d",
		}),
		"kind-snapshot": about("Execution:EC2/MaliciousFile!Snapshot", "Malicious file in a snapshot.", 8, finding.Resource{
			Type: "EBSSnapshot", ID: "snap-0a1b2c3d", ARN: "arn:aws:ec2:eu-west-1::snapshot/snap-0a1b2c3d",
		}),
		"kind-recovery": about("Execution:S3/MaliciousFile!RecoveryPoint", "Malicious file in a backup.", 8, finding.Resource{
			Type: "RecoveryPoint", ID: "6cf1", Name: "vault", ARN: "arn:aws:backup:eu-west-1:111122223333:recovery-point:6cf1",
		}),
		"kind-model": about("Impact:IAMUser/PromptInjection.Direct", "Prompt injection was attempted.", 5, finding.Resource{
			Type: "AccessKey", ID: "ASIAEXAMPLE", Name: "chat", Attributes: attributes(finding.AttrUser, "chat", finding.AttrUserType, "AssumedRole",
				finding.AttrModel, "example.model-v1:0", finding.AttrGuardrail, "arn:aws:bedrock:eu-west-1:111122223333:guardrail/g1 (BLOCKED)"),
		}),
		"kind-unknown": about("Novelty:Quantum/Entangled", "A quantum register was entangled from afar.", 7, finding.Resource{Type: "QuantumRegister", ID: "q1"}),
	}
	malware := all["kind-ecs"]
	malware.Threats = []finding.Threat{{Name: "EICAR-Test-File", List: "AMAZON", File: "/tmp/eicar", SHA256: strings.Repeat("cd", 32)}, {List: "ProofPoint"}}
	malware.Related = []finding.Resource{{Type: "EBSVolume", ID: "vol-1", Attributes: attributes(finding.AttrDevice, "/dev/xvda")}}
	all["kind-ecs"] = malware
	return all
}

// Instance is a finding about an EC2 instance.
func Instance() finding.Finding {
	f := about("UnauthorizedAccess:EC2/SSHBruteForce", "198.51.100.7 is performing SSH brute force attacks against i-0a1b2c3d.", 5, finding.Resource{
		Type: "Instance", ID: "i-0a1b2c3d", Name: "web-1",
		Attributes: attributes(finding.AttrPublicIP, "203.0.113.12", finding.AttrPrivateIP, "10.0.0.12", finding.AttrVPC, "vpc-0a1b",
			finding.AttrSubnet, "subnet-1", finding.AttrInstanceType, "m5.large", finding.AttrRole, "arn:aws:iam::111122223333:instance-profile/web"),
		Tags: []finding.Tag{{Key: "Name", Value: "web-1"}, {Key: "team", Value: "shop"}, {Key: "cost-center", Value: "42"}, {Key: "Owner", Value: "ann"}},
	})
	f.Action = finding.Action{Kind: "NETWORK_CONNECTION", Attributes: attributes(finding.AttrDirection, "INBOUND", finding.AttrProtocol, "TCP",
		finding.AttrLocalPort, "22 (SSH)", finding.AttrRemotePort, "40312", finding.AttrBlocked, "false")}
	f.Actor.Remote = tor()
	return f
}

func accessKeyKind() finding.Finding {
	f := about("UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS", "Credentials of an instance were used from outside AWS.", 8, finding.Resource{
		Type: "AccessKey", ID: "ASIAEXAMPLE", Name: "web-role", Attributes: attributes(finding.AttrUser, "web-role", finding.AttrUserType, "AssumedRole"),
	})
	f.Actor = finding.Actor{Remote: tor(), UserAgent: "aws-cli/2.15.0", User: finding.User{
		Name: "web-role", Type: "AssumedRole", Session: "i-0a1b2c3d", AccessKey: "ASIAEXAMPLE",
	}}
	f.Actor.Remote.Account = finding.Account{ID: "444455556666", Name: "dev"}
	f.Action = finding.Action{Kind: "AWS_API_CALL", Attributes: attributes(finding.AttrAPI, "GetObject", finding.AttrService, "s3.amazonaws.com")}
	return f
}

func eksKind() finding.Finding {
	f := about("Execution:Kubernetes/ExecInKubeSystemPod", "Command executed inside a pod in the kube-system namespace.", 5, finding.Resource{
		Type: "EKSCluster", ID: "shop", Name: "shop", ARN: "arn:aws:eks:eu-west-1:111122223333:cluster/shop",
		Attributes: attributes(finding.AttrNamespace, "kube-system", finding.AttrWorkload, "coredns-1 (pods)", finding.AttrImage, "coredns:1.11"),
	})
	f.Actor.User = finding.User{Name: "ci-runner", Type: "Kubernetes"}
	f.Action = finding.Action{Kind: "KUBERNETES_API_CALL", Attributes: attributes(finding.AttrVerb, "create", finding.AttrSubject, "pods/exec coredns-1",
		finding.AttrNamespace, "kube-system", finding.AttrURI, "/api/v1/namespaces/kube-system/pods/coredns-1/exec", finding.AttrStatusCode, "101")}
	return f
}

func databaseKind() finding.Finding {
	f := about("CredentialAccess:RDS/AnomalousBehavior.SuccessfulBruteForce", "A user logged in after many failures.", 8, finding.Resource{
		Type: "RDSDBInstance", ID: "orders-1", Name: "orders-1", Attributes: attributes(finding.AttrEngine, "aurora-mysql", finding.AttrCluster, "orders"),
	})
	f.Actor = finding.Actor{Remote: tor(), User: finding.User{Name: "reporting", Type: "Database"}}
	f.Action = finding.Action{Kind: "RDS_LOGIN_ATTEMPT", Attributes: attributes(finding.AttrUser, "reporting", finding.AttrApplication, "mysql",
		finding.AttrFailed, "40", finding.AttrSucceeded, "1")}
	return f
}

// Utmost is an attack sequence at GuardDuty's limits.
func Utmost() finding.Finding {
	f := about("AttackSequence:EKS/CompromisedCluster", "Potential compromise of an EKS cluster.", 9, finding.Resource{Type: "AttackSequence"})
	f.Description = strings.Repeat("A sequence of actions that are part of an attack. ", 80)
	s := &finding.Sequence{Indicators: []finding.Indicator{
		{Key: "ATTACK_TACTIC", Values: []string{"Initial Access", "Execution", "Persistence", "Defense Evasion", "Discovery", "Exfiltration"}},
		{Key: "ATTACK_TECHNIQUE", Values: []string{"T1078 - Valid Accounts"}},
	}}
	for i := range 400 {
		s.Actors = append(s.Actors, finding.Actor{User: finding.User{Name: fmt.Sprintf("user-%d", i), Type: "IAMUser"}})
		s.Resources = append(s.Resources, finding.Resource{
			Type: "EC2_INSTANCE", ID: fmt.Sprintf("i-%017d", i), Attributes: attributes(finding.AttrAccount, "444455556666", finding.AttrRegion, "eu-west-1"),
		})
		s.Endpoints = append(s.Endpoints, tor())
	}
	for i := range 100 {
		s.Signals = append(s.Signals, finding.Signal{Name: fmt.Sprintf("signal %d", i), FirstSeen: at(8, 20).Add(time.Duration(100-i) * time.Hour)})
	}
	f.Sequence = s
	return f
}

// Generic is a finding of a source that has no parser of its own.
func Generic() finding.Finding {
	return Described(finding.Finding{
		ID: "arn:aws:macie2:eu-west-1:111122223333:finding/1", Source: "aws.macie", Type: "SensitiveData:S3Object/Personal",
		Title: "The S3 object contains personal information.", Description: "The object holds names and addresses.", Severity: 8,
		Place:    finding.Place{Account: finding.Account{ID: "111122223333"}, Region: "eu-west-1", Partition: "aws"},
		Resource: finding.Resource{Type: "AwsS3Bucket", ID: "example-invoices", ARN: "arn:aws:s3:::example-invoices"},
		Activity: finding.Activity{Created: at(9, 0), Updated: at(9, 0)},
	})
}
