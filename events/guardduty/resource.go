package guardduty

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// resourceKind is one member of "resource" and the type of resource that it tells of.
type resourceKind struct {
	member, name string
	// also are further resource types whose details stand in the same member, separated by spaces.
	also string
	read func(details lenient.Document) finding.Resource
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
	if lenient.SameName(k.name, resourceType) {
		return true
	}
	for name := range strings.FieldsSeq(k.also) {
		if lenient.SameName(name, resourceType) {
			return true
		}
	}
	return false
}

// readResources gives the resource that the finding is about, which is the one of the type that
// it states, and the others that it tells of.
func readResources(d lenient.Document, sequence *finding.Sequence) (primary finding.Resource, related []finding.Resource) {
	stated := d.Text("resourceType")
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
		related[0].Type = cmp.Or(stated, related[0].Type)
	}
	primary = related[primaryAt]
	if related = slices.Delete(related, primaryAt, primaryAt+1); len(related) == 0 {
		related = nil
	}
	return withNeighbours(d, primary), related
}

// kindDetails gives the details of each resource of a kind.
func kindDetails(d lenient.Document, kind resourceKind) []lenient.Document {
	switch kind.member {
	case "ebsVolumeDetails":
		volumes := d.Get(kind.member)
		return append(volumes.List("scannedVolumeDetails"), volumes.List("skippedVolumeDetails")...)
	case "bedrockGuardrailDetails":
		return d.Get(kind.member).List("guardrails")
	case "eksClusterDetails":
		if d.Get(kind.member).Absent() && d.Get("kubernetesDetails").Absent() {
			return nil
		}
		// The workload stands beside the cluster.
		return []lenient.Document{d}
	default:
		return d.List(kind.member)
	}
}

func isKnownKind(resourceType string) bool {
	for _, kind := range resourceKinds() {
		if kind.is(resourceType) {
			return true
		}
	}
	return lenient.SameName(resourceType, "AttackSequence")
}

// statedResource is the resource when no details of the type that the finding states are there: the
// only resource of its sequence, else what a member such as newThingDetails says, else the type.
func statedResource(d lenient.Document, stated string, sequence *finding.Sequence) finding.Resource {
	if sequence != nil && len(sequence.Resources) == 1 {
		only := sequence.Resources[0]
		only.Type = cmp.Or(only.Type, stated)
		return only
	}
	r := finding.Resource{Type: stated}
	if stated != "" {
		details := d.Get(stated + "Details")
		r.ARN = details.Text("arn", stated+"Arn")
		r.Name = details.Text("name", stated+"Name")
		r.ID = cmp.Or(details.Text("id", stated+"Id", stated+"Identifier"), r.Name, r.ARN)
		r.Tags = lenient.Tags(details)
	}
	return r
}

// withNeighbours adds what stands beside the resource: the database that somebody logged in to, and the
// model and the guardrail that a finding on generative AI tells of, since its type names the access key only.
func withNeighbours(d lenient.Document, r finding.Resource) finding.Resource {
	if r.Zero() {
		return r
	}
	login := d.Get("rdsDbUserDetails")
	r.Attributes = r.Attributes.
		With(finding.AttrDatabase, login.Text("database")).
		With(finding.AttrApplication, login.Text("application"))
	guardrail := d.Get("bedrockGuardrailDetails")
	var models, guardrails []string
	for _, model := range d.List("modelDetails") {
		models = lenient.AppendNew(models, model.Text("modelId"))
	}
	for _, rail := range guardrail.List("guardrails") {
		guardrails = lenient.AppendNew(guardrails, rail.Text("arn"))
	}
	r.Attributes = r.Attributes.
		With(finding.AttrModel, strings.Join(models, ", ")).
		With(finding.AttrGuardrail, lenient.JoinWords(strings.Join(guardrails, ", "), guardrail.Text("guardrailAction")))
	return r
}
