package health

import (
	"cmp"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// readResources returns everything that an event affects: its entities, and what its envelope names
// beside them.
func readResources(e source.Envelope, d lenient.Document, place finding.Place) (primary finding.Resource, related []finding.Resource) {
	var all []finding.Resource
	known := map[string]bool{"": true}
	for _, entity := range d.List("affectedEntities") {
		value := cmp.Or(entity.Text("entityValue", "entityArn", "awsAccountId"), entity.Text())
		if known[value] {
			continue
		}
		known[value] = true
		r := readResource(value, place)
		if account := entity.Get("awsAccountId").Account(); account != place.Account.ID && account != value {
			r.Attributes = r.Attributes.With(finding.AttrAccount, account)
		}
		r.Attributes = r.Attributes.With(finding.AttrState, entity.Text("status", "statusCode"))
		r.Tags = lenient.Tags(entity)
		r.Name = cmp.Or(r.Name, lenient.TagName(r.Tags))
		all = append(all, r)
	}
	for _, value := range e.Resources {
		if !known[value] {
			known[value] = true
			all = append(all, readResource(value, place))
		}
	}
	metadata := d.Get("eventMetadata")
	if key := metadata.Text("publicKey"); !known[key] {
		all = append([]finding.Resource{readResource(key, place)}, all...)
	}
	if len(all) == 0 {
		return finding.Resource{}, nil
	}
	if user := metadata.Text("userName"); all[0].Kind() == finding.KindAccessKey && user != "" {
		all[0].Name = user
		all[0].Attributes = all[0].Attributes.With(finding.AttrUserType, "IAMUser")
	}
	return all[0], all[1:]
}

// readResource reads an entity, which is an ARN, an id or a name, and is elsewhere than the event
// where its ARN says so.
func readResource(value string, place finding.Place) finding.Resource {
	arn := lenient.ParseARN(value)
	if arn.Resource == "" {
		return finding.Resource{Type: lenient.TypeOfID(value), ID: value}
	}
	r := finding.Resource{Type: lenient.TypeOfARN(value), ID: lenient.ResourceName(value), ARN: value}
	if arn.AccountID != place.Account.ID {
		r.Attributes = r.Attributes.With(finding.AttrAccount, arn.AccountID)
	}
	if arn.Region != place.Region {
		r.Attributes = r.Attributes.With(finding.AttrRegion, arn.Region)
	}
	return r
}
