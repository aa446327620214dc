package events

import (
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// readSequence reads what ties several signals together: an attack sequence, or the finding of a
// custom detection rule. It is nil when there is none. Home is where the finding happened.
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Sequence.html
func readSequence(d document, home finding.Place) *finding.Sequence {
	if d.absent() {
		return nil
	}
	s := &finding.Sequence{Description: d.text("description")}
	for _, signal := range d.list("signals") {
		s.Signals = append(s.Signals, readSignal(signal))
	}
	for _, actor := range d.list("actors") {
		s.Actors = append(s.Actors, readSequenceActor(actor))
	}
	for _, resource := range d.list("resources") {
		s.Resources = append(s.Resources, readSequenceResource(resource, home))
	}
	for _, endpoint := range d.list("endpoints") {
		s.Endpoints = append(s.Endpoints, readEndpoint(endpoint))
	}
	for _, indicator := range d.list("sequenceIndicators") {
		s.Indicators = append(s.Indicators, finding.Indicator{
			Key: indicator.text("key"), Title: indicator.text("title"), Values: indicatorValues(indicator),
		})
	}
	return s
}

func readSignal(d document) finding.Signal {
	return finding.Signal{
		Name: d.text("name", "uid"), Type: d.text("type"), Description: d.text("description"),
		Severity: numericSeverity(d.get("severity")), Count: d.get("count").integer(),
		FirstSeen: firstTime(d.get("firstSeenAt"), d.get("createdAt")),
		LastSeen:  firstTime(d.get("lastSeenAt"), d.get("updatedAt")),
	}
}

func firstTime(documents ...document) time.Time {
	for _, d := range documents {
		if t := d.time(); !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

func readSequenceActor(d document) finding.Actor {
	user := d.get("user")
	return finding.Actor{
		User: finding.User{
			Name: user.text("name", "uid"), Type: user.text("type"), AccessKey: user.text("credentialUid"),
			PrincipalID: user.text("uid"), Session: d.get("session").text("uid"),
		},
		Process: readProcess(d.get("process")),
	}
}

// readSequenceResource reads a resource; the facts of its kind stand in "data", under a name of their
// own for each kind. Account and region are facts only where they are not the finding's own.
func readSequenceResource(d document, home finding.Place) finding.Resource {
	r := finding.Resource{
		Type: d.text("resourceType"), ID: d.text("uid", "name"), Name: d.text("name"), Tags: readTags(d),
	}
	if strings.HasPrefix(r.ID, "arn:") {
		r.ARN = r.ID
		r.ID = resourceName(r.ARN)
	}
	r.Name = firstOf(r.Name, tagName(r.Tags))
	if account := d.get("accountId").account(); account != home.Account.ID {
		r.Attributes = r.Attributes.With(finding.AttrAccount, account)
	}
	if region := d.text("region"); region != home.Region {
		r.Attributes = r.Attributes.With(finding.AttrRegion, region)
	}
	for _, m := range d.get("data").each() {
		details := m.value
		r.Attributes = r.Attributes.
			With(finding.AttrPublicIP, details.text("publicIp")).
			With(finding.AttrInstanceType, details.text("instanceType")).
			With(finding.AttrImage, details.text("imageId", "image")).
			With(finding.AttrUser, details.text("userName")).
			With(finding.AttrPublicAccess, details.text("effectivePermission"))
	}
	return r
}

func readEndpoint(d document) finding.Remote {
	system := d.get("autonomousSystem")
	return finding.Remote{
		IP: d.text("ip"), Domain: d.text("domain"),
		Country: d.get("location").text("country"), City: d.get("location").text("city"),
		Organization: system.text("name"), ASN: asNumber(system.text("number")),
	}
}

// indicatorValues reads the values, which are texts, or objects such as {"AnyCompany":["TUNNEL_VPN"]}
// for a suspicious network.
func indicatorValues(d document) []string {
	var values []string
	for _, value := range d.get("values").elements() {
		if text := value.text(); text != "" {
			values = appendNew(values, text)
			continue
		}
		for _, m := range value.each() {
			values = appendNew(values, joinWords(m.name, strings.Join(m.value.texts(), ", ")))
		}
	}
	return values
}

// sequenceBounds gives the first and the last time at which a signal was seen.
func sequenceBounds(s *finding.Sequence) (earliest, latest time.Time) {
	if s == nil {
		return earliest, latest
	}
	for _, signal := range s.Signals {
		if seen := signal.FirstSeen; !seen.IsZero() && (earliest.IsZero() || seen.Before(earliest)) {
			earliest = seen
		}
		if signal.LastSeen.After(latest) {
			latest = signal.LastSeen
		}
	}
	return earliest, latest
}
