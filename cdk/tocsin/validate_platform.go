package tocsin

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// createKey is the value of kmsKey that asks for a key of the stack's own.
const createKey = "create"

func (p *Props) checkPlatform(found *mistakes) {
	o := p.Platform
	switch o.Architecture {
	case "", "arm64", "amd64":
	default:
		found.add("architecture", "want arm64 or amd64")
	}
	if o.LogRetentionDays != 0 && !slices.Contains(retentions(), o.LogRetentionDays) {
		found.add("logRetentionDays", "CloudWatch Logs does not take this number; there are: %s", list(retentions()))
	}
	p.checkKeys(found)
	p.checkNames(found)
}

// managedAlias begins the aliases of keys that AWS manages, in ARNs too. EventBridge cannot use such a key:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
const managedAlias = "alias/aws/"

func (p *Props) checkKeys(found *mistakes) {
	o := p.Platform
	switch key := o.KmsKey; {
	case key == "" || key == createKey || unresolved(key) || isKey(key):
	case strings.Contains(key, managedAlias):
		found.add("kmsKey", "is a key that AWS manages. Its policy admits neither EventBridge, so that no rule could hand a finding to a queue under it, "+
			"nor CloudWatch, so that no alarm could be published, and nobody can change it. "+
			"Give create, or the ARN of a key of your own, or leave it out")
	default:
		found.add("kmsKey", "want create, or the ARN of a key: arn:aws:kms:REGION:ACCOUNT:key/ID. "+
			"An alias will not do: it can stand for another key tomorrow, to which the roles have no right")
	}
	for _, key := range o.GrantKmsKeys {
		if !unresolved(key) && !isKey(key) {
			found.add("grantKmsKeys", "want ARNs of keys with commas between them: arn:aws:kms:REGION:ACCOUNT:key/ID")
			break
		}
	}
}

// checkNames checks what the stack's resources are called, tagged and bounded by.
func (p *Props) checkNames(found *mistakes) {
	o := p.Platform
	if o.NamePrefix != "" && !matches(`^[a-z][a-z0-9-]{0,23}$`, o.NamePrefix) {
		found.add("namePrefix", "want up to 24 small letters, digits and -, and a letter first")
	}
	boundary := o.PermissionsBoundary
	if boundary != "" && !unresolved(boundary) && !matches(`^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$`, boundary) {
		found.add("permissionsBoundary", "want the ARN of a managed policy: arn:aws:iam::ACCOUNT:policy/NAME")
	}
	for _, tag := range slices.Sorted(maps.Keys(o.Tags)) {
		if strings.HasPrefix(strings.ToLower(tag), "aws:") || !isTag(tag, 128) || !isTag(o.Tags[tag], 256) {
			found.add("tags", "want names of up to 128 letters that do not begin with aws:, and values of up to 256; "+
				"letters, digits, spaces and _.:/=+-@")
			break
		}
	}
}

func (p *Props) checkVpc(found *mistakes) {
	v := p.Platform.Vpc
	if len(v.SubnetIDs) == 0 {
		if v.VpcID != "" {
			found.add("vpcId", "needs subnetIds, the private subnets of the function")
		}
		if len(v.SecurityGroupIDs) > 0 {
			found.add("securityGroupIds", "needs subnetIds, the private subnets of the function")
		}
		return
	}
	if v.VpcID == "" && len(v.SecurityGroupIDs) == 0 {
		found.add("subnetIds", "needs vpcId, for a security group of the stack's own, or securityGroupIds")
	}
	if v.VpcID != "" && len(v.SecurityGroupIDs) > 0 {
		found.add("vpcId", "is of no use beside securityGroupIds; give one or the other")
	}
	checkIDs(found, "vpcId", "vpc", []string{v.VpcID})
	checkIDs(found, "subnetIds", "subnet", v.SubnetIDs)
	checkIDs(found, "securityGroupIds", "sg", v.SecurityGroupIDs)
}

func checkIDs(found *mistakes, option, prefix string, ids []string) {
	for _, id := range ids {
		if id != "" && !unresolved(id) && !matches(`^`+prefix+`-[0-9a-f]{8,17}$`, id) {
			found.add(option, "want ids such as %s-0123456789abcdef0", prefix)
			return
		}
	}
}

// isTag reports whether a text may be a part of a tag.
// https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
func isTag(text string, most int) bool {
	return unresolved(text) || utf8.RuneCountInString(text) <= most && matches(`^[\pL\pZ\pN_.:/=+\-@]*$`, text)
}

func isKey(text string) bool {
	return isARN(text, "kms") && strings.Contains(text, ":key/")
}

// retentions are the numbers of days that a log group takes.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
func retentions() []int {
	return []int{
		1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
	}
}
