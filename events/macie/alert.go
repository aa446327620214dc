package macie

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// parseAlert reads an alert of Macie Classic, whose id is its ARN:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/event-types.html
func parseAlert(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	arn := d.Text("alert-arn")
	trigger, summary := d.Get("trigger"), d.Get("summary")
	f := finding.Finding{
		ID:          arn,
		Source:      cmp.Or(e.Source, sourceName),
		Type:        cmp.Or(e.DetailType, alertType),
		Title:       cmp.Or(d.Text("name"), alertType),
		Description: cmp.Or(summary.Text("Description"), trigger.Text("description"), narrative(trigger)),
		Severity:    risk(d),
		Place:       e.Place(finding.Place{}, arn),
		Activity:    finding.Activity{Created: d.Get("created-at").Time(), Count: summary.Get("Event Count").Integer()},
		Actor:       finding.Actor{User: alertActor(d.Text("actor"))},
		Origin:      e.Origin(raw),
	}
	f.Updated = cmp.Or(e.Time, f.Created) // the alert does not say when it was updated
	f.Facts = finding.Attributes{}.With("alert_type", trigger.Text("alert-type")).
		With("notification", d.Text("notification-type")).
		With("labels", strings.Join(d.Get("tags").Texts(), ", ")).
		With("themes", names(summary.Get("Themes")))
	all := alertResources(summary)
	if len(all) > 0 {
		f.Resource, f.Related = all[0], all[1:]
	}
	f.About.Aliases = lenient.AppendNew(nil, arn)
	return f
}

// risk reads a risk, whose scale ends at 100, or the one of the trigger, whose scale ends at 10.
func risk(d lenient.Document) finding.Severity {
	score, ok := d.Get("risk-score").Number()
	if ok {
		score /= riskScale
	} else if score, ok = d.Get("trigger", "risk").Number(); !ok {
		return 0
	}
	if 0 <= score && score < 1 {
		return finding.Lowest
	}
	return finding.NewSeverity(score)
}

// narrative returns what the first feature of a predictive alert says.
func narrative(trigger lenient.Document) string {
	for _, feature := range trigger.Get("features").Members() {
		if text := feature.Value.Text("narrative"); text != "" {
			return text
		}
	}
	return ""
}

// alertActor reads who did it: an account, the name of a bucket, or "account:assumed-role:name".
func alertActor(text string) finding.User {
	parts := strings.SplitN(text, ":", 3)
	switch {
	case len(parts) == 3 && parts[1] == "assumed-role":
		return finding.User{Name: parts[2], Type: "AssumedRole"}
	case len(parts) == 3:
		return finding.User{Name: parts[2], Type: parts[1]}
	case len(text) == 12 && strings.Trim(text, "0123456789") == "":
		return finding.User{Name: text, Type: "AWSAccount"}
	}
	return finding.User{Name: text}
}

// alertResources reads the objects that an alert counts, and the buckets.
func alertResources(summary lenient.Document) []finding.Resource {
	var all []finding.Resource
	for _, m := range summary.Get("Object").Members() {
		bucket, key, _ := strings.Cut(m.Name, "/")
		all = append(all, finding.Resource{
			Type: "S3Object", ID: bucket, Attributes: finding.Attributes{}.With(finding.AttrObject, key),
		})
	}
	for _, m := range summary.Get("Bucket").Members() {
		all = append(all, finding.Resource{Type: "S3Bucket", ID: m.Name})
	}
	return all
}

// names returns the names of the members of an object.
func names(d lenient.Document) string {
	var all []string
	for _, m := range d.Members() {
		all = lenient.AppendNew(all, m.Name)
	}
	return strings.Join(all, ", ")
}
