package guardduty

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// actionKind is one member of "action" and the type of action that it describes.
type actionKind struct {
	member, name string
	read         func(details lenient.Document) finding.Attributes
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

// readAction reads what was done. Several members can be there, such as a Kubernetes call and the
// permission that it checked. Findings of runtime monitoring have none: their context says it.
func readAction(service lenient.Document) finding.Action {
	d := service.Get("action")
	action := finding.Action{Kind: d.Text("actionType")}
	for _, kind := range actionKinds() {
		details := d.Get(kind.member)
		if details.Absent() {
			continue
		}
		action.Kind = cmp.Or(action.Kind, kind.name)
		for _, attribute := range kind.read(details) {
			action.Attributes = action.Attributes.With(attribute.Name, attribute.Value)
		}
	}
	if action.Zero() {
		action.Attributes = readRuntimeContext(service.Get("runtimeDetails", "context"))
	}
	return action
}

func readAPICall(d lenient.Document) finding.Attributes {
	return finding.Attributes{}.
		With(finding.AttrAPI, d.Text("api")).
		With(finding.AttrService, d.Text("serviceName")).
		With(finding.AttrErrorCode, d.Text("errorCode")).
		With(finding.AttrCaller, d.Text("callerType")).
		With(finding.AttrAffected, affectedResources(d.Get("affectedResources")))
}

// affectedResources returns the names of what a call was about, from an object such as
// {"AWS::CloudTrail::Trail":"arn:..."}.
func affectedResources(d lenient.Document) string {
	var names []string
	for _, m := range d.Each() {
		for _, text := range m.Value.Texts() {
			names = lenient.AppendNew(names, lenient.ResourceName(text))
		}
	}
	return strings.Join(names, ", ")
}

func readDNSRequest(d lenient.Document) finding.Attributes {
	return finding.Attributes{}.
		With(finding.AttrDomain, d.Text("domain", "domainWithSuffix")).
		With(finding.AttrProtocol, d.Text("protocol")).
		With(finding.AttrBlocked, d.Get("blocked").Flag())
}

func readConnection(d lenient.Document) finding.Attributes {
	return finding.Attributes{}.
		With(finding.AttrDirection, d.Text("connectionDirection")).
		With(finding.AttrProtocol, d.Text("protocol")).
		With(finding.AttrLocalPort, port(d.Get("localPortDetails"))).
		With(finding.AttrRemotePort, port(d.Get("remotePortDetails"))).
		With(finding.AttrLocalIP, d.Get("localIpDetails").Text("ipAddressV4", "ipAddressV6")).
		With(finding.AttrBlocked, d.Get("blocked").Flag())
}

// readPortProbe names each port once: a probe is repeated for each remote end.
func readPortProbe(d lenient.Document) finding.Attributes {
	var ports []string
	for _, probe := range d.List("portProbeDetails") {
		local := port(probe.Get("localPortDetails"))
		if local == "" {
			local = port(probe)
		}
		ports = lenient.AppendNew(ports, local)
	}
	return finding.Attributes{}.
		With(finding.AttrLocalPort, strings.Join(ports, ", ")).
		With(finding.AttrLocalIP, d.Get("portProbeDetails", "localIpDetails").Text("ipAddressV4", "ipAddressV6")).
		With(finding.AttrBlocked, d.Get("blocked").Flag())
}

// port returns "22 (SSH)"; GuardDuty says Unknown for a port without a name.
func port(d lenient.Document) string {
	number, name := d.Text("port"), d.Text("portName")
	if strings.EqualFold(name, "unknown") || number == "" {
		name = ""
	}
	return lenient.JoinWords(number, name)
}

func readKubernetesCall(d lenient.Document) finding.Attributes {
	return finding.Attributes{}.
		With(finding.AttrVerb, d.Text("verb")).
		With(finding.AttrSubject, kubernetesSubject(d)).
		With(finding.AttrURI, d.Text("requestUri")).
		With(finding.AttrProtocol, d.Text("protocol")).
		With(finding.AttrNamespace, d.Text("namespace")).
		With(finding.AttrStatusCode, d.Text("statusCode"))
}

// kubernetesSubject returns "pods/exec web-1" from the members of a call.
func kubernetesSubject(d lenient.Document) string {
	subject := d.Text("resource")
	if sub := d.Text("subresource"); sub != "" {
		subject += "/" + sub
	}
	return strings.TrimSpace(subject + " " + d.Text("resourceName"))
}

func readKubernetesObject(d lenient.Document) finding.Attributes {
	return finding.Attributes{}.
		With(finding.AttrVerb, d.Text("verb")).
		With(finding.AttrSubject, cmp.Or(
			strings.TrimSpace(d.Text("kind")+" "+d.Text("name")), d.Text("resource"))).
		With(finding.AttrNamespace, d.Text("namespace")).
		With(finding.AttrRole, lenient.JoinWords(d.Text("roleRefName"), d.Text("roleRefKind")))
}

// readLoginAttempt sums the attempts of all users.
func readLoginAttempt(d lenient.Document) finding.Attributes {
	var users, applications []string
	failed, succeeded := 0, 0
	for _, login := range d.List("loginAttributes") {
		users = lenient.AppendNew(users, login.Text("user"))
		applications = lenient.AppendNew(applications, login.Text("application"))
		failed += login.Get("failedLoginAttempts").Integer()
		succeeded += login.Get("successfulLoginAttempts").Integer()
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
