package securityhub

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// evidence is what shows that it happened: https://schema.ocsf.io/1.6.0/objects/evidences
// Each piece has some of the members, and none has all.
type evidence []lenient.Document

func readEvidence(d lenient.Document) evidence { return d.List("evidences") }

// get returns the first member at the path that is there.
func (e evidence) get(path ...string) lenient.Document {
	for _, piece := range e {
		if member := piece.Get(path...); !member.Absent() {
			return member
		}
	}
	return lenient.Document{}
}

// readActor reads who did it from the evidence, and the identity from the access key among the
// resources where the evidence has none.
func readActor(d lenient.Document) finding.Actor {
	e := readEvidence(d)
	process := e.get("actor", "process")
	if process.Absent() {
		process = e.get("process")
	}
	actor := finding.Actor{
		Remote: readEndpoint(e.get("src_endpoint")), User: readUser(e, d.List("resources")), Process: readProcess(process),
		UserAgent: e.get("http_request").Text("user_agent"),
	}
	if actor.Remote == (finding.Remote{}) {
		actor.Remote = readEndpoint(e.get("dst_endpoint"))
	}
	return actor
}

// readEndpoint reads an end of the network: https://schema.ocsf.io/1.6.0/objects/network_endpoint
func readEndpoint(d lenient.Document) finding.Remote {
	location, system := d.Get("location"), d.Get("autonomous_system")
	remote := finding.Remote{
		IP: d.Text("ip"), Domain: d.Text("domain", "hostname"),
		City: location.Text("city"), Organization: cmp.Or(system.Text("name"), location.Text("isp")),
		ASN: lenient.ASNumber(system.Text("number")), Account: finding.Account{ID: d.Get("owner", "account", "uid").Account()},
	}
	if country := location.Text("country"); len(country) == 2 {
		remote.CountryCode = country
	} else {
		remote.Country = country
	}
	if remote == (finding.Remote{}) {
		remote.Domain = d.Text("uid", "svc_name")
	}
	return remote
}

func readUser(e evidence, resources []lenient.Document) finding.User {
	if d := e.get("actor", "user"); d.Text("name") != "" || d.Text("credential_uid") != "" {
		return finding.User{
			Name: d.Text("name"), Type: d.Text("type"), PrincipalID: d.Text("uid"), AccessKey: d.Text("credential_uid"),
			Session: e.get("actor", "session").Text("uid"),
		}
	}
	for _, resource := range resources {
		data, owner := resourceData(resource), resource.Get("user")
		isKey := finding.Resource{Type: resource.Text("type")}.Kind() == finding.KindAccessKey
		if !isKey || data.Absent() && owner.Absent() {
			continue
		}
		user := finding.User{
			Name: cmp.Or(data.Text("user_name", "principal_name"), owner.Text("name", "uid")), Type: data.Text("user_type", "principal_type"),
			PrincipalID: data.Text("principal_id"), AccessKey: cmp.Or(data.Text("access_key_id"), resource.Text("uid")),
		}
		if id, session, isBoth := strings.Cut(user.PrincipalID, ":"); isBoth {
			user.PrincipalID, user.Session = id, session
		}
		return user
	}
	return finding.User{}
}

// readProcess reads a process: https://schema.ocsf.io/1.6.0/objects/process
func readProcess(d lenient.Document) finding.Process {
	file := d.Get("file")
	p := finding.Process{
		Name: cmp.Or(d.Text("name"), known(file.Text("name"))), Path: cmp.Or(known(file.Text("path")), d.Text("path")),
		User: d.Get("user").Text("name", "uid"), PID: d.Text("pid"), SHA256: hash(file),
	}
	return p
}

// known returns a text, but not the word for one that is not known.
func known(text string) string {
	if strings.EqualFold(text, "UNKNOWN") {
		return ""
	}
	return text
}

// hash returns the SHA-256 of a file.
func hash(file lenient.Document) string {
	for _, h := range file.List("hashes") {
		if lenient.SameName(h.Text("algorithm"), "SHA256") {
			return lenient.FileHash(h.Text("value"))
		}
	}
	return ""
}

