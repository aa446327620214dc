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
	r = lenient.Image(r, data)
	r.Name = cmp.Or(lenient.TagName(r.Tags), r.Name)
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
	all[at].Attributes = all[at].Attributes.With(finding.AttrObject, d.Get("file").Text("path", "name"))
	return all
}
