package securityhubcspm

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// fields are ProductFields, in which products keep what ASFF has no member for, by the path that it
// has in the product's own form: "service.action.actionType" for a name that ends with
// "/service/action/actionType". Letters are small, and of several elements of a list the first
// counts.
type fields map[string]lenient.Document

// readFields reads of ProductFields what stands under "service", and what is found by the end of
// its name wherever it stands. The rest is of no use to a person.
func readFields(d lenient.Document) fields {
	var all fields
	for _, m := range d.Members() {
		name, last := m.Name, m.Name[strings.LastIndexByte(m.Name, '/')+1:]
		at := strings.Index(name, "/service/")
		switch {
		case at >= 0:
			name = strings.ReplaceAll(name[at+1:], ".0_", "")
		case !strings.EqualFold(last, "userAgent") && !strings.EqualFold(last, "inspectorScore"):
			continue
		}
		if all == nil {
			all = fields{}
		}
		all[strings.ToLower(strings.ReplaceAll(name, "/", "."))] = m.Value
	}
	return all
}

// document returns the field at a path.
func (f fields) document(path string) lenient.Document { return f[strings.ToLower(path)] }

// pick returns the first text that stands at one of the paths, in Action or in the fields.
func pick(d lenient.Document, f fields, paths ...string) string {
	if d.Absent() && len(f) == 0 {
		return ""
	}
	for _, path := range paths {
		if text := cmp.Or(d.At(path).Text(), f.document("service.action."+path).Text()); text != "" {
			return text
		}
	}
	return ""
}

// actionKind is a member of Action and the type of action that it describes.
type actionKind struct{ member, kind string }

func actionKinds() [4]actionKind {
	return [...]actionKind{
		{"AwsApiCallAction", "AWS_API_CALL"}, {"NetworkConnectionAction", "NETWORK_CONNECTION"},
		{"DnsRequestAction", "DNS_REQUEST"}, {"PortProbeAction", "PORT_PROBE"},
	}
}

// readAction reads what was done:
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Action.html
func readAction(d lenient.Document, f fields) finding.Action {
	action := d.Get("Action")
	a := finding.Action{Kind: pick(action, f, "ActionType")}
	for _, kind := range actionKinds() {
		at := func(paths ...string) string {
			for i := range paths {
				paths[i] = kind.member + "." + paths[i]
			}
			return pick(action, f, paths...)
		}
		if a.Kind != "" && a.Kind != kind.kind {
			continue
		}
		if a.Attributes = actionFacts(at); len(a.Attributes) > 0 {
			a.Kind = kind.kind
			return a
		}
	}
	if network := d.Get("Network"); a.Kind == "" && !network.Absent() {
		a = finding.Action{Kind: "NETWORK_CONNECTION", Attributes: networkFacts(network)}
	}
	return a
}

// actionFacts returns the facts of an action, whose members have names of their own for each kind.
func actionFacts(at func(paths ...string) string) finding.Attributes {
	port := func(path string) string {
		name := at(path + ".PortName")
		if strings.EqualFold(name, "Unknown") {
			name = ""
		}
		return lenient.JoinWords(at(path+".Port"), name)
	}
	local := cmp.Or(port("LocalPortDetails"), port("PortProbeDetails.LocalPortDetails"))
	return finding.Attributes{}.
		With(finding.AttrAPI, at("Api")).
		With(finding.AttrService, at("ServiceName")).
		With(finding.AttrErrorCode, at("ErrorCode")).
		With(finding.AttrCaller, at("CallerType")).
		With(finding.AttrDomain, at("Domain", "DomainWithSuffix")).
		With(finding.AttrDirection, at("ConnectionDirection")).
		With(finding.AttrProtocol, at("Protocol")).
		With(finding.AttrLocalPort, local).
		With(finding.AttrRemotePort, port("RemotePortDetails")).
		With(finding.AttrLocalIP, at("LocalIpDetails.IpAddressV4", "PortProbeDetails.LocalIpDetails.IpAddressV4")).
		With(finding.AttrBlocked, strings.ToLower(at("Blocked")))
}

