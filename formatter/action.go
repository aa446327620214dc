package formatter

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// action says what was done in one phrase.
func (b *builder) action(a finding.Action) string {
	get := func(name string) string {
		text := clean(a.Attributes.Get(name))
		if isLiteral(name) {
			return b.id(text)
		}
		return text
	}
	var text string
	switch a.Kind {
	case "AWS_API_CALL":
		text = joined(" ", b.say("called", get(finding.AttrAPI)), b.say("on", serviceName(a.Attributes.Get(finding.AttrService))))
		affected := finding.Attribute{Name: finding.AttrAffected, Value: a.Attributes.Get(finding.AttrAffected)}
		text = joined(", ", text, b.attribute(affected), b.say("refused", get(finding.AttrErrorCode)))
	case "DNS_REQUEST":
		text = joined(" ", b.say("looked_up", get(finding.AttrDomain)), b.say("over", letters(get(finding.AttrProtocol))))
	case "NETWORK_CONNECTION":
		text = b.connection(get)
	case "PORT_PROBE":
		text = joined(" ", b.say("probed", get(finding.AttrLocalPort)), b.say("of", get(finding.AttrLocalIP)))
	case "RDS_LOGIN_ATTEMPT":
		text = b.login(get)
	default:
		text = b.otherAction(a, get)
	}
	if text == "" {
		text = words(strings.ToLower(a.Kind))
	}
	switch a.Attributes.Get(finding.AttrBlocked) {
	case "true":
		text = joined(", ", text, b.word("blocked"))
	case "false":
		text = joined(", ", text, b.word("not_blocked"))
	}
	return text
}

// connection returns "inbound TCP connection from port 40312 to port 22 (SSH)".
func (b *builder) connection(get func(string) string) string {
	direction := strings.ToLower(get(finding.AttrDirection))
	local, remote := b.say("local_port", get(finding.AttrLocalPort)), b.say("remote_port", get(finding.AttrRemotePort))
	from, to := local, remote
	switch direction {
	case "inbound":
		from, to = remote, local
		direction = b.word("inbound")
	case "outbound":
		direction = b.word("outbound")
	case "unknown":
		direction = ""
	}
	connection := b.say("connection", letters(get(finding.AttrProtocol)))
	return joined(" ", direction, cmp.Or(connection, b.word("connection.plain")), b.say("from", from), b.say("to", to))
}

// login returns "login as root with psql: 40 failed, 1 succeeded".
func (b *builder) login(get func(string) string) string {
	text := joined(" ", b.word("login"), b.say("as", get(finding.AttrUser)), b.say("with", get(finding.AttrApplication)))
	counts := joined(", ", b.say("failed", get(finding.AttrFailed)), b.say("succeeded", get(finding.AttrSucceeded)))
	return joined(": ", text, counts)
}

// otherAction serves Kubernetes, the deeds of a process and every action that is not known yet.
func (b *builder) otherAction(a finding.Action, get func(string) string) string {
	verb := get(finding.AttrVerb)
	if a.Kind == "" && verb == "" {
		var deeds []string
		for _, attribute := range a.Attributes {
			deeds = append(deeds, b.attribute(attribute))
		}
		return joined(", ", deeds...)
	}
	if verb == "" {
		return joined(": ", words(strings.ToLower(a.Kind)), get(finding.AttrSubject))
	}
	text := joined(" ", verb, get(finding.AttrSubject), b.say("namespace", get(finding.AttrNamespace)))
	return joined(", ", text, get(finding.AttrURI), b.say("status", get(finding.AttrStatusCode)))
}

// serviceName returns "s3" for "s3.amazonaws.com".
func serviceName(name string) string {
	return clean(strings.TrimSuffix(strings.TrimSuffix(name, ".cn"), ".amazonaws.com"))
}

// letters leaves out a protocol that is only a number: some give "0" for one that they do not know.
func letters(protocol string) string {
	if strings.Trim(protocol, "0123456789") == "" {
		return ""
	}
	return protocol
}
