package cloudtrail

import (
	"cmp"
	"encoding/json"
	"net/netip"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// eventPrefix is what the id of a finding that is one event begins with.
const eventPrefix = "event/"

// parse reads a record of CloudTrail:
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func parse(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	r := readRecord(e, d)
	account := cmp.Or(d.Get("recipientAccountId").Account(), e.Account, d.Get("userIdentity", "accountId").Account())
	f := finding.Finding{
		Source: cmp.Or(e.Source, "aws.cloudtrail"), Type: r.findingType(), Title: r.title(),
		Description: r.description(), Severity: r.severity(),
		Place:  e.Place(finding.Place{Account: finding.Account{ID: account}, Region: d.Text("awsRegion")}, ""),
		Actor:  finding.Actor{User: r.user, UserAgent: d.Text("userAgent")},
		Origin: e.Origin(raw),
	}
	from := d.Text("sourceIPAddress")
	first, way, _ := strings.Cut(from, ",") // behind the first, the proxies that it came by
	if _, err := netip.ParseAddr(first); err == nil {
		f.Actor.Remote.IP = first
		if way == "" {
			from = ""
		}
	}
	f.ID = r.id(d, f.Actor.Remote.IP)
	f.FirstSeen, f.LastSeen, f.Updated = r.when, r.when, r.when
	if r.kind == insight && strings.EqualFold(r.insight.Text("state"), "End") {
		f.State = finding.Closed
	}
	f.Action = action(d, r)
	for i, resource := range resources(d, r.service) {
		if i == 0 {
			f.Resource = resource
		} else {
			f.Related = append(f.Related, resource)
		}
	}
	f.Facts = facts(d, r).With("via", from)
	if !strings.HasPrefix(f.ID, eventPrefix) {
		f.Facts = f.Facts.With("event", d.Text("eventID"))
	}
	f.About.Aliases = lenient.AppendNew(nil, d.Text("eventID"))
	return f
}

// action is what was called. Only a refusal is told with the call; another error is a fact.
func action(d lenient.Document, r record) finding.Action {
	a := finding.Action{Kind: "AWS_API_CALL"}
	a.Attributes = a.Attributes.
		With(finding.AttrAPI, r.name).
		With(finding.AttrService, d.Text("eventSource")).
		With(finding.AttrAffected, affected(d.Get("requestParameters")))
	if r.isRefused() {
		a.Attributes = a.Attributes.With(finding.AttrErrorCode, r.errorCode)
	}
	return a
}

// maxAffected bounds the names that are told of what a call was about.
const maxAffected = 5

// affected returns the names and ids in the parameters of a call. The rest can be long, or secret.
func affected(parameters lenient.Document) string {
	var names []string
	for _, m := range parameters.Each() {
		for _, end := range []string{"name", "id", "arn", "identifier"} {
			if text := m.Value.Text(); text != "" && m.Value.Flag() == "" && !strings.HasSuffix(m.Name, "SessionName") && m.Name != "attributeName" && strings.HasSuffix(strings.ToLower(m.Name), end) && len(names) < maxAffected {
				names = lenient.AppendNew(names, lenient.ResourceName(text))
			}
		}
	}
	return strings.Join(names, ", ")
}

// resources returns the resources that the record names, and those that the call names beside them.
func resources(d lenient.Document, service string) []finding.Resource {
	var all []finding.Resource
	known := map[string]bool{}
	add := func(r finding.Resource) {
		if !r.Zero() && !known[r.ID] {
			known[r.ID] = true
			all = append(all, r)
		}
	}
	for _, resource := range d.List("resources") {
		arn := resource.Text("ARN", "ARNPrefix")
		add(finding.Resource{Type: resource.Text("type"), ID: lenient.ResourceName(arn), ARN: arn})
	}
	for _, r := range touched(d, service) {
		add(r)
	}
	return all
}

// description returns what the service says went wrong, unless the title does.
func (r record) description() string {
	if r.isLogin() {
		return ""
	}
	return r.error
}

// facts returns what else a responder needs to know, and neither the title nor the action says.
func facts(d lenient.Document, r record) finding.Attributes {
	identity := d.Get("userIdentity")
	facts := finding.Attributes{}
	if !r.isLogin() {
		facts = facts.With("result", r.result)
	}
	facts = facts.With("mfa", r.mfa)
	if r.kind == serviceEvent || r.kind == insight {
		facts = facts.With("error", r.errorCode)
	}
	page, _, _ := strings.Cut(d.Get("additionalEventData").Text("LoginTo"), "?") // what follows is the state of the page
	facts = facts.
		With("parameters", requestText(d.Get("requestParameters"))).
		With("identity", identity.Text("arn")).
		With("issuer", identity.Get("sessionContext", "sessionIssuer").Text("arn")).
		With("on_behalf_of", identity.Get("onBehalfOf").Text("userId")).
		With("caller_account", callerAccount(d)).
		With("invoked_by", identity.Text("invokedBy")).
		With("address", page).
		With("insight", insightText(r.insight, d.Text("insightType"))).
		With("insight_identities", attributed(r.insight, "userIdentityArn")).
		With("insight_agents", attributed(r.insight, "userAgent")).
		With("insight_errors", attributed(r.insight, "errorCode"))
	if r.isReadOnly {
		facts = facts.With("read_only", "true")
	}
	return facts.With("vpc_endpoint", d.Text("vpcEndpointId"))
}

// callerAccount returns the account of a caller from another account.
func callerAccount(d lenient.Document) string {
	caller := d.Get("userIdentity", "accountId").Account()
	if own := d.Get("recipientAccountId").Account(); own == "" || own == caller {
		return ""
	}
	return caller
}

// insightText returns "ApiCallRateInsight: 120 in place of 3". The sort of insight stands in its
// details, or beside them.
func insightText(d lenient.Document, beside string) string {
	statistics := d.Get("insightContext", "statistics")
	text := d.Text("insightType")
	if !d.IsNull() {
		text = cmp.Or(text, beside)
	}
	if now := statistics.Get("insight").Text("average"); now != "" {
		rate := now + " in place of " + cmp.Or(statistics.Get("baseline").Text("average"), "none")
		text = strings.TrimPrefix(text+": "+rate, ": ")
	}
	return text
}

// maxAttributed bounds how many of those are told to whom the calls of an insight are put down.
const maxAttributed = 5

// attributed returns to whom or what most of the unusual calls are put down, with their rate:
// "arn:aws:iam::111122223333:user/ann (20)".
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-insights-fields-insight-details.html
func attributed(d lenient.Document, attribute string) string {
	var all []string
	for _, a := range d.Get("insightContext").List("attributions") {
		if a.Text("attribute") != attribute {
			continue
		}
		for _, one := range a.List("insight") {
			value := one.Text("value")
			if value == "" || value == "null" || len(all) == maxAttributed { // null stands for calls without an error
				continue
			}
			if rate := one.Text("average"); rate != "" {
				value += " (" + rate + ")"
			}
			all = append(all, value)
		}
	}
	return strings.Join(all, ", ")
}
