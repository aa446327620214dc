package securityhubcspm

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// readResources returns the resources, of which the first is the one that the finding is about.
func readResources(d lenient.Document, home finding.Place) (primary finding.Resource, related []finding.Resource) {
	var all []finding.Resource
	for _, resource := range d.List("Resources") {
		if r := readResource(resource, home); !r.Zero() {
			all = append(all, r)
		}
	}
	if len(all) == 0 {
		return finding.Resource{}, nil
	}
	// Whoever looks after an organization passes on what he has found in its accounts.
	if owner := d.Get("ProductFields", "resourceOwnerAccount").Account(); owner != home.Account.ID {
		all[0].Attributes = all[0].Attributes.With(finding.AttrAccount, owner)
	}
	return all[0], all[1:]
}

// readResource reads a resource; the details of its kind stand in a member called after its type.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Resource.html
func readResource(d lenient.Document, home finding.Place) finding.Resource {
	id := d.Text("Id")
	r := finding.Resource{Type: d.Text("Type"), ID: resourceName(id), ARN: lenient.ARN(id), Tags: lenient.Tags(d)}
	var details lenient.Document
	for _, m := range d.Get("Details").Members() {
		if details.Absent() || lenient.SameName(m.Name, r.Type) {
			details = m.Value
		}
	}
	r.Attributes = lenient.ResourceFacts(details)
	r = lenient.Image(r, details)
	r.Name = cmp.Or(lenient.TagName(r.Tags), r.Name, r.Attributes.Get(finding.AttrUser), details.Text("ProjectName"))
	if region := d.Text("Region"); region != home.Region {
		r.Attributes = r.Attributes.With(finding.AttrRegion, region)
	}
	r.Attributes = r.Attributes.
		With("application", d.Text("ApplicationName", "ApplicationArn")).
		With("data_found", dataFound(d.Get("DataClassification")))
	return r
}

// resourceName returns what people call a resource: the end of its ARN, or of a name such as
// "AWS::::Account:111122223333" or "AWS::IAM::AccessKey:AKIA...".
func resourceName(id string) string {
	if strings.HasPrefix(id, "AWS::") {
		return id[strings.LastIndexByte(id, ':')+1:]
	}
	return lenient.ResourceName(id)
}

// dataFound returns the sorts of sensitive data that were found in a resource, with their numbers.
func dataFound(d lenient.Document) string {
	var found []string
	for _, group := range d.Get("Result").List("SensitiveData") {
		for _, detection := range group.List("Detections") {
			found = lenient.AppendNew(found, lenient.JoinWords(detection.Text("Type"), detection.Text("Count")))
		}
		if len(group.List("Detections")) == 0 {
			found = lenient.AppendNew(found, lenient.JoinWords(group.Text("Category"), group.Text("TotalCount")))
		}
	}
	for _, detection := range d.Get("Result", "CustomDataIdentifiers").List("Detections") {
		found = lenient.AppendNew(found, lenient.JoinWords(detection.Text("Name"), detection.Text("Count")))
	}
	return strings.Join(found, ", ")
}
