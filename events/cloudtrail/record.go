package cloudtrail

import (
	"cmp"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// insightRecord is the type of a record that is an insight.
const insightRecord = "AwsCloudTrailInsight"

// consoleLogin is the event of a sign-in to the console.
const consoleLogin = "ConsoleLogin"

// record is what decides how an event of CloudTrail is told.
type record struct {
	// kind is the detail-type, in one spelling; name is what was called or has happened, and
	// service the name of the service without its domain.
	kind, name, service string
	user                finding.User
	// errorCode and error say what went wrong, result how a sign-in went, mfa whether with MFA.
	errorCode, error, result, mfa string
	isReadOnly                    bool
	when                          time.Time
	insight                       lenient.Document
}

func readRecord(e source.Envelope, d lenient.Document) record {
	r := record{
		kind: kind(e.DetailType, d), name: d.Text("eventName"), user: user(d.Get("userIdentity")),
		errorCode: d.Text("errorCode"), error: d.Text("errorMessage"),
		mfa: mfa(d), isReadOnly: d.Get("readOnly").IsTrue(),
		when: cmp.Or(d.Get("eventTime").Time(), e.Time), insight: d.Get("insightDetails"),
	}
	r.service, _, _ = strings.Cut(cmp.Or(d.Text("eventSource"), r.insight.Text("eventSource")), ".")
	r.name = cmp.Or(r.name, r.insight.Text("eventName"), "an event")
	r.result = cmp.Or(d.Get("responseElements").Text(r.name), d.Get("serviceEventDetails").Text(r.name))
	if r.user.Type == "IdentityCenterUser" || r.user.Type == "Unknown" { // whose name IAM does not know
		r.user.Name = cmp.Or(d.Get("additionalEventData").Text("UserName"), r.user.Name)
	}
	return r
}

// kind returns the detail-type, which a record without an envelope does not have, in one spelling:
// AWS writes that of a sign-in in two ways.
func kind(detailType string, d lenient.Document) string {
	for _, known := range []string{signIn, consoleAction, serviceEvent, insight} {
		if lenient.SameName(detailType, known) {
			return known
		}
	}
	switch d.Text("eventType") {
	case "AwsConsoleSignIn":
		return signIn
	case "AwsConsoleAction":
		return consoleAction
	case "AwsServiceEvent":
		return serviceEvent
	case insightRecord:
		return insight
	}
	if d.Text("eventType") == "" && d.Text("eventSource") == "signin.amazonaws.com" && d.Text("eventName") == consoleLogin {
		return signIn // as old as those are that state no type
	}
	return call
}

// Types of identities that have no name of their own in a record.
const (
	federated    = "FederatedUser"
	otherAccount = "AWSAccount"
)

// hiddenName stands for the name of a user that does not exist: what was typed in its place may be a
// password.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
const hiddenName = "HIDDEN_DUE_TO_SECURITY_REASONS"

// user returns whose rights were used:
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
func user(d lenient.Document) finding.User {
	u := finding.User{
		Name: d.Text("userName"), Type: d.Text("type"), PrincipalID: d.Text("principalId"), AccessKey: d.Text("accessKeyId"),
	}
	if id, session, ok := strings.Cut(u.PrincipalID, ":"); ok {
		u.PrincipalID, u.Session = id, session
	}
	if u.Name == hiddenName {
		u.Name = ""
		return u
	}
	switch u.Type {
	case "Root":
		u.Name = cmp.Or(u.Name, "root")
	case federated: // in the name of the user who let him in, who is no more than the issuer
		u.Name, u.Session = cmp.Or(u.Name, u.Session), ""
	case otherAccount: // whose own ids say nothing here
		u.Name = cmp.Or(u.Name, d.Get("accountId").Account())
	}
	u.Name = cmp.Or(u.Name, d.Get("sessionContext", "sessionIssuer").Text("userName"), d.Get("onBehalfOf").Text("userId"),
		d.Text("invokedBy"), lenient.ResourceName(d.Text("arn")), u.PrincipalID, d.Get("accountId").Account())
	return u
}

// mfa returns "Yes" or "No": whether it was with MFA. Who comes through an identity provider has
// done so there, and CloudTrail cannot know it.
func mfa(d lenient.Document) string {
	if used := d.Get("additionalEventData").Text("MFAUsed"); used != "" {
		return used
	}
	switch d.Get("userIdentity", "sessionContext", "attributes", "mfaAuthenticated").Flag() {
	case "true":
		return "Yes"
	case "false":
		return "No"
	}
	return ""
}

func (r record) isRoot() bool { return strings.EqualFold(r.user.Type, "Root") }

// isLogin reports whether it is a sign-in to the console, and no other event of the sign-in page.
func (r record) isLogin() bool { return r.kind == signIn && r.name == consoleLogin }

// isFailed reports whether it went wrong.
func (r record) isFailed() bool {
	return r.errorCode != "" && !isSuccess(r.errorCode) || strings.EqualFold(r.result, "Failure") || r.isLogin() && r.error != ""
}

// isSuccess reports whether a code is that of a success in HTTP, which Managed Grafana writes where
// others write the code of an error.
// https://docs.aws.amazon.com/grafana/latest/userguide/logging-using-cloudtrail.html
func isSuccess(code string) bool {
	return len(code) == 3 && code[0] == '2' && strings.Trim(code, "0123456789") == ""
}

// What the error codes of refusals begin and end with, where they are none of refusals:
// AccessDeniedException, Client.UnauthorizedOperation.
const (
	refusedPrefix = "AccessDenied"
	refusedSuffix = "UnauthorizedOperation"
)

// refusals returns further error codes of calls that were refused for lack of rights.
func refusals() []string {
	return []string{
		"UnauthorizedException", "NotAuthorizedException", "AuthorizationError", "AuthorizationErrorException",
		"Forbidden", "ForbiddenException", "VpceAccessDenied", "Client.UnauthorizedAccess", "UnauthorizedAccess", "AllAccessDisabled",
	}
}

// isRefused reports whether a call was refused for lack of rights.
func (r record) isRefused() bool {
	for _, code := range refusals() {
		if r.errorCode == code {
			return true
		}
	}
	return strings.HasPrefix(r.errorCode, refusedPrefix) || strings.HasSuffix(r.errorCode, refusedSuffix)
}

// isWithoutMFA reports whether a sign-in lacked an MFA that AWS asks for itself.
func (r record) isWithoutMFA() bool {
	return strings.EqualFold(r.mfa, "No") && (r.isRoot() || strings.EqualFold(r.user.Type, "IAMUser"))
}

// id returns what the finding is about. One event is a finding of its own, under CloudTrail's id.
// What goes wrong again and again is one finding: the same identity in the same session, from the
// same address, with the same call and error. Many people share the role of Identity Center. The start and the end of an insight are one, too.
func (r record) id(d lenient.Document, ip string) string {
	switch {
	case r.kind == insight && d.Text("sharedEventID") != "":
		return "insight/" + d.Text("sharedEventID")
	case r.isRefused() || r.isLogin() && r.isFailed():
		what := strings.Trim(r.service+":"+r.name, ":")
		who := strings.Trim(strings.TrimSuffix(r.user.Type+":"+r.user.Name+":"+r.user.Session, ":"), ":")
		return strings.Join([]string{who, ip, what, cmp.Or(r.errorCode, r.error, r.result)}, "/")
	}
	if id := d.Text("eventID"); id != "" {
		return eventPrefix + id
	}
	return ""
}
