package securityhub

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// parse reads a finding in OCSF: https://schema.ocsf.io/1.6.0/categories/findings
// A member is read wherever it stands, whatever class and version the finding says it is of.
func parse(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	info := info(d)
	id := info.Text("uid")
	arn := lenient.ARN(id)
	f := finding.Finding{
		ID: cmp.Or(id, d.Get("metadata").Text("uid")), Source: cmp.Or(e.Source, sourceName), Type: readType(d),
		Title: info.Text("title"), Description: lenient.Lines(info.Text("desc")), Severity: severity(d),
		Place: readPlace(e, d, arn), Origin: e.Origin(raw),
	}
	f.Title = cmp.Or(f.Title, f.Type, e.DetailType, imported)
	f.Activity = readActivity(e, d)
	if f.State == finding.Passed {
		f.Severity = finding.Lowest
	}
	f.Resource, f.Related = readResources(d, f.Place)
	f.Sequence = readSequence(info)
	f.Actor = readActor(d)
	f.Action = readAction(d)
	f.Threats = readThreats(d)
	f.Vulnerability = readVulnerability(d)
	f.Check = readCheck(d)
	f.Remedy = readRemedy(d)
	f.Facts = readFacts(d)
	for _, alias := range []string{arn, f.ID, info.Text("uid_alt"), d.Get("metadata").Text("uid")} {
		f.About.Aliases = lenient.AppendNew(f.About.Aliases, alias)
	}
	return f
}

// readType returns the type that the product has given the finding. Security Hub lists it together
// with a category of its own, such as "Threats", in no fixed order: a category alone has neither
// colon nor slash.
func readType(d lenient.Document) string {
	types := info(d).Get("types").Texts()
	for _, text := range types {
		if native := lenient.NativeType(text); native != "" {
			return native
		}
	}
	for _, text := range types {
		if strings.ContainsAny(text, ":/") {
			return text
		}
	}
	if len(types) > 0 {
		return types[0]
	}
	return cmp.Or(d.Get("metadata").Text("event_code"), d.Text("class_name", "type_name"))
}

// readPlace returns where it happened. Of another cloud than AWS nothing is filled in from the
// envelope, and there is no partition, so that no link of AWS's is made of it.
func readPlace(e source.Envelope, d lenient.Document, arn string) finding.Place {
	cloud, first := d.Get("cloud"), d.Get("resources")
	name := cloud.Get("account").Text("name")
	stated := finding.Place{
		Account:   finding.Account{ID: cmp.Or(cloud.Get("account", "uid").Account(), first.Get("owner", "account", "uid").Account())},
		Region:    cmp.Or(cloud.Text("region"), first.Text("region")),
		Partition: cmp.Or(cloud.Text("cloud_partition"), first.Text("cloud_partition")),
	}
	switch {
	case isElsewhere(cloud):
		stated.Partition, stated.Account.Name = "", name
		return stated
	case isElsewhere(first): // AWS is where it was found out, not where it is
		owner := first.Get("owner", "account")
		return finding.Place{
			Account: finding.Account{ID: cmp.Or(owner.Text("uid"), stated.Account.ID), Name: owner.Text("name")}, Region: cmp.Or(first.Text("region"), stated.Region),
		}
	}
	if owner := first.Get("owner", "account"); name == "" && owner.Get("uid").Account() == stated.Account.ID {
		name = owner.Text("name")
	}
	if finding.PartitionNamed(stated.Partition).Name == "" {
		stated.Partition = "" // a word that is none of AWS's
	}
	if cloud.Text("region") == "" { // that of the finding, not of a resource
		stated.Region = cmp.Or(lenient.ParseARN(arn).Region, stated.Region)
	}
	place := e.Place(stated, arn)
	place.Account.Name = name
	return place
}

// isElsewhere reports whether something is in a cloud that is not AWS.
func isElsewhere(d lenient.Document) bool {
	provider := d.Text("provider")
	return provider != "" && !strings.EqualFold(provider, "AWS")
}

func readActivity(e source.Envelope, d lenient.Document) finding.Activity {
	info := info(d)
	at := func(name string) time.Time { return cmp.Or(info.Get(name+"_dt").Time(), info.Get(name).Time()) }
	a := finding.Activity{
		Count:     d.Get("count").Integer(),
		FirstSeen: at("first_seen_time"), LastSeen: at("last_seen_time"), Created: at("created_time"), Updated: at("modified_time"),
		State: readState(d), Sample: isSample(d),
	}
	// AWS's own sample of an exposure has the time of the update under the second name.
	for _, other := range []time.Time{
		info.Get("finding.info.modified_time_dt").Time(), d.Get("time_dt").Time(), d.Get("time").Time(),
		d.Get("event_time").Time(), a.LastSeen, a.Created, e.Time,
	} {
		if a.Updated.IsZero() {
			a.Updated = other
		}
	}
	return a
}

// isSample reports whether the finding was generated to try things out: the title of a product of
// AWS says so, which no attacker can choose.
func isSample(d lenient.Document) bool {
	isAWS := strings.HasPrefix(passed(d).Product, "aws/")
	return d.Get("sample").IsTrue() || isAWS && strings.HasPrefix(strings.ToUpper(info(d).Text("title")), "[SAMPLE]")
}

// readState reads whether the finding is over. A closed one still says that its status is New, so
// that the activity counts first. A status in words counts before its id: where the two differ, as
// with one that some products write, what is open must not be lost.
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-ocsf-findings.html
func readState(d lenient.Document) finding.State {
	activity, _ := d.Get("activity_id").Number()
	if strings.EqualFold(d.Text("activity_name"), "Close") || activity == 3 {
		return finding.Closed
	}
	status := strings.ToLower(d.Text("status", "state"))
	if id, _ := d.At("status_id", "state_id").Number(); status == "" && id > 0 && id < 7 {
		status = [...]string{"", "new", "in progress", "suppressed", "resolved", "archived", "deleted"}[int(id)]
	}
	compliance := d.Get("compliance")
	result, _ := compliance.Get("status_id").Number()
	verdict := cmp.Or(compliance.Text("status"), d.Text("status_code")) // Prowler has the latter
	switch {
	case status == "suppressed":
		return finding.Suppressed
	case strings.EqualFold(verdict, "Pass") || verdict == "" && result == 1:
		return finding.Passed
	case status == "resolved":
		return finding.Resolved
	case status == "archived":
		return finding.Archived
	case status == "deleted":
		return finding.Closed
	default:
		return finding.Open
	}
}
