package guardduty

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// readActor reads who did it: the remote end from the action, the identity from the resource, the
// process from the runtime's details, and what is missing from the actors of a sequence.
func readActor(resource, service lenient.Document, additional []lenient.Document, sequence *finding.Sequence) finding.Actor {
	action := service.Get("action")
	actor := finding.Actor{
		User:    readUser(resource, action),
		Process: lenient.Process(service.Get("runtimeDetails", "process")),
		Remote:  readRemoteOf(action),
	}
	for _, m := range action.Each() {
		actor.UserAgent = cmp.Or(actor.UserAgent, m.Value.Text("userAgent"))
	}
	for _, info := range additional {
		actor.UserAgent = cmp.Or(actor.UserAgent, info.Get("userAgent").Text("fullUserAgent"))
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

// readRemoteOf returns the remote end of an action, which stands in a member of its own, such as
// awsApiCallAction; also one that is not known yet.
func readRemoteOf(action lenient.Document) finding.Remote {
	for _, m := range action.Each() {
		if remote := readRemote(m.Value); remote != (finding.Remote{}) {
			return remote
		}
	}
	return finding.Remote{}
}

// readRemote reads the remote end from the details of an action: of several probes the first.
func readRemote(details lenient.Document) finding.Remote {
	probe := details
	if probes := details.List("portProbeDetails"); len(probes) > 0 {
		probe = probes[0]
	}
	remote := lenient.Remote(probe.Get("remoteIpDetails"))
	remote.IP = cmp.Or(remote.IP, probe.Text("remoteIp"), details.Get("sourceIPs").Text())
	remote.Domain = details.Get("domainDetails").Text("domain")
	remote.Account.ID = details.Get("remoteAccountDetails", "accountId").Account()
	return remote
}

// readUser reads the identity whose rights were used. A Kubernetes finding can name an access key
// as well, which is the same person under a less telling name.
func readUser(resource, action lenient.Document) finding.User {
	if user := resource.Get("kubernetesDetails", "kubernetesUserDetails"); !user.Absent() {
		return finding.User{
			Name: user.Text("username"), Type: "Kubernetes",
			Session: user.Get("sessionName").Text(), PrincipalID: user.Text("uid"),
			Impersonated: user.Get("impersonatedUser").Text("username"),
		}
	}
	if key := resource.Get("accessKeyDetails"); !key.Absent() {
		return keyUser(key)
	}
	login := action.Get("rdsLoginAttemptAction")
	name := cmp.Or(resource.Get("rdsDbUserDetails").Text("user"), first(login.List("loginAttributes")).Text("user"))
	if name == "" {
		return finding.User{}
	}
	return finding.User{Name: name, Type: "Database"}
}

func keyUser(key lenient.Document) finding.User {
	user := finding.User{
		Name: key.Text("userName"), Type: key.Text("userType"),
		PrincipalID: key.Text("principalId"), AccessKey: key.Text("accessKeyId"),
	}
	if id, session, ok := strings.Cut(user.PrincipalID, ":"); ok {
		user.PrincipalID, user.Session = id, session
	}
	return user
}

// first returns the first of the documents, or the zero document.
func first(documents []lenient.Document) lenient.Document {
	if len(documents) == 0 {
		return lenient.Document{}
	}
	return documents[0]
}
