package securityhub

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// readResources returns the resources, of which the first is the one that the finding is about, and
// the bucket in which sensitive data was found.
func readResources(d lenient.Document, home finding.Place) (primary finding.Resource, related []finding.Resource) {
	var all []finding.Resource
	for _, resource := range d.List("resources") {
		if r := readResource(resource, home); !r.Zero() {
			all = append(all, r)
		}
	}
	all = withBucket(all, d.Get("databucket"))
	if len(all) == 0 {
		return finding.Resource{}, nil
	}
	return all[0], all[1:]
}

// readResource reads a resource: https://schema.ocsf.io/1.6.0/objects/resource_details
func readResource(d lenient.Document, home finding.Place) finding.Resource {
	id, data := d.Text("uid", "name"), resourceData(d)
	r := finding.Resource{
		Type: d.Text("type"), ID: lenient.ResourceName(id), ARN: cmp.Or(lenient.ARN(id), lenient.ARN(d.Text("uid_alt"))), Tags: lenient.Tags(d),
	}
	if strings.Contains(id, "://") && r.ARN != "" { // a queue, whose id is its address
		r.ID = lenient.ResourceName(r.ARN)
	}
	r.Name = otherThan(r.ID, d.Text("name"), lenient.ResourceName(r.ARN))
	for _, details := range []lenient.Document{data, d.Get("device")} {
		for _, fact := range lenient.ResourceFacts(details) {
			r.Attributes = r.Attributes.With(fact.Name, fact.Value)
		}
	}
	r = withImage(lenient.Image(r, data), d.Get("image"))
	r.Name = cmp.Or(lenient.TagName(r.Tags), r.Name)
	r.Attributes = network(function(r.Attributes, d.Get("cloud_function")), d)
	container := d.Get("device", "container")
	r.Attributes = r.Attributes.
		With(finding.AttrContainer, container.Text("name", "uid")).
		With(finding.AttrImage, container.Get("image").Text("name", "uid")).
		With(finding.AttrZone, d.Text("zone")).
		With("criticality", d.Text("criticality"))
	if account := d.Get("owner", "account", "uid").Account(); account != home.Account.ID {
		r.Attributes = r.Attributes.With(finding.AttrAccount, account)
	}
	if region := d.Text("region"); region != home.Region {
		r.Attributes = r.Attributes.With(finding.AttrRegion, region)
	}
	return r
}

// withImage names a container image as people pull it; of any other resource its image is a fact:
// https://schema.ocsf.io/1.6.0/objects/image
func withImage(r finding.Resource, d lenient.Document) finding.Resource {
	repository, tag := d.Text("repository_name", "name"), d.Text("tag", "tags")
	if r.Kind() != finding.KindContainerImage {
		r.Attributes = r.Attributes.With(finding.AttrImage, cmp.Or(d.Text("uid"), repository))
		return r
	}
	if _, digest, isDigest := strings.Cut(r.ID, "@"); isDigest && tag != "" && repository != "" {
		r.ID, r.Name = repository+":"+tag, digest
	}
	r.Attributes = r.Attributes.With("registry", d.Text("registry_uid")).With("architecture", d.Text("architecture")).
		With("in_use", d.Text("in_use_count"))
	return r
}

// function adds what is known of a function: https://schema.ocsf.io/1.6.0/objects/function
func function(facts finding.Attributes, d lenient.Document) finding.Attributes {
	var layers []string
	for _, layer := range d.List("layers") {
		layers = lenient.AppendNew(layers, layer.Text("uid_alt", "uid"))
	}
	return facts.With(finding.AttrPlatform, d.Text("runtime")).With(finding.AttrRole, d.Get("user").Text("uid", "name")).
		With("layers", strings.Join(layers, ", "))
}

// network adds where in a network a resource is, and the image that a machine runs.
func network(facts finding.Attributes, d lenient.Document) finding.Attributes {
	device := d.Get("device")
	return facts.With(finding.AttrVPC, cmp.Or(d.Text("vpc_uid"), device.Text("vpc_uid"))).
		With(finding.AttrSubnet, cmp.Or(d.Get("subnet_info").Text("uid"), device.Text("subnet_uid"))).
		With(finding.AttrImage, device.Get("image").Text("uid", "name"))
}

// resourceData returns what is known of a resource. Inspector puts it into a member that is called
// after the kind of resource, such as awsEc2InstanceDetails.
func resourceData(d lenient.Document) lenient.Document {
	data := d.Get("data")
	for _, m := range data.Members() {
		if strings.HasPrefix(m.Name, "aws") && strings.HasSuffix(m.Name, "Details") && m.Value.Kind() == '{' {
			return m.Value
		}
	}
	return data
}

// otherThan returns the first of the names that is there and not the id again. The ids of policies
// and roles, say, tell nobody which it is, but their ARNs do.
func otherThan(id string, names ...string) string {
	for _, name := range names {
		if name != "" && name != id {
			return name
		}
	}
	return ""
}

// withBucket adds a bucket of sensitive data to the resources, or what is known of it to the one
// that it is already: https://schema.ocsf.io/1.6.0/objects/databucket
func withBucket(all []finding.Resource, d lenient.Document) []finding.Resource {
	if d.Absent() {
		return all
	}
	arn, name := lenient.ARN(d.Text("uid")), d.Text("name")
	bucket := finding.Resource{Type: "S3Bucket", ID: cmp.Or(name, lenient.ResourceName(arn), d.Text("uid")), ARN: arn, Tags: lenient.Tags(d)}
	if kind := d.Text("type"); !strings.HasPrefix(kind, "S3") {
		bucket.Type = kind
	}
	at := slices.IndexFunc(all, func(r finding.Resource) bool { return r.ID == bucket.ID || arn != "" && r.ARN == arn })
	if at < 0 {
		all, at = append(all, bucket), len(all)
	}
	for _, fact := range lenient.ResourceFacts(d) {
		all[at].Attributes = all[at].Attributes.With(fact.Name, fact.Value)
	}
	all[at].Attributes = all[at].Attributes.With(finding.AttrObject, d.Get("file").Text("path", "name")).
		With(finding.AttrEncryption, d.Get("encryption_details").Text("algorithm", "type"))
	return all
}
