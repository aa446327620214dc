//go:build !lambda.norpc

package guardduty

import "time"

// The placeholders of the samples.
const (
	instanceID = "i-99999999"
	remoteIP   = "198.51.100.7"
)

// resource gives "resource": the details of the type's resource, and of what stands beside it.
func (s sample) resource() object {
	kind := s.ResourceType
	r := object{"resourceType": kind}
	switch kind {
	case "Instance":
		r["instanceDetails"] = s.instance()
		s.addScannedVolume(r)
	case "AccessKey":
		r["accessKeyDetails"] = s.accessKey()
	case "S3Bucket":
		r["accessKeyDetails"] = s.accessKey()
		r["s3BucketDetails"] = []object{s.bucket()}
	case "S3Object":
		bucket := s.bucket()
		bucket["s3ObjectDetails"] = []object{{
			"objectArn": s.globalARN("s3", "example-uploads/invoices/2026-03.zip"), "key": "invoices/2026-03.zip",
			"eTag": "9e107d9d372bb6826bd81d3542a419d6", "hash": s.digest, "versionId": "1",
		}}
		r["s3BucketDetails"] = []object{bucket}
	case "EKSCluster":
		r["eksClusterDetails"] = object{
			"name": "example-shop", "arn": s.arn("eks", "cluster/example-shop"), "vpcId": "vpc-99999999", "status": "ACTIVE",
			"createdAt": s.ago(240 * time.Hour), "tags": tags("team", "shop"),
		}
		r["kubernetesDetails"] = kubernetes()
		s.addScannedVolume(r)
	case "ECSCluster":
		r["ecsClusterDetails"] = s.ecsCluster()
		s.addScannedVolume(r)
	case "Container":
		r["containerDetails"] = container()
		s.addScannedVolume(r)
	case "RDSDBInstance":
		r["rdsDbInstanceDetails"] = object{
			"dbInstanceIdentifier": "example-orders", "engine": "Aurora MySQL", "engineVersion": "8.0",
			"dbClusterIdentifier": "example-orders-cluster", "dbInstanceArn": s.arn("rds", "db:example-orders"),
			"tags": tags("team", "orders"),
		}
		r["rdsDbUserDetails"] = object{"user": "reporting", "application": "mysql", "database": "orders", "ssl": "TLSv1.3", "authMethod": "password"}
	case "Lambda":
		r["lambdaDetails"] = object{
			"functionName": "example-resize", "functionArn": s.arn("lambda", "function:example-resize"), "functionVersion": "7",
			"role": s.globalARN("iam", "role/example-resize"), "lastModifiedAt": s.ago(48 * time.Hour), "tags": tags("team", "media"),
		}
	default:
		s.addBackup(r)
	}
	return r
}

// addBackup serves what AWS documents no resource type for.
func (s sample) addBackup(r object) {
	switch s.ResourceType {
	case "EBSSnapshot":
		r["ebsSnapshotDetails"] = object{"snapshotArn": s.arn("ec2", "snapshot/snap-99999999")}
	case "EC2Image":
		r["ec2ImageDetails"] = object{"imageArn": s.arn("ec2", "image/ami-99999999")}
	case "RecoveryPoint":
		r["recoveryPointDetails"] = object{
			"recoveryPointArn": s.arn("backup", "recovery-point:99999999-0000-4000-8000-000000000000"), "backupVaultName": "example-vault",
		}
	}
}

func (s sample) instance() object {
	return object{
		"instanceId": instanceID, "instanceType": "m5.large", "instanceState": "running", "launchTime": s.ago(72 * time.Hour),
		"availabilityZone": s.Region + "a", "imageId": "ami-99999999", "imageDescription": "Example image", "platform": nil,
		"iamInstanceProfile": object{"arn": s.globalARN("iam", "instance-profile/example-web"), "id": "AIPAEXAMPLE"},
		"networkInterfaces": []object{{
			"networkInterfaceId": "eni-99999999", "vpcId": "vpc-99999999", "subnetId": "subnet-99999999",
			"privateIpAddress": "10.0.0.12", "publicIp": "203.0.113.12", "ipv6Addresses": []string{},
			"securityGroups": []object{{"groupId": "sg-99999999", "groupName": "example-web"}},
		}},
		"tags": tags("Name", "web-1", "team", "shop"),
	}
}

func (s sample) accessKey() object {
	if s.family == "IAMUser" && s.Type == "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS" {
		return object{
			"accessKeyId": "ASIAGENERATEDFINDING", "principalId": "AROAEXAMPLE:" + instanceID, "userName": "example-web", "userType": "AssumedRole",
		}
	}
	return object{
		"accessKeyId": "GeneratedFindingAccessKeyId", "principalId": "AIDAEXAMPLE", "userName": "example-user", "userType": "IAMUser",
	}
}

func (s sample) bucket() object {
	return object{
		"name": "example-uploads", "arn": s.globalARN("s3", "example-uploads"), "type": "Destination", "createdAt": s.ago(2400 * time.Hour),
		"owner": object{"id": "example-owner"}, "tags": tags("team", "media"),
		"defaultServerSideEncryption": object{"encryptionType": "AES256"},
		"publicAccess":                object{"effectivePermission": "NOT_PUBLIC"},
	}
}

func kubernetes() object {
	return object{
		"kubernetesUserDetails": object{"username": "ci-runner", "uid": "example-uid", "groups": []string{"system:authenticated"}},
		"kubernetesWorkloadDetails": object{
			"name": "debug-shell", "type": "pods", "namespace": "default", "containers": []object{container()},
		},
	}
}

func (s sample) ecsCluster() object {
	return object{
		"name": "example-jobs", "arn": s.arn("ecs", "cluster/example-jobs"), "status": "ACTIVE", "tags": tags("team", "jobs"),
		"taskDetails": object{
			"arn": s.arn("ecs", "task/example-jobs/99999999"), "definitionArn": s.arn("ecs", "task-definition/example-job:3"),
			"containers": []object{container()},
		},
	}
}

func container() object {
	return object{
		"id": "GeneratedFindingContainerId", "name": "shell", "image": "registry.example.com/tools/shell:latest", "containerRuntime": "containerd",
		"securityContext": object{"privileged": true},
	}
}

// tags makes tags of keys and values in turn.
func tags(keysAndValues ...string) []object {
	var all []object
	for i := 0; i+1 < len(keysAndValues); i += 2 {
		all = append(all, object{"key": keysAndValues[i], "value": keysAndValues[i+1]})
	}
	return all
}
