package guardduty

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// additionalInfo returns what a finding says besides, in members that each type has of its own. They
// stand in an object, or in a text that holds one, which takes its time to decode.
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_ServiceAdditionalInfo.html
func additionalInfo(service lenient.Document) []lenient.Document {
	info := service.Get("additionalInfo").DecodeText()
	return []lenient.Document{info, info.Get("value").DecodeText()}
}

// addAdditional adds the further ends of what was done, the calls, the ports and the changes that a
// finding says besides.
func addAdditional(facts finding.Attributes, service lenient.Document, additional []lenient.Document) finding.Attributes {
	facts = facts.With("further_addresses", strings.Join(furtherAddresses(service.Get("action")), ", "))
	for _, info := range additional {
		var ports, recent []string
		for _, name := range []string{"scannedPort", "additionalScannedPorts", "portsScannedSample"} {
			for _, scanned := range info.Get(name).Texts() {
				ports = lenient.AppendNew(ports, scanned)
			}
		}
		for _, call := range append(info.List("recentApiCalls"), info.List("apiCalls")...) {
			recent = lenient.AppendNew(recent, lenient.JoinWords(call.Text("api", "name"), call.Text("count")))
		}
		facts = facts.
			With("scanned_ports", strings.Join(ports, ", ")).
			With("recent_calls", strings.Join(recent, ", ")).
			With("changed", changed(info.Get("oldPolicy"), info.Get("newPolicy")))
	}
	return facts
}

// furtherAddresses returns the addresses of the remote ends but the one that is the actor's, with
// their countries: those of further probes, of the proxies before a Kubernetes call, and the other
// version of the same.
func furtherAddresses(action lenient.Document) []string {
	var all []string
	actor := readRemoteOf(action).IP
	add := func(address, country string) {
		if address != actor && address != "" {
			all = lenient.AppendNew(all, lenient.JoinWords(address, country))
		}
	}
	for _, m := range action.Each() {
		for _, end := range append(m.Value.List("portProbeDetails"), m.Value) {
			remote := end.Get("remoteIpDetails")
			country := remote.Get("country").Text("countryName")
			add(remote.Text("ipAddressV4"), country)
			add(remote.Text("ipAddressV6"), country)
		}
		for _, address := range m.Value.Get("sourceIPs").Texts() {
			add(address, "")
		}
	}
	return all
}

// changed returns what of a policy has changed: "maxPasswordAge: 180 -> 90".
func changed(before, after lenient.Document) string {
	var changes []string
	for _, m := range before.Each() {
		was, is := m.Value.Text(), after.Text(m.Name)
		if was != is {
			changes = lenient.AppendNew(changes, m.Name+": "+cmp.Or(was, "-")+" -> "+cmp.Or(is, "-"))
		}
	}
	return strings.Join(changes, ", ")
}

// unusual returns why a finding of unusual behaviour is one: "userAgent: curl (UNSEEN)". It stands
// in objects within objects, whose names are open; older findings have an object of texts, or one
// text beside the protocol.
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_AnomalyUnusual.html
func unusual(service lenient.Document, additional []lenient.Document) string {
	var reasons []string
	for _, group := range service.Get("detection", "anomaly", "unusual", "behavior").Each() {
		for _, m := range group.Value.Each() {
			seen := strings.Join(m.Value.Get("observations", "text").Texts(), ", ")
			reason := lenient.JoinWords(cmp.Or(seen, m.Value.Text()), m.Value.Text("profileSubtype"))
			reasons = lenient.AppendNew(reasons, labelled(m.Name, reason))
		}
	}
	isKnown := len(reasons) > 0
	for _, info := range additional {
		reasons = lenient.AppendNew(reasons, lenient.JoinWords(info.Get("unusual").Text(), info.Text("unusualProtocol")))
		for _, m := range info.Get("unusual").Each() {
			reasons = lenient.AppendNew(reasons, labelled(m.Name, strings.Join(unusualTexts(m), ", ")))
		}
		// The same in other words, where the anomaly says it as well.
		for _, m := range append(info.Get("unusualBehavior").Each(), info.Get("anomalies").Each()...) {
			if text := m.Value.Text(); text != "" && !isKnown && !strings.HasPrefix(m.Name, "is") {
				reasons = lenient.AppendNew(reasons, labelled(m.Name, text))
			}
		}
	}
	return strings.Join(reasons[:min(len(reasons), maxUnusual)], "; ")
}

// unusualTexts returns the texts of a member. The hours are points in time, in milliseconds.
func unusualTexts(m lenient.Member) []string {
	if !lenient.SameName(m.Name, "hoursOfDay") {
		return m.Value.Texts()
	}
	var hours []string
	for _, hour := range m.Value.Elements() {
		hours = lenient.AppendNew(hours, lenient.TimeText(hour))
	}
	return hours
}

// labelled returns "name: text", or the name alone.
func labelled(name, text string) string {
	if text == "" {
		return name
	}
	return name + ": " + text
}
