package events

import (
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// guardDutyActor reads who did it: the far end from the action, the identity from the resource, the
// process from the runtime's details, and what is missing from the actors of a sequence.
func guardDutyActor(resource, service document, sequence *finding.Sequence) finding.Actor {
	action := service.get("action")
	actor := finding.Actor{
		User:    guardDutyUser(resource, action),
		Process: readProcess(service.get("runtimeDetails", "process")),
	}
	for _, details := range actionDetails(action) {
		if actor.Remote == (finding.Remote{}) {
			actor.Remote = guardDutyRemote(details)
		}
		actor.UserAgent = firstOf(actor.UserAgent, details.text("userAgent"))
	}
	if sequence == nil {
		return actor
	}
	for _, other := range sequence.Actors {
		if actor.User == (finding.User{}) {
			actor.User = other.User
		}
		if actor.Process == (finding.Process{}) {
			actor.Process = other.Process
		}
	}
	if actor.Remote == (finding.Remote{}) && len(sequence.Endpoints) > 0 {
		actor.Remote = sequence.Endpoints[0]
	}
	return actor
}

// actionDetails gives the members of an action that tell of it, such as awsApiCallAction. A member
// for an action that is not known yet is among them.
func actionDetails(action document) []document {
	var all []document
	for _, m := range action.each() {
		if len(m.value.members()) > 0 {
			all = append(all, m.value)
		}
	}
	return all
}

// guardDutyRemote reads the far end from the details of an action. Of several probes the first counts.
func guardDutyRemote(details document) finding.Remote {
	probe := details
	if probes := details.list("portProbeDetails"); len(probes) > 0 {
		probe = probes[0]
	}
	remote := readRemote(probe.get("remoteIpDetails"))
	remote.IP = firstOf(remote.IP, probe.text("remoteIp"), details.get("sourceIPs").text())
	remote.Domain = details.get("domainDetails").text("domain")
	remote.Account.ID = details.get("remoteAccountDetails", "accountId").account()
	return remote
}

func readRemote(d document) finding.Remote {
	organization := d.get("organization")
	return finding.Remote{
		IP:           d.text("ipAddressV4", "ipAddressV6", "ipAddress", "ip"),
		Country:      d.get("country").text("countryName"),
		CountryCode:  d.get("country").text("countryCode"),
		City:         d.get("city").text("cityName"),
		Organization: organization.text("asnOrg", "org", "isp"),
		ASN:          asNumber(organization.text("asn")),
	}
}

// asNumber writes the number of an autonomous system as "AS4134". -1 and 0 mean that there is none.
func asNumber(text string) string {
	switch text {
	case "", "-1", "0":
		return ""
	}
	if strings.Trim(text, "0123456789") == "" {
		return "AS" + text
	}
	return text
}

// guardDutyUser reads the identity whose rights were used. A Kubernetes finding can name an access key
// as well, which is the same person under a less telling name.
func guardDutyUser(resource, action document) finding.User {
	if user := resource.get("kubernetesDetails", "kubernetesUserDetails"); !user.absent() {
		return finding.User{
			Name: user.text("username"), Type: "Kubernetes",
			Session: user.get("sessionName").text(), PrincipalID: user.text("uid"),
			Impersonated: user.get("impersonatedUser").text("username"),
		}
	}
	if key := resource.get("accessKeyDetails"); !key.absent() {
		return keyUser(key)
	}
	login := action.get("rdsLoginAttemptAction")
	name := firstOf(resource.get("rdsDbUserDetails").text("user"), first(login.list("loginAttributes")).text("user"))
	if name == "" {
		return finding.User{}
	}
	return finding.User{Name: name, Type: "Database"}
}

func keyUser(key document) finding.User {
	user := finding.User{
		Name: key.text("userName"), Type: key.text("userType"),
		PrincipalID: key.text("principalId"), AccessKey: key.text("accessKeyId"),
	}
	if id, session, ok := strings.Cut(user.PrincipalID, ":"); ok {
		user.PrincipalID, user.Session = id, session
	}
	return user
}

func readProcess(d document) finding.Process {
	return finding.Process{
		Name: d.text("name"), Path: d.text("executablePath", "path"), User: d.text("user"),
		SHA256: fileHash(d.text("executableSha256", "sha256")), PID: d.text("pid"),
	}
}

// first gives the first of the documents, or the zero document.
func first(documents []document) document {
	if len(documents) == 0 {
		return document{}
	}
	return documents[0]
}
