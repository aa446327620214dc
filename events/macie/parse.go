package macie

import (
	"bytes"
	"cmp"
	"encoding/json"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// parse reads a finding of Macie:
// https://docs.aws.amazon.com/macie/latest/APIReference/findings-describe.html
func parse(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	if d.Text("alert-arn") != "" || lenient.SameName(e.DetailType, alertType) {
		return parseAlert(e, d, raw)
	}
	around := outside(e, d)
	policy := d.Get("policyDetails")
	if policy.Absent() {
		policy = around.Get("policyDetails")
	}
	f := finding.Finding{
		ID:          cmp.Or(nativeID(d.Text("id")), d.Text("id")),
		Source:      cmp.Or(e.Source, sourceName),
		Type:        cmp.Or(d.Text("type"), e.DetailType),
		Title:       d.Text("title"),
		Description: d.Text("description"),
		Severity:    readSeverity(d.Get("severity")),
		Place: e.Place(finding.Place{
			Account: finding.Account{ID: d.Get("accountId").Account()}, Region: d.Text("region"), Partition: d.Text("partition"),
		}, ""),
		Actor:  readActor(policy.Get("actor")),
		Action: readAction(policy.Get("action")),
		Origin: e.Origin(raw),
	}
	f.Title = cmp.Or(f.Title, f.Type, e.DetailType, detailType)
	f.Activity = readActivity(d, policy.Get("action", "apiCallDetails"))
	f.Sample = d.Get("sample").IsTrue() || around.Get("sample").IsTrue()
	if d.Get("archived").IsTrue() || around.Get("archived").IsTrue() {
		f.State = finding.Archived
	}
	f.Resource = readResource(d.Get("resourcesAffected"))
	f.Facts = readFacts(d.Get("classificationDetails"), d.Text("category"))
	f.About.Aliases = lenient.AppendNew(nil, f.ID)
	return f
}

// outside returns the event around a detail, where the guide's schema has members that events have
// in the detail, and nothing for a detail that has them.
func outside(e source.Envelope, d lenient.Document) lenient.Document {
	if !d.Get("sample").IsNull() || !d.Get("archived").IsNull() || bytes.Equal(e.Event, e.Detail) {
		return lenient.Document{}
	}
	return lenient.Decode(e.Event)
}

// readSeverity reads a severity, which is a word and a score from 1 to 3.
func readSeverity(d lenient.Document) finding.Severity {
	if word := lenient.SeverityWord(cmp.Or(d.Text("description"), d.Text())); word != 0 {
		return word
	}
	score, _ := d.Get("score").Number()
	switch score {
	case 1:
		return lenient.SeverityWord("low")
	case 2:
		return lenient.SeverityWord("medium")
	case 3:
		return lenient.SeverityWord("high")
	}
	return 0
}

// readActivity reads when a finding was made, and of a policy finding when the call was seen.
func readActivity(d, call lenient.Document) finding.Activity {
	a := finding.Activity{
		Count: d.Get("count").Integer(), Created: d.Get("createdAt").Time(), Updated: d.Get("updatedAt").Time(),
		FirstSeen: call.Get("firstSeen").Time(), LastSeen: call.Get("lastSeen").Time(),
	}
	a.Updated = cmp.Or(a.Updated, a.LastSeen, a.Created)
	return a
}

// readAction reads the call that a policy finding is about.
func readAction(d lenient.Document) finding.Action {
	call := d.Get("apiCallDetails")
	return finding.Action{
		Kind: d.Text("actionType"),
		Attributes: finding.Attributes{}.With(finding.AttrAPI, call.Text("api")).
			With(finding.AttrService, call.Text("apiServiceName")),
	}
}

// readActor reads who did it and from where.
func readActor(d lenient.Document) finding.Actor {
	if d.Absent() {
		return finding.Actor{}
	}
	address := d.Get("ipAddressDetails")
	owner := address.Get("ipOwner")
	return finding.Actor{
		User: readUser(d.Get("userIdentity")),
		Remote: finding.Remote{
			IP:           address.Text("ipAddressV4", "ipAddressV6"),
			Country:      address.Get("ipCountry").Text("name"),
			CountryCode:  address.Get("ipCountry").Text("code"),
			City:         address.Get("ipCity").Text("name"),
			Organization: owner.Text("asnOrg", "org", "isp"), ASN: lenient.ASNumber(owner.Text("asn")),
			Domain: d.Get("domainDetails").Text("domainName"),
		},
	}
}

// readUser reads an identity, whose details stand under a name for its type.
func readUser(d lenient.Document) finding.User {
	u := finding.User{Type: d.Text("type")}
	who := d.At("assumedRole", "federatedUser", "iamUser", "root", "awsAccount", "awsService")
	issuer := who.Get("sessionContext", "sessionIssuer")
	u.Name = cmp.Or(who.Text("userName"), issuer.Text("userName"), who.Text("invokedBy"), lenient.ResourceName(who.Text("arn")),
		who.Get("accountId").Account())
	u.PrincipalID, u.AccessKey = who.Text("principalId"), who.Text("accessKeyId")
	if id, session, found := cut(u.PrincipalID); found {
		u.PrincipalID, u.Session = id, session
	}
	return u
}
