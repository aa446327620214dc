package securityhubcspm

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// readSequence reads what ties several signals together, and is nil where there is nothing:
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Sequence.html
func readSequence(d lenient.Document) *finding.Sequence {
	if d.Absent() {
		return nil
	}
	s := &finding.Sequence{}
	for _, signal := range d.List("Signals") {
		score, _ := signal.Get("Severity").Number()
		s.Signals = append(s.Signals, finding.Signal{
			Name: signal.Text("Name", "Title"), Type: signal.Text("Type"), Description: signal.Text("Title"),
			Severity: finding.NewSeverity(score), Count: signal.Get("Count").Integer(),
			FirstSeen: cmp.Or(signal.Get("FirstSeenAt").Time(), signal.Get("CreatedAt").Time()),
			LastSeen:  cmp.Or(signal.Get("LastSeenAt").Time(), signal.Get("UpdatedAt").Time()),
		})
	}
	for _, actor := range d.List("Actors") {
		user := actor.Get("User")
		s.Actors = append(s.Actors, finding.Actor{User: finding.User{
			Name: user.Text("Name", "Uid"), Type: user.Text("Type"), AccessKey: user.Text("CredentialUid"),
			PrincipalID: user.Text("Uid"), Session: actor.Get("Session").Text("Uid"),
		}})
	}
	for _, endpoint := range d.List("Endpoints") {
		system, location := endpoint.Get("AutonomousSystem"), endpoint.Get("Location")
		s.Endpoints = append(s.Endpoints, finding.Remote{
			IP: endpoint.Text("Ip"), Domain: endpoint.Text("Domain"), Country: location.Text("Country"), City: location.Text("City"),
			Organization: system.Text("Name"), ASN: lenient.ASNumber(system.Text("Number")),
		})
	}
	for _, indicator := range d.List("SequenceIndicators") {
		s.Indicators = append(s.Indicators, finding.Indicator{
			Key: strings.ToUpper(indicator.Text("Key")), Title: indicator.Text("Title"), Values: indicator.Get("Values").Texts(),
		})
	}
	return s
}
