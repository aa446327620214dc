//go:build !lambda.norpc

package guardduty

import "time"

// sequence serves attack sequences and custom detection rules.
func (s sample) sequence() object {
	story := s.story()
	var signals []object
	for i, name := range story.signals {
		signals = append(signals, s.signal(name, story.kinds[i], time.Duration(40-15*i)*time.Minute))
	}
	return object{
		"uid": s.digest[:32], "description": "Signals that belong together.",
		"actors": []object{{"id": "actor-1", "user": object{
			"name": "deploy", "uid": "AIDAEXAMPLE", "type": "IAMUser", "credentialUid": "GeneratedFindingAccessKeyId",
			"account": object{"uid": s.Account, "account": "example"},
		}}},
		"resources": append(story.resources, s.sequenceResource("ACCESS_KEY", "GeneratedFindingAccessKeyId", "deploy")),
		"endpoints": []object{{"id": "endpoint-1", "ip": remoteIP, "location": object{"country": "GeneratedFindingCountryName"}, "autonomousSystem": object{"name": "Example Telecom", "number": 64500}}},
		"signals":   signals,
		"sequenceIndicators": []object{
			{"key": "ATTACK_TACTIC", "title": "Tactics", "values": story.tactics},
			{"key": "MALICIOUS_IP", "title": "Malicious addresses", "values": []string{remoteIP}},
		},
	}
}

// story is what a sequence tells: on which resources it saw which signals, in order of time, with the kind
// of log that each is from.
type story struct {
	resources               []object
	signals, kinds, tactics []string
}

func (s sample) story() story {
	fromTor := "Access key used from a Tor exit node"
	switch s.family {
	case "EC2":
		if s.ResourceType != "AttackSequence" {
			break
		}
		return story{
			[]object{
				s.sequenceResource("EC2_INSTANCE", s.arn("ec2", "instance/"+instanceID), "web-1"),
				s.sequenceResource("EC2_INSTANCE", s.arn("ec2", "instance/i-99999998"), "web-2"),
			},
			[]string{"Reverse shell started on web-1", "Same command run on web-2", "Both connect to a mining pool"},
			[]string{"RUNTIME_MONITORING", "RUNTIME_MONITORING", "FLOW_LOGS"},
			[]string{"Execution", "Lateral Movement", "Impact"},
		}
	case "EKS":
		return story{
			[]object{
				s.sequenceResource("EKS_CLUSTER", s.arn("eks", "cluster/example-shop"), "example-shop"),
				s.sequenceResource("KUBERNETES_WORKLOAD", "GeneratedFindingWorkloadUID", "debug-shell"),
			},
			[]string{fromTor, "Privileged container debug-shell deployed", "Secrets of the cluster listed"},
			[]string{"FINDING", "EKS_AUDIT_LOGS", "EKS_AUDIT_LOGS"},
			[]string{"Initial Access", "Privilege Escalation", "Credential Access"},
		}
	case "ECS":
		return story{
			[]object{
				s.sequenceResource("ECS_CLUSTER", s.arn("ecs", "cluster/example-jobs"), "example-jobs"),
				s.sequenceResource("ECS_TASK", s.arn("ecs", "task/example-jobs/99999999"), "99999999"),
			},
			[]string{"New binary executed in a task of example-jobs", "Credentials of the task used from a Tor exit node", "Task connects to a mining pool"},
			[]string{"RUNTIME_MONITORING", "FINDING", "FLOW_LOGS"},
			[]string{"Execution", "Credential Access", "Impact"},
		}
	case "S3":
		return story{
			[]object{s.sequenceResource("S3_BUCKET", s.globalARN("s3", "example-invoices"), "example-invoices")},
			[]string{fromTor, "StopLogging called on the trail of the account", "1,204 objects read from example-invoices"},
			[]string{"FINDING", "CLOUD_TRAIL", "S3_DATA_EVENTS"},
			[]string{"Defense Evasion", "Discovery", "Exfiltration"},
		}
	}
	return story{
		nil,
		[]string{fromTor, "Unusual ListUsers and GetAccountAuthorizationDetails", "Administrator policy attached to deploy"},
		[]string{"FINDING", "CLOUD_TRAIL", "CLOUD_TRAIL"},
		[]string{"Initial Access", "Discovery", "Persistence"},
	}
}

func (s sample) sequenceResource(kind, uid, name string) object {
	return object{"uid": uid, "name": name, "resourceType": kind, "accountId": s.Account, "region": s.Region}
}

func (s sample) signal(name, kind string, ago time.Duration) object {
	at := s.ago(ago)
	return object{
		"uid": name, "name": name, "type": kind, "description": name, "severity": s.severity(), "count": 1,
		"createdAt": at, "updatedAt": at, "firstSeenAt": at, "lastSeenAt": at,
	}
}
