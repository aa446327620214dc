package lenient

import "strings"

// TypeOfID returns the type of resource that an id shows by its beginning, or "" for others. An id of
// twelve digits is an account's.
func TypeOfID(id string) string {
	if len(id) == 12 && strings.Trim(id, "0123456789") == "" {
		return "AwsAccount"
	}
	for _, known := range [...]struct{ prefix, name string }{
		{"i-", "Instance"}, {"vol-", "EBSVolume"}, {"snap-", "EBSSnapshot"}, {"ami-", "AMI"}, {"eni-", "Ec2NetworkInterface"},
		{"vpc-", "Ec2Vpc"}, {"subnet-", "Ec2Subnet"}, {"sg-", "Ec2SecurityGroup"}, {"vpn-", "Ec2VpnConnection"},
		{"AKIA", "AccessKey"}, {"ASIA", "AccessKey"}, {"dxcon-", "DirectConnectConnection"},
	} {
		if strings.HasPrefix(id, known.prefix) {
			return known.name
		}
	}
	return ""
}

// TypeOfARN returns the service and the kind of resource that an ARN names, such as "ec2 instance", and
// "" for what is no ARN.
func TypeOfARN(text string) string {
	arn := ParseARN(text)
	service, resource := arn.Service, arn.Resource
	end := strings.IndexAny(resource, "/:")
	switch {
	case service == "s3" && end < 0:
		return "S3Bucket"
	case service == "rds" && strings.HasPrefix(resource, "db:"):
		return "RdsDbInstance"
	case end < 0:
		return service
	}
	return service + " " + resource[:end]
}
