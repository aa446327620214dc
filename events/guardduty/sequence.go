package guardduty

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// readSequence reads what ties several signals together: an attack sequence, or the finding of a
// custom detection rule. It is nil when there is none. Home is where the finding happened.
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Sequence.html
func readSequence(d lenient.Document, home finding.Place) *finding.Sequence {
	if d.Absent() {
		return nil
	}
	s := &finding.Sequence{Description: d.Text("description")}
	for _, signal := range d.List("signals") {
		s.Signals = append(s.Signals, readSignal(signal))
	}
	for _, actor := range d.List("actors") {
		s.Actors = append(s.Actors, readSequenceActor(actor))
	}
	for _, resource := range d.List("resources") {
		s.Resources = append(s.Resources, readSequenceResource(resource, home))
	}
	for _, endpoint := range d.List("endpoints") {
		s.Endpoints = append(s.Endpoints, readEndpoint(endpoint))
	}
	for _, indicator := range d.List("sequenceIndicators") {
		s.Indicators = withIndicator(s.Indicators, indicator)
	}
	for _, signal := range d.List("signals") {
		for _, indicator := range signal.List("signalIndicators") {
			s.Indicators = withIndicator(s.Indicators, indicator)
		}
	}
	return s
}

// maxIndicators bounds the kinds of indicators, of which GuardDuty knows about twenty, so that the
// work does not grow with the square of what an event states.
const maxIndicators = 400

// withIndicator adds an indicator, whose values join those of the same key: a signal states again
// what its sequence does, and of a custom detection rule only the signals state any.
func withIndicator(all []finding.Indicator, d lenient.Document) []finding.Indicator {
	added := finding.Indicator{Key: d.Text("key"), Title: d.Text("title"), Values: indicatorValues(d)}
	at := slices.IndexFunc(all, func(i finding.Indicator) bool { return i.Key == added.Key })
	switch {
	case at < 0 && len(all) == maxIndicators:
		return all
	case at < 0:
		return append(all, added)
	}
	for _, value := range added.Values {
		all[at].Values = lenient.AppendNew(all[at].Values, value)
	}
	return all
}

func readSignal(d lenient.Document) finding.Signal {
	return finding.Signal{
		Name: d.Text("name", "uid"), Type: d.Text("type"), Description: d.Text("description"),
		Severity: numericSeverity(d.Get("severity")), Count: d.Get("count").Integer(),
		FirstSeen: cmp.Or(d.Get("firstSeenAt").Time(), d.Get("createdAt").Time()),
		LastSeen:  cmp.Or(d.Get("lastSeenAt").Time(), d.Get("updatedAt").Time()),
	}
}

func readSequenceActor(d lenient.Document) finding.Actor {
	user := d.Get("user")
	return finding.Actor{
		User: finding.User{
			Name: user.Text("name", "uid"), Type: user.Text("type"), AccessKey: user.Text("credentialUid"),
			PrincipalID: user.Text("uid"), Session: d.Get("session").Text("uid"),
		},
		Process: lenient.Process(d.Get("process")),
	}
}

// readSequenceResource reads a resource; the facts of its kind stand in "data", under a name of
// their own for each kind. Account and region are facts only where they are not the finding's own.
func readSequenceResource(d lenient.Document, home finding.Place) finding.Resource {
	r := finding.Resource{
		Type: d.Text("resourceType"), ID: d.Text("uid", "name"), Name: d.Text("name"), Tags: lenient.Tags(d),
	}
	if strings.HasPrefix(r.ID, "arn:") {
		r.ARN = r.ID
		r.ID = lenient.ResourceName(r.ARN)
	}
	r.Name = cmp.Or(r.Name, lenient.TagName(r.Tags))
	if account := d.Get("accountId").Account(); account != home.Account.ID {
		r.Attributes = r.Attributes.With(finding.AttrAccount, account)
	}
	if region := d.Text("region"); region != home.Region {
		r.Attributes = r.Attributes.With(finding.AttrRegion, region)
	}
	for _, m := range d.Get("data").Each() {
		details := m.Value
		r.Attributes = r.Attributes.
			With(finding.AttrPublicIP, details.Text("publicIp")).
			With(finding.AttrInstanceType, details.Text("instanceType")).
			With(finding.AttrImage, details.Text("imageId", "image")).
			With(finding.AttrUser, details.Text("userName")).
			With(finding.AttrPublicAccess, details.Text("effectivePermission"))
	}
	return r
}

func readEndpoint(d lenient.Document) finding.Remote {
	system := d.Get("autonomousSystem")
	return finding.Remote{
		IP: d.Text("ip"), Domain: d.Text("domain"),
		Country: d.Get("location").Text("country"), City: d.Get("location").Text("city"),
		Organization: system.Text("name"), ASN: lenient.ASNumber(system.Text("number")),
	}
}

// indicatorValues reads the values, which are texts, or objects such as
// {"AnyCompany":["TUNNEL_VPN"]} for a suspicious network.
func indicatorValues(d lenient.Document) []string {
	var values []string
	for _, value := range d.Get("values").Elements() {
		if text := value.Text(); text != "" {
			values = lenient.AppendNew(values, text)
			continue
		}
		for _, m := range value.Each() {
			values = lenient.AppendNew(values, lenient.JoinWords(m.Name, strings.Join(m.Value.Texts(), ", ")))
		}
	}
	return values
}

// sequenceBounds returns the first and the last time at which a signal was seen.
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
