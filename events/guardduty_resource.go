package events

import (
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// resourceKind is one member of "resource" and the type of resource that it tells of.
type resourceKind struct {
	member, name string
	// also are further resource types whose details stand in the same member, separated by spaces.
	also string
	read func(details document) finding.Resource
}

// resourceKinds is the table of what GuardDuty tells of, in the order in which it is of use when the
// finding does not state its resource type:
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Resource.html
func resourceKinds() [15]resourceKind {
	return [...]resourceKind{
		{member: "eksClusterDetails", name: "EKSCluster", also: "KubernetesCluster", read: readEKSCluster},
		{member: "ecsClusterDetails", name: "ECSCluster", read: readECSCluster},
		{member: "containerDetails", name: "Container", read: readContainer},
		{member: "instanceDetails", name: "Instance", read: readInstance},
		{member: "s3BucketDetails", name: "S3Bucket", also: "S3Object", read: readBucket},
		{member: "rdsDbInstanceDetails", name: "RDSDBInstance", also: "DBInstance", read: readDatabase},
		{member: "rdsLimitlessDbDetails", name: "RDSLimitlessDB", read: readLimitlessDatabase},
		{member: "lambdaDetails", name: "Lambda", also: "LambdaFunction", read: readLambda},
		{member: "accessKeyDetails", name: "AccessKey", read: readAccessKey},
		{member: "ebsSnapshotDetails", name: "EBSSnapshot", read: readSnapshot},
		{member: "ec2ImageDetails", name: "EC2Image", also: "AMI EC2AMI", read: readImage},
		{
			member: "recoveryPointDetails", name: "RecoveryPoint",
			also: "EC2RecoveryPoint EBSRecoveryPoint S3RecoveryPoint", read: readRecoveryPoint,
		},
		{member: "ebsVolumeDetails", name: "EBSVolume", read: readVolume},
		{member: "modelDetails", name: "BedrockModel", read: readModel},
		{member: "bedrockGuardrailDetails", name: "BedrockGuardrail", read: readGuardrail},
	}
}

func (k resourceKind) is(resourceType string) bool {
	if sameName(k.name, resourceType) {
		return true
	}
	for name := range strings.FieldsSeq(k.also) {
		if sameName(name, resourceType) {
			return true
		}
	}
	return false
}

// guardDutyResources gives the resource that the finding is about, which is the one of the type that
// it states, and the others that it tells of.
func guardDutyResources(d document, sequence *finding.Sequence) (primary finding.Resource, related []finding.Resource) {
	stated := d.text("resourceType")
	primaryAt := -1
	for _, kind := range resourceKinds() {
		for _, details := range kindDetails(d, kind) {
			r := kind.read(details)
			if r.Zero() {
				continue
			}
			r.Type = kind.name
			if primaryAt < 0 && kind.is(stated) {
				r.Type, primaryAt = stated, len(related)
			}
			related = append(related, r)
		}
	}
	if primaryAt < 0 {
		primary = statedResource(d, stated, sequence)
		if !primary.Zero() && (primary.Type == "" || primary.ID != "" || isKnownKind(stated)) || len(related) == 0 {
			return withNeighbours(d, primary), related
		}
		// A type that is not known yet: the first details are its own.
		primaryAt = 0
		related[0].Type = firstOf(stated, related[0].Type)
	}
	primary = related[primaryAt]
	if related = slices.Delete(related, primaryAt, primaryAt+1); len(related) == 0 {
		related = nil
	}
	return withNeighbours(d, primary), related
}

// kindDetails gives the details of each resource of a kind.
func kindDetails(d document, kind resourceKind) []document {
	switch kind.member {
	case "ebsVolumeDetails":
		volumes := d.get(kind.member)
		return append(volumes.list("scannedVolumeDetails"), volumes.list("skippedVolumeDetails")...)
	case "bedrockGuardrailDetails":
		return d.get(kind.member).list("guardrails")
	case "eksClusterDetails":
		if d.get(kind.member).absent() && d.get("kubernetesDetails").absent() {
			return nil
		}
		// The workload stands beside the cluster.
		return []document{d}
	default:
		return d.list(kind.member)
	}
}

func isKnownKind(resourceType string) bool {
	for _, kind := range resourceKinds() {
		if kind.is(resourceType) {
			return true
		}
	}
	return sameName(resourceType, "AttackSequence")
}

// statedResource is the resource when no details of the type that the finding states are there: the
// only resource of its sequence, else what a member such as newThingDetails says, else the type.
func statedResource(d document, stated string, sequence *finding.Sequence) finding.Resource {
	if sequence != nil && len(sequence.Resources) == 1 {
		only := sequence.Resources[0]
		only.Type = firstOf(only.Type, stated)
		return only
	}
	r := finding.Resource{Type: stated}
	if stated != "" {
		details := d.get(stated + "Details")
		r.ARN = details.text("arn", stated+"Arn")
		r.Name = details.text("name", stated+"Name")
		r.ID = firstOf(details.text("id", stated+"Id", stated+"Identifier"), r.Name, r.ARN)
		r.Tags = readTags(details)
	}
	return r
}

// withNeighbours adds what stands beside the resource: the database that somebody logged in to, and the
// model and the guardrail that a finding on generative AI tells of, since its type names the access key only.
func withNeighbours(d document, r finding.Resource) finding.Resource {
	if r.Zero() {
		return r
	}
	login := d.get("rdsDbUserDetails")
	r.Attributes = r.Attributes.
		With(finding.AttrDatabase, login.text("database")).
		With(finding.AttrApplication, login.text("application"))
	guardrail := d.get("bedrockGuardrailDetails")
	var models, guardrails []string
	for _, model := range d.list("modelDetails") {
		models = appendNew(models, model.text("modelId"))
	}
	for _, rail := range guardrail.list("guardrails") {
		guardrails = appendNew(guardrails, rail.text("arn"))
	}
	r.Attributes = r.Attributes.
		With(finding.AttrModel, strings.Join(models, ", ")).
		With(finding.AttrGuardrail, joinWords(strings.Join(guardrails, ", "), guardrail.text("guardrailAction")))
	return r
}

// readTags reads tags as a list of key and value, or as an object.
func readTags(d document) []finding.Tag {
	var tags []finding.Tag
	for _, tag := range d.list("tags") {
		if !tag.get("key").isNull() || !tag.get("value").isNull() {
			if key := tag.text("key", "name"); key != "" {
				tags = append(tags, finding.Tag{Key: key, Value: tag.text("value")})
			}
			continue
		}
		for _, m := range tag.each() {
			tags = append(tags, finding.Tag{Key: m.name, Value: m.value.text()})
		}
	}
	return tags
}

// tagName gives the value of the tag called Name, by which people know the resource.
func tagName(tags []finding.Tag) string {
	for _, tag := range tags {
		if tag.Key == "Name" {
			return tag.Value
		}
	}
	return ""
}

// maxTexts is how long GuardDuty's own lists can be.
const maxTexts = 400

// appendNew appends a text that is neither empty nor in the list yet. Beyond maxTexts it appends nothing.
func appendNew(list []string, text string) []string {
	if text == "" || len(list) == maxTexts || slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

// joinWords gives "first (second)", or the one of the two that is there.
func joinWords(first, second string) string {
	if first == "" || second == "" {
		return first + second
	}
	return first + " (" + second + ")"
}
