package events

import (
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// actionKind is one member of "action" and the type of action that it tells of.
type actionKind struct {
	member, name string
	read         func(details document) finding.Attributes
}

// actionKinds is the table of the actions:
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Action.html
func actionKinds() [9]actionKind {
	return [...]actionKind{
		{"awsApiCallAction", "AWS_API_CALL", readAPICall},
		{"dnsRequestAction", "DNS_REQUEST", readDNSRequest},
		{"networkConnectionAction", "NETWORK_CONNECTION", readConnection},
		{"portProbeAction", "PORT_PROBE", readPortProbe},
		{"kubernetesApiCallAction", "KUBERNETES_API_CALL", readKubernetesCall},
		{"kubernetesPermissionCheckedDetails", "KUBERNETES_PERMISSION_CHECKED", readKubernetesObject},
		{"kubernetesRoleBindingDetails", "KUBERNETES_ROLE_BINDING", readKubernetesObject},
		{"kubernetesRoleDetails", "KUBERNETES_ROLE", readKubernetesObject},
		{"rdsLoginAttemptAction", "RDS_LOGIN_ATTEMPT", readLoginAttempt},
	}
}

// guardDutyAction reads what was done. Several members can be there, such as a Kubernetes call and the
// permission that it checked. Findings of runtime monitoring have none: their context says it.
func guardDutyAction(service document) finding.Action {
	d := service.get("action")
	action := finding.Action{Kind: d.text("actionType")}
	for _, kind := range actionKinds() {
		details := d.get(kind.member)
		if details.absent() {
			continue
		}
		action.Kind = firstOf(action.Kind, kind.name)
		for _, attribute := range kind.read(details) {
			action.Attributes = action.Attributes.With(attribute.Name, attribute.Value)
		}
	}
	if action.Zero() {
		action.Attributes = readRuntimeContext(service.get("runtimeDetails", "context"))
	}
	return action
}

func readAPICall(d document) finding.Attributes {
	return finding.Attributes{}.
		With(finding.AttrAPI, d.text("api")).
		With(finding.AttrService, d.text("serviceName")).
		With(finding.AttrErrorCode, d.text("errorCode")).
		With(finding.AttrCaller, d.text("callerType")).
		With(finding.AttrAffected, affectedResources(d.get("affectedResources")))
}

// affectedResources gives the names of what a call was about, from an object such as
// {"AWS::CloudTrail::Trail":"arn:..."}.
func affectedResources(d document) string {
	var names []string
	for _, m := range d.each() {
		for _, text := range m.value.texts() {
			names = appendNew(names, resourceName(text))
		}
	}
	return strings.Join(names, ", ")
}

func readDNSRequest(d document) finding.Attributes {
	return finding.Attributes{}.
		With(finding.AttrDomain, d.text("domain", "domainWithSuffix")).
		With(finding.AttrProtocol, d.text("protocol")).
		With(finding.AttrBlocked, d.get("blocked").flag())
}

func readConnection(d document) finding.Attributes {
	return finding.Attributes{}.
		With(finding.AttrDirection, d.text("connectionDirection")).
		With(finding.AttrProtocol, d.text("protocol")).
		With(finding.AttrLocalPort, port(d.get("localPortDetails"))).
		With(finding.AttrRemotePort, port(d.get("remotePortDetails"))).
		With(finding.AttrLocalIP, d.get("localIpDetails").text("ipAddressV4", "ipAddressV6")).
		With(finding.AttrBlocked, d.get("blocked").flag())
}

// readPortProbe names each port once: a probe is repeated for each far end.
func readPortProbe(d document) finding.Attributes {
	var ports []string
	for _, probe := range d.list("portProbeDetails") {
		local := port(probe.get("localPortDetails"))
		if local == "" {
			local = port(probe)
		}
		ports = appendNew(ports, local)
	}
	return finding.Attributes{}.
		With(finding.AttrLocalPort, strings.Join(ports, ", ")).
		With(finding.AttrLocalIP, d.get("portProbeDetails", "localIpDetails").text("ipAddressV4", "ipAddressV6")).
		With(finding.AttrBlocked, d.get("blocked").flag())
}

// port gives "22 (SSH)"; GuardDuty says Unknown for a port without a name.
func port(d document) string {
	number, name := d.text("port"), d.text("portName")
	if strings.EqualFold(name, "unknown") || number == "" {
		name = ""
	}
	return joinWords(number, name)
}

func readKubernetesCall(d document) finding.Attributes {
	return finding.Attributes{}.
		With(finding.AttrVerb, d.text("verb")).
		With(finding.AttrSubject, kubernetesSubject(d)).
		With(finding.AttrURI, d.text("requestUri")).
		With(finding.AttrNamespace, d.text("namespace")).
		With(finding.AttrStatusCode, d.text("statusCode"))
}

// kubernetesSubject gives "pods/exec web-1" from the members of a call.
func kubernetesSubject(d document) string {
	subject := d.text("resource")
	if sub := d.text("subresource"); sub != "" {
		subject += "/" + sub
	}
	return strings.TrimSpace(subject + " " + d.text("resourceName"))
}

func readKubernetesObject(d document) finding.Attributes {
	return finding.Attributes{}.
		With(finding.AttrVerb, d.text("verb")).
		With(finding.AttrSubject, firstOf(
			strings.TrimSpace(d.text("kind")+" "+d.text("name")), d.text("resource"))).
		With(finding.AttrNamespace, d.text("namespace")).
		With(finding.AttrRole, joinWords(d.text("roleRefName"), d.text("roleRefKind")))
}

// readLoginAttempt sums the attempts of all users.
func readLoginAttempt(d document) finding.Attributes {
	var users, applications []string
	failed, succeeded := 0, 0
	for _, login := range d.list("loginAttributes") {
		users = appendNew(users, login.text("user"))
		applications = appendNew(applications, login.text("application"))
		failed += login.get("failedLoginAttempts").integer()
		succeeded += login.get("successfulLoginAttempts").integer()
	}
	return finding.Attributes{}.
		With(finding.AttrUser, strings.Join(users, ", ")).
		With(finding.AttrApplication, strings.Join(applications, ", ")).
		With(finding.AttrFailed, positive(failed)).
		With(finding.AttrSucceeded, positive(succeeded))
}

func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}
