package guardduty

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// resourceKind is one member of "resource" and the type of resource that it describes.
type resourceKind struct {
	member, name string
	read         func(details lenient.Document) finding.Resource
}

// resourceKinds is the table of resources in findings, in the order in which it is of use when the
// finding does not state its resource type:
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Resource.html
func resourceKinds() [15]resourceKind {
	return [...]resourceKind{
		{"eksClusterDetails", "EKSCluster", readEKSCluster},
		{"ecsClusterDetails", "ECSCluster", readECSCluster},
		{"containerDetails", "Container", readContainer},
		{"instanceDetails", "Instance", readInstance},
		{"s3BucketDetails", "S3Bucket", readBucket},
		{"rdsDbInstanceDetails", "RDSDBInstance", readDatabase},
		{"rdsLimitlessDbDetails", "RDSLimitlessDB", readDatabase},
		{"lambdaDetails", "Lambda", readLambda},
		{"accessKeyDetails", "AccessKey", readAccessKey},
		{"ebsSnapshotDetails", "EBSSnapshot", readARN},
		{"ec2ImageDetails", "EC2Image", readARN},
		{"recoveryPointDetails", "RecoveryPoint", readRecoveryPoint},
		{"ebsVolumeDetails", "EBSVolume", readVolume},
		{"modelDetails", "BedrockModel", readModel},
		{"bedrockGuardrailDetails", "BedrockGuardrail", readGuardrail},
	}
}

// readResources returns the resource that the finding is about, which is the one of the type that
// it states, and the others that it describes.
func readResources(d lenient.Document, sequence *finding.Sequence) (primary finding.Resource, related []finding.Resource) {
	stated := d.Text("resourceType")
	kind := finding.Resource{Type: stated}.Kind()
	related = detailedResources(d)
	at := slices.IndexFunc(related, func(r finding.Resource) bool { return kind != "" && r.Kind() == detailedIn(kind) })
	if at < 0 {
		primary = statedResource(d, stated, sequence)
		isEnough := primary.Type == "" || primary.ID != "" || kind != ""
		if len(related) == 0 || isEnough && !primary.Zero() {
			return withNeighbours(d, primary), related
		}
		at = 0 // a type that is not known yet: the first details are its own
	}
	primary = related[at]
	primary.Type = cmp.Or(stated, primary.Type)
	if related = slices.Delete(related, at, at+1); len(related) == 0 {
		related = nil
	}
	return withNeighbours(d, primary), related
}

// detailedIn returns the kind whose details describe a kind as well.
func detailedIn(kind finding.Kind) finding.Kind {
	switch kind {
	case finding.KindKubernetes:
		return finding.KindEKS
	case finding.KindObject:
		return finding.KindBucket
	default:
		return kind
	}
}

// detailedResources returns every resource that there are details of.
func detailedResources(d lenient.Document) []finding.Resource {
	var all []finding.Resource
	for _, kind := range resourceKinds() {
		for _, details := range kindDetails(d, kind.member) {
			if r := kind.read(details); !r.Zero() {
				r.Type = kind.name
				all = append(all, r)
			}
		}
	}
	return all
}

// kindDetails returns the details of each resource that a member describes.
func kindDetails(d lenient.Document, member string) []lenient.Document {
	switch member {
	case "ebsVolumeDetails":
		volumes := d.Get(member)
		return append(volumes.List("scannedVolumeDetails"), volumes.List("skippedVolumeDetails")...)
	case "bedrockGuardrailDetails":
		return guardrails(d)
	case "eksClusterDetails":
		if d.Get(member).Absent() && d.Get("kubernetesDetails").Absent() {
			return nil
		}
		// The workload stands beside the cluster.
		return []lenient.Document{d}
	default:
		return d.List(member)
	}
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

// withNeighbours adds what stands beside the resource: the database that somebody logged in to, and
// the model and the guardrail of a finding on generative AI, whose type names the access key only.
func withNeighbours(d lenient.Document, r finding.Resource) finding.Resource {
	if r.Zero() {
		return r
	}
	login := d.Get("rdsDbUserDetails")
	r.Attributes = r.Attributes.
		With(finding.AttrDatabase, login.Text("database")).
		With(finding.AttrApplication, login.Text("application"))
	guardrail := d.Get("bedrockGuardrailDetails")
	var models, arns []string
	for _, model := range d.List("modelDetails") {
		models = lenient.AppendNew(models, model.Text("modelId"))
	}
	for _, rail := range guardrails(d) {
		arns = lenient.AppendNew(arns, rail.Text("arn", "guardrailArn"))
	}
	r.Attributes = r.Attributes.
		With(finding.AttrModel, strings.Join(models, ", ")).
		With(finding.AttrGuardrail, lenient.JoinWords(strings.Join(arns, ", "), guardrail.Text("guardrailAction")))
	return r
}

// guardrails returns the guardrails of a finding; older findings name one beside the list.
func guardrails(d lenient.Document) []lenient.Document {
	details := d.Get("bedrockGuardrailDetails")
	if list := details.List("guardrails"); len(list) > 0 || details.Text("guardrailArn") == "" {
		return list
	}
	return []lenient.Document{details}
}
