package generic

import (
	"cmp"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// readResources reads what a finding is about: the elements of its list of resources, else the
// resource that it names itself, else those that the envelope names.
func readResources(e source.Envelope, d lenient.Document) (primary finding.Resource, related []finding.Resource) {
	var all []finding.Resource
	for _, resource := range d.List("resources") {
		all = append(all, readResource(resource))
	}
	if len(all) == 0 {
		all = append(all, namedResource(d))
	}
	if all[0].Zero() {
		all = nil
		for _, arn := range e.Resources {
			all = append(all, finding.Resource{Type: cmp.Or(lenient.TypeOfARN(arn), lenient.TypeOfID(arn)), ID: lenient.ResourceName(arn), ARN: lenient.ARN(arn)})
		}
	}
	if len(all) == 0 {
		return finding.Resource{}, nil
	}
	return all[0], all[1:]
}

func readResource(d lenient.Document) finding.Resource {
	id := cmp.Or(d.Text("id", "uid", "arn"), d.Text())
	r := finding.Resource{
		Type: d.Text("type", "resourceType"), ID: lenient.ResourceName(id), Name: d.Text("name"),
		ARN: lenient.ARN(cmp.Or(d.Text("arn"), id)), Tags: lenient.Tags(d),
	}
	if name := lenient.TagName(r.Tags); name != "" {
		r.Name = name
	}
	return r
}

// namedResource reads the resource of an event that is about one thing: a scanned object, a
// configuration item, an analysed resource, an entity of a health event.
func namedResource(d lenient.Document) finding.Resource {
	if object := d.Get("s3ObjectDetails"); !object.Absent() {
		return finding.Resource{
			Type: "S3Object", ID: object.Text("bucketName"), Name: object.Text("bucketName"),
			Attributes: finding.Attributes{}.With(finding.AttrObject, object.Text("objectKey")),
		}
	}
	name := d.Pick("resourceId", "configurationItem.resourceId", "affectedEntities.entityValue", "resource",
		"resourceArn", "resourceDetails.instanceDetails.instanceId", "resourceDetails.eksClusterDetails.clusterName",
		"resourceDetails.ecsClusterDetails.clusterName", "resourceAccountDetails.accountId", "s3BucketDetails.bucketName",
		"instance-id", "sourceIdentifier", "sourceId", "ec2InstanceId", "autoScalingGroupName")
	r := finding.Resource{
		Type: d.Pick("resourceType", "configurationItem.resourceType"), ID: lenient.ResourceName(name),
		ARN: lenient.ARN(cmp.Or(d.Pick("configurationItem.arn", "resourceArn", "sourceArn"), name)),
	}
	if known := cmp.Or(lenient.TypeOfARN(r.ARN), lenient.TypeOfID(r.ID)); r.Type == "" || r.Kind() == "" && (finding.Resource{Type: known}).Kind() != "" {
		r.Type = known
	}
	if item := d.Get("configurationItem"); !item.Absent() {
		r.Tags = lenient.Tags(item)
	}
	r.Name = lenient.TagName(r.Tags)
	if r.ID == "" && r.ARN == "" {
		return finding.Resource{}
	}
	return r
}

// readActor reads who did it, where one of the common formats says so.
func readActor(d lenient.Document) finding.Actor {
	actor := finding.Actor{
		Remote:  lenient.Remote(d.At("action.networkConnectionAction.remoteIpDetails", "action.awsApiCallAction.remoteIpDetails")),
		User:    finding.User{Name: d.Pick("userIdentity.userName", "principal.AWS", "actor.user.name", "evidences.actor.user.name")},
		Process: lenient.Process(d.At("process", "evidences.actor.process")),
	}
	actor.Remote.IP = cmp.Or(actor.Remote.IP, d.Pick("network.sourceIpV4", "network.sourceIpV6",
		"sourceIPAddress", "evidences.src_endpoint.ip"))
	return actor
}