// networkFacts reads the connection of products that write none into Action.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Network.html
func networkFacts(d lenient.Document) finding.Attributes {
	local, remote := d.Text("DestinationPort"), d.Text("SourcePort")
	if isOut(d) {
		local, remote = remote, local
	}
	if ports := d.Get("OpenPortRange"); !ports.Absent() {
		local = cmp.Or(ports.Text("Begin"), local)
		if end := ports.Text("End"); end != "" && end != local {
			local += "-" + end
		}
	}
	return finding.Attributes{}.
		With(finding.AttrDirection, directionWord(d.Text("Direction"))).
		With(finding.AttrProtocol, d.Text("Protocol")).
		With(finding.AttrLocalPort, local).
		With(finding.AttrRemotePort, remote)
}

func isOut(d lenient.Document) bool { return strings.EqualFold(d.Text("Direction"), "OUT") }

// directionWord returns ASFF's word as the other forms have it.
func directionWord(text string) string {
	switch strings.ToUpper(text) {
	case "IN":
		return "INBOUND"
	case "OUT":
		return "OUTBOUND"
	}
	return text
}

// readActor reads who did it: the remote end from the action or the network, the identity from the
// access key among the resources, the process.
func readActor(d lenient.Document, f fields, sequence *finding.Sequence) finding.Actor {
	process := d.Get("Process")
	actor := finding.Actor{
		Remote:    readRemote(d, f),
		User:      readUser(d.List("Resources")),
		UserAgent: cmp.Or(f.document("service.additionalInfo.userAgent.fullUserAgent").Text(), endingWith(f, ".useragent")),
		Process:   finding.Process{Name: process.Text("Name"), Path: process.Text("Path"), PID: process.Text("Pid")},
	}
	if sequence == nil {
		return actor
	}
	for _, other := range sequence.Actors {
		if actor.User == (finding.User{}) {
			actor.User = other.User
		}
	}
	if actor.Remote == (finding.Remote{}) && len(sequence.Endpoints) > 0 {
		actor.Remote = sequence.Endpoints[0]
	}
	return actor
}

// endingWith returns the first field by name whose name ends with a suffix.
func endingWith(f fields, suffix string) string {
	best, text := "", ""
	for name, value := range f {
		if strings.HasSuffix(name, suffix) && (best == "" || name < best) && value.Text() != "" {
			best, text = name, value.Text()
		}
	}
	return text
}

func readRemote(d lenient.Document, f fields) finding.Remote {
	action := d.Get("Action")
	for _, kind := range actionKinds() {
		for _, member := range []string{".RemoteIpDetails", ".PortProbeDetails.RemoteIpDetails"} {
			at := func(path string) string { return pick(action, f, kind.member+member+"."+path) }
			if ip := cmp.Or(at("IpAddressV4"), at("IpAddressV6")); ip != "" {
				return finding.Remote{
					IP: ip, Country: at("Country.CountryName"), CountryCode: at("Country.CountryCode"), City: at("City.CityName"),
					Organization: cmp.Or(at("Organization.AsnOrg"), at("Organization.Org"), at("Organization.Isp")),
					ASN:          lenient.ASNumber(at("Organization.Asn")),
				}
			}
		}
	}
	network := d.Get("Network")
	if isOut(network) {
		return finding.Remote{IP: network.Text("DestinationIpV4", "DestinationIpV6"), Domain: network.Text("DestinationDomain")}
	}
	return finding.Remote{IP: network.Text("SourceIpV4", "SourceIpV6"), Domain: network.Text("SourceDomain")}
}

// readUser reads the identity whose rights were used, which stands in the details of an access key.
func readUser(resources []lenient.Document) finding.User {
	for _, resource := range resources {
		key := resource.Get("Details", "AwsIamAccessKey")
		if key.Absent() {
			continue
		}
		user := finding.User{
			Name: cmp.Or(key.Text("UserName", "PrincipalName"), key.Get("SessionContext", "SessionIssuer").Text("UserName")),
			Type: key.Text("PrincipalType"), PrincipalID: key.Text("PrincipalId"), AccessKey: key.Text("AccessKeyId"),
		}
		if user.AccessKey == "" && strings.HasPrefix(resource.Text("Id"), "AWS::IAM::AccessKey:") {
			user.AccessKey = resourceName(resource.Text("Id"))
		}
		if id, session, isBoth := strings.Cut(user.PrincipalID, ":"); isBoth {
			user.PrincipalID, user.Session = id, session
		}
		return user
	}
	return finding.User{}
}
