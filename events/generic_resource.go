package events

import "github.com/tocsin-sec/tocsin/pkg/finding"

// genericResources reads what a finding is about: the elements of its list of resources, else the
// resource that it names itself, else those that the envelope names.
func genericResources(e Envelope, d document) (primary finding.Resource, related []finding.Resource) {
	var all []finding.Resource
	for _, resource := range d.list("resources") {
		all = append(all, genericResource(resource))
	}
	if len(all) == 0 {
		all = append(all, namedResource(d))
	}
	if all[0].Zero() {
		all = nil
		for _, arn := range e.Resources {
			all = append(all, finding.Resource{Type: parseARN(arn).service, ID: resourceName(arn), ARN: arnOnly(arn)})
		}
	}
	if len(all) == 0 {
		return finding.Resource{}, nil
	}
	return all[0], all[1:]
}

func genericResource(d document) finding.Resource {
	id := firstOf(d.text("id", "uid", "arn"), d.text())
	r := finding.Resource{
		Type: d.text("type", "resourceType"), ID: resourceName(id), Name: d.text("name"),
		ARN: arnOnly(firstOf(d.text("arn"), id)), Tags: readTags(d),
	}
	if name := tagName(r.Tags); name != "" {
		r.Name = name
	}
	return r
}

// namedResource reads the resource of an event that is about one thing: a scanned object, a
// configuration item, an analysed resource, an entity of a health event.
func namedResource(d document) finding.Resource {
	if object := d.get("s3ObjectDetails"); !object.absent() {
		return finding.Resource{
			Type: "S3Object", ID: object.text("bucketName"), Name: object.text("bucketName"),
			Attributes: finding.Attributes{}.With(finding.AttrObject, object.text("objectKey")),
		}
	}
	name := d.pick("resourceId", "configurationItem.resourceId", "affectedEntities.entityValue", "resource",
		"resourceArn", "resourceDetails.instanceDetails.instanceId", "resourceDetails.eksClusterDetails.clusterName",
		"resourceDetails.ecsClusterDetails.clusterName", "resourceAccountDetails.accountId", "s3BucketDetails.bucketName")
	r := finding.Resource{
		Type: d.pick("resourceType", "configurationItem.resourceType"), ID: resourceName(name),
		ARN: arnOnly(firstOf(d.pick("configurationItem.arn", "resourceArn"), name)),
	}
	if item := d.get("configurationItem"); !item.absent() {
		r.Tags = readTags(item)
	}
	r.Name = tagName(r.Tags)
	if r.ID == "" && r.ARN == "" {
		return finding.Resource{}
	}
	return r
}

// genericActor reads who did it, where one of the common formats says so.
func genericActor(d document) finding.Actor {
	actor := finding.Actor{
		Remote:  readRemote(d.at("action.networkConnectionAction.remoteIpDetails", "action.awsApiCallAction.remoteIpDetails")),
		User:    finding.User{Name: d.pick("userIdentity.userName", "principal.AWS", "actor.user.name", "evidences.actor.user.name")},
		Process: readProcess(d.at("process", "evidences.actor.process")),
	}
	actor.Remote.IP = firstOf(actor.Remote.IP, d.pick("network.sourceIpV4", "network.sourceIpV6",
		"sourceIPAddress", "evidences.src_endpoint.ip"))
	return actor
}

// arnOnly gives text when it is an ARN.
func arnOnly(text string) string {
	if parseARN(text).resource == "" {
		return ""
	}
	return text
}
