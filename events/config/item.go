package config

import (
	"cmp"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// The bounds of what is told of a change.
const (
	maxChanges = 20
	maxValue   = 200
	maxRelated = 50
)

// readItem reads a change of a resource. Each change is news: it is a finding of its own.
// https://docs.aws.amazon.com/config/latest/developerguide/config-item-table.html
func readItem(f *finding.Finding, e source.Envelope, d lenient.Document) {
	now, diff := present(d.Get("configurationItem"), d.Get("configurationItemSummary")), present(d.Get("configurationItemDiff"), d.Get("configurationItemSummary"))
	arn := now.Text("ARN")
	f.Place = e.Place(finding.Place{
		Account: finding.Account{ID: now.Get("awsAccountId").Account()}, Region: itemRegion(now),
	}, arn)
	f.Resource = itemResource(now)
	for _, relation := range now.List("relationships") {
		other := finding.Resource{Type: relation.Text("resourceType"), ID: relation.Text("resourceId", "resourceName"), Name: relation.Text("resourceName")}
		if !other.Zero() && len(f.Related) < maxRelated {
			f.Related = append(f.Related, other)
		}
	}
	captured := now.Get("configurationItemCaptureTime").Time()
	f.Updated = cmp.Or(captured, d.Get("notificationCreationTime").Time(), e.Time)
	f.LastSeen = f.Updated
	f.ID = strings.Join([]string{"item", f.Resource.Type, f.Resource.ID, f.Updated.Format(time.RFC3339Nano)}, "/")
	f.Severity = lenient.SeverityWord("low")
	change := cmp.Or(diff.Text("changeType"), changeOf(now.Text("configurationItemStatus")))
	if change != "" {
		f.Type += "/" + strings.ToUpper(change)
	}
	f.Title = strings.TrimSpace(inWords(f.Resource.Type)+" "+cmp.Or(f.Resource.Name, f.Resource.ID)) + " was " + changed(change)
	changes := changes(diff.Get("changedProperties"))
	f.Description = changes
	f.Facts = f.Facts.
		With("change", change).
		With("changed", changes).
		With("status", now.Text("configurationItemStatus")).
		With("caused_by", strings.Join(now.Get("relatedEvents").Texts(), ", ")).
		With("too_large", tooLarge(d))
}

// itemRegion returns the region of a resource, and "" for the global ones, which have none.
func itemRegion(d lenient.Document) string {
	if region := d.Text("awsRegion"); region != "global" {
		return region
	}
	return ""
}

func itemResource(d lenient.Document) finding.Resource {
	r := finding.Resource{
		Type: d.Text("resourceType"), ID: d.Text("resourceId", "resourceName"), Name: d.Text("resourceName"),
		ARN: d.Text("ARN"), Tags: lenient.Tags(d),
	}
	r.Name = cmp.Or(r.Name, lenient.TagName(r.Tags))
	r.Attributes = r.Attributes.
		With(finding.AttrZone, zone(d.Text("availabilityZone"))).
		With(finding.AttrLaunchTime, lenient.TimeText(d.Get("resourceCreationTime")))
	return r
}

// zone returns an availability zone; the words that stand for none are none.
func zone(text string) string {
	if strings.Count(text, "-") < 2 {
		return ""
	}
	return text
}

// changeOf returns what has happened, from the status of an item without a difference.
func changeOf(status string) string {
	switch status {
	case "ResourceDiscovered":
		return "CREATE"
	case "ResourceDeleted", "ResourceDeletedNotRecorded":
		return "DELETE"
	}
	return ""
}

func changed(change string) string {
	switch strings.ToUpper(change) {
	case "CREATE":
		return "created"
	case "DELETE":
		return "deleted"
	}
	return "changed"
}

// changes returns "Configuration.State: running, was stopped; Configuration.IpPermissions.0 added:
// fromPort=22". Of what is too long to be told the name stays.
func changes(properties lenient.Document) string {
	var all []string
	for _, m := range properties.Each() {
		text := m.Name
		now, before := valueText(m.Value.Get("updatedValue")), valueText(m.Value.Get("previousValue"))
		switch strings.ToUpper(m.Value.Text("changeType")) {
		case "CREATE":
			text += " added"
		case "DELETE":
			text, now, before = text+" removed", before, ""
		}
		if now != "" {
			text += ": " + now
		}
		if before != "" {
			text += ", was " + before
		}
		if len(all) < maxChanges {
			all = lenient.AppendNew(all, text)
		}
	}
	return strings.Join(all, "; ")
}

// valueText returns a value, or the plain values in it: "fromPort=22, ipProtocol=tcp". It is empty for
// what is too long.
func valueText(d lenient.Document) string {
	var all []string
	length := 0
	d.DecodeText().Leaves(func(leaf lenient.Leaf) {
		text := leaf.Value
		if leaf.Path != "" {
			text = leaf.Path + "=" + text
		}
		length += len(text)
		if length <= maxValue {
			all = lenient.AppendNew(all, text)
		}
	})
	if length > maxValue {
		return ""
	}
	return strings.Join(all, ", ")
}

// tooLarge says where a change is that was too large for the event.
func tooLarge(d lenient.Document) string {
	return d.Get("s3DeliverySummary").Text("s3BucketLocation", "errorMessage")
}
