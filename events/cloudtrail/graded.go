package cloudtrail

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// The sorts of events, which are the types of the findings. That of a call goes on with the call:
// "Call.Refused/ec2:RunInstances".
const (
	rootSignInNoMFA  = "SignIn.Root.NoMFA"
	rootSignIn       = "SignIn.Root"
	rootSignInFailed = "SignIn.Root.Failed"
	signInNoMFA      = "SignIn.NoMFA"
	signInFailed     = "SignIn.Failed"
	plainSignIn      = "SignIn"
	rootCall         = "Call.Root"
	rootRead         = "Call.Root.Read"
	refusedCall      = "Call.Refused"
	failedCall       = "Call.Failed"
	plainCall        = "Call"
	readCall         = "Call.Read"
	ofService        = "Service"
	ofInsight        = "Insight"
	insightOver      = "Insight.Over"
)

// sort returns what sort of event it is.
func (r record) sort() string {
	switch {
	case r.kind == insight && strings.EqualFold(r.insight.Text("state"), "End"):
		return insightOver
	case r.kind == insight:
		return ofInsight
	case r.kind == serviceEvent:
		return ofService
	case r.isLogin():
		return r.signInSort()
	case r.isRoot() && r.isReadOnly:
		return rootRead
	case r.isRoot():
		return rootCall
	case r.isRefused():
		return refusedCall
	case r.isFailed():
		return failedCall
	case r.isReadOnly:
		return readCall
	}
	return plainCall
}

func (r record) signInSort() string {
	switch {
	case r.isRoot() && r.isFailed():
		return rootSignInFailed
	case r.isRoot() && r.isWithoutMFA():
		return rootSignInNoMFA
	case r.isRoot():
		return rootSignIn
	case r.isFailed():
		return signInFailed
	case r.isWithoutMFA():
		return signInNoMFA
	}
	return plainSignIn
}

// findingType returns the sort, and after it what was called.
func (r record) findingType() string {
	sort := r.sort()
	if strings.HasPrefix(sort, plainSignIn) {
		return sort
	}
	return sort + "/" + strings.Trim(r.service+":"+r.name, ":")
}

// severity returns how bad an event is. CloudTrail states none.
func (r record) severity() finding.Severity { return gradeOf(r.sort()) }

// gradeOf returns how bad a sort of event is.
//
//   - The root user is for the few things that nobody else may do:
//     https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html
//   - A refusal is what somebody meets who tries out what stolen rights allow, and what a program
//     meets that was set up badly.
//   - What is done with rights that are there is the everyday life of an account.
func gradeOf(sort string) finding.Severity {
	switch sort {
	case rootSignInNoMFA:
		return 8
	case rootSignIn, rootSignInFailed, rootCall:
		return 7
	case signInNoMFA, rootRead, ofInsight:
		return 5
	case signInFailed, refusedCall:
		return 4
	case plainCall, failedCall, ofService:
		return 2
	}
	return finding.Lowest
}

// title says in one sentence who did what, and how it went.
func (r record) title() string {
	what := describedCall(r)
	switch r.sort() {
	case ofService:
		return "AWS service event " + what
	case ofInsight:
		return "Unusual rate of " + what
	case insightOver:
		return "No longer an unusual rate of " + what
	}
	if r.isLogin() {
		return r.signInTitle()
	}
	switch {
	case r.isRefused():
		return what + " was refused to " + r.who() // with which code, the action says
	case r.isFailed():
		return what + " by " + r.who() + " failed: " + cmp.Or(r.errorCode, r.result)
	}
	return capital(r.who()) + " called " + what
}

// signInTitle says how a sign-in went. One without MFA says so at its most striking place.
func (r record) signInTitle() string {
	with := ""
	switch {
	case strings.EqualFold(r.mfa, "Yes"):
		with = " with MFA"
	case r.isWithoutMFA():
		with = ", without MFA"
	}
	if !r.isFailed() {
		if r.isWithoutMFA() {
			with += ", successfully"
		}
		return capital(r.who()) + " signed in to the console" + with
	}
	text := capital(r.who()) + " failed to sign in to the console" + with
	if why := cmp.Or(r.error, r.errorCode); why != "" {
		text += ": " + why
	}
	return text
}

// who names the identity: "root", "IAM user alice", "role deploy".
func (r record) who() string {
	name := r.user.Name
	if name == "" {
		return "somebody"
	}
	switch strings.ToLower(r.user.Type) {
	case "root":
		return "root"
	case "iamuser":
		return "IAM user " + name
	case "assumedrole", "role":
		return "role " + name
	case strings.ToLower(federated):
		return "federated user " + name
	case strings.ToLower(otherAccount):
		return "account " + name
	}
	return name
}

// describedCall returns "RunInstances (ec2)".
func describedCall(r record) string {
	if r.service == "" {
		return r.name
	}
	return r.name + " (" + r.service + ")"
}

// capital returns a text for the beginning of a sentence. A name stays as it is.
func capital(text string) string {
	for _, word := range []string{"root", "role ", "federated user ", "account ", "somebody"} {
		if strings.HasPrefix(text, word) && (text == word || strings.HasSuffix(word, " ")) {
			return strings.ToUpper(text[:1]) + text[1:]
		}
	}
	return text
}