// readAction reads what was done: a call, a query, a connection, a command.
func readAction(d lenient.Document) finding.Action {
	e := readEvidence(d)
	connection, local := e.get("connection_info"), e.get("dst_endpoint").Text("port")
	if call := e.get("api"); !call.Absent() {
		return finding.Action{Kind: "AWS_API_CALL", Attributes: finding.Attributes{}.
			With(finding.AttrAPI, call.Text("operation")).
			With(finding.AttrService, call.Get("service").Text("name")).
			With(finding.AttrErrorCode, call.Get("response").Text("error", "error_message", "code")).
			With(finding.AttrAffected, affected(e.get("data", "affected_resource")))}
	}
	if query := e.get("query"); !query.Absent() {
		return finding.Action{Kind: "DNS_REQUEST", Attributes: finding.Attributes{}.
			With(finding.AttrDomain, query.Text("hostname")).
			With(finding.AttrProtocol, connection.Text("protocol_name"))}
	}
	if !connection.Absent() || local != "" {
		remote := e.get("src_endpoint").Text("port")
		if strings.EqualFold(connection.Text("direction"), "Outbound") {
			local, remote = remote, local
		}
		return finding.Action{Kind: "NETWORK_CONNECTION", Attributes: finding.Attributes{}.
			With(finding.AttrDirection, strings.ToUpper(connection.Text("direction"))).
			With(finding.AttrProtocol, connection.Text("protocol_name")).
			With(finding.AttrLocalPort, local).
			With(finding.AttrRemotePort, remote)}
	}
	command := cmp.Or(e.get("actor", "process").Text("cmd_line"), e.get("process").Text("cmd_line"))
	file := cmp.Or(known(e.get("file").Text("path")), known(e.get("file").Text("name")))
	return finding.Action{Attributes: finding.Attributes{}.With(finding.AttrCommand, command).With(finding.AttrFile, file)}
}

// affected returns the names of what a call was about, from an object of types and names.
func affected(d lenient.Document) string {
	var names []string
	for _, m := range d.Each() {
		for _, text := range m.Value.Texts() {
			names = lenient.AppendNew(names, lenient.ResourceName(text))
		}
	}
	return strings.Join(names, ", ")
}

// maxThreats bounds the threats of a finding.
const maxThreats = 100

// readThreats reads malware and the entries of threat lists.
func readThreats(d lenient.Document) []finding.Threat {
	var threats []finding.Threat
	for _, malware := range d.List("malware") {
		files := malware.List("files")
		for _, file := range files {
			threats = append(threats, finding.Threat{Name: malware.Text("name", "uid"), File: file.Text("path", "name"), SHA256: hash(file)})
		}
		if len(files) == 0 {
			threats = append(threats, finding.Threat{Name: malware.Text("name", "uid"), File: malware.Text("path")})
		}
	}
	for _, indicator := range d.List("osint") {
		threats = append(threats, finding.Threat{Name: indicator.Text("name", "value"), List: indicator.Text("vendor_name", "src_url")})
	}
	return threats[:min(len(threats), maxThreats)]
}

// traitText returns "Reachability: Publicly Invocable" for a trait, which is a tag in older findings.
func traitText(d lenient.Document) string {
	category, name := d.Text("category"), d.Text("name", "type")
	values := strings.Join(d.Get("values").Texts(), ", ")
	switch {
	case values == "" && category == "":
		return name
	case values == "":
		return strings.TrimSuffix(category+": "+name, ": ")
	default:
		return cmp.Or(name, category) + ": " + values
	}
}

// readSequence reads the findings that hold together, as those of an attack sequence or of an
// exposure do, and is nil where there are none.
func readSequence(info lenient.Document) *finding.Sequence {
	s := &finding.Sequence{}
	for _, related := range info.List("related_events") {
		var traits []string
		for _, trait := range append(related.List("tags"), related.List("traits")...) {
			traits = lenient.AppendNew(traits, traitText(trait))
		}
		s.Signals = append(s.Signals, finding.Signal{
			Name: related.Text("title", "uid"), Type: related.Text("type"), Description: strings.Join(traits, "; "),
			Severity: severity(related), Count: related.Get("count").Integer(),
			FirstSeen: cmp.Or(related.Get("first_seen_time_dt").Time(), related.Get("first_seen_time").Time()),
			LastSeen:  cmp.Or(related.Get("last_seen_time_dt").Time(), related.Get("last_seen_time").Time()),
		})
	}
	if len(s.Signals) == 0 {
		return nil
	}
	tactics, techniques := finding.Indicator{Key: "ATTACK_TACTIC"}, finding.Indicator{Key: "ATTACK_TECHNIQUE"}
	for _, attack := range info.List("attacks") {
		tactics.Values = lenient.AppendNew(tactics.Values, attack.Get("tactic").Text("name"))
		techniques.Values = lenient.AppendNew(techniques.Values, attack.Get("technique").Text("name", "uid"))
	}
	s.Indicators = append(s.Indicators, tactics, techniques)
	for _, trait := range info.List("traits") {
		s.Indicators = append(s.Indicators, finding.Indicator{Key: trait.Text("name"), Values: trait.Get("values").Texts()})
	}
	return s
}
