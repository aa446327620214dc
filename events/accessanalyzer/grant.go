package accessanalyzer

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// grant is who may do what.
type grant struct {
	// kind is the type of the finding, told the one that it is told under.
	kind, told string
	// details hold what is granted: the finding, or a member of its list of details.
	details lenient.Document
	// principal is who may, and form how that is named: "AWS", "Federated".
	principal, form string
	// account is the one that the principal is in.
	account string
	// err is why the resource could not be looked into.
	err string
}

// readGrant reads who may do what, from the finding itself or from its list of details.
func readGrant(e source.Envelope, d lenient.Document) grant {
	g := grant{details: d, err: d.Text("error"), kind: d.Text("findingType")}
	if details := d.List("findingDetails"); len(details) > 0 {
		if members := details[0].Members(); len(members) > 0 {
			g.details = members[0].Value
		}
	}
	for _, m := range g.details.Get("principal").Each() {
		g.form, g.principal = m.Name, m.Value.Text()
	}
	if g.principal == "" {
		g.principal = g.details.Text("principal")
	}
	g.account = cmp.Or(g.details.Get("principalOwnerAccount").Account(), lenient.ParseARN(g.principal).AccountID)
	if len(g.principal) == 12 && strings.Trim(g.principal, "0123456789") == "" {
		g.account = g.principal
	}
	if g.kind == "" {
		g.kind = kindOf(e)
	}
	isPublic := g.details.Get("isPublic").IsTrue() || g.details.Get("isPublic").IsNull() && g.principal == "*"
	g.told = g.kind
	switch {
	case g.err != "": // of what was looked for nobody knows whether it is there
		g.told = failure
	case isPublic && (g.kind == external || g.kind == ""):
		g.kind, g.told = public, public
	}
	return g
}

// kindOf returns the type of what comes in the events of a detail-type that states none.
func kindOf(e source.Envelope) string {
	switch {
	case lenient.SameName(e.DetailType, internalType):
		return internal
	case lenient.SameName(e.DetailType, unusedType):
		return unused + "Access"
	}
	return external
}

// access says in a word who has access.
func (g grant) access() string {
	switch {
	case g.kind == public:
		return "public"
	case g.kind == internal:
		return "internal"
	case strings.HasPrefix(g.kind, unused):
		return "unused"
	case g.kind == external:
		return "external"
	}
	return ""
}

// severity grades what is stated. Of a finding that states neither who nor an error nobody knows.
func (g grant) severity() finding.Severity {
	switch access := g.access(); {
	case g.err != "":
		return errorSeverity
	case access == "public":
		return publicSeverity
	case access == "unused":
		return unusedSeverity
	case access == "internal":
		return internalSeverity
	case access == "external" && (g.principal != "" || g.details.Get("isPublic").Flag() != ""):
		return externalSeverity
	}
	return 0
}

// actor returns who has access: an account, or an identity of one.
func (g grant) actor() finding.Actor {
	var a finding.Actor
	if g.principal == "" || g.principal == "*" {
		return a
	}
	a.Remote.Account.ID = g.account
	if g.principal == g.account {
		return a
	}
	a.User = finding.User{Name: g.principal, Type: cmp.Or(g.details.Text("principalType"), g.form)}
	if name := lenient.ParseARN(g.principal); name.Resource != "" {
		a.User.Name, a.User.PrincipalID = lenient.ResourceName(g.principal), g.principal
	}
	return a
}

// maxActions is how many actions a title names.
const maxActions = 3

// title says the finding in a sentence, for Access Analyzer has none.
func (g grant) title(r finding.Resource) string {
	what := strings.TrimSpace(resourceWord(r.Type) + " " + cmp.Or(r.ID, r.ARN))
	if g.err != "" {
		return strings.TrimSpace("Access Analyzer cannot look into " + what + ": " + g.err)
	}
	if g.access() == "unused" {
		return strings.TrimSpace(unusedWords(g.kind) + " " + what)
	}
	actions := g.details.Get("action").Texts()
	if len(actions) > maxActions {
		actions = append(actions[:maxActions:maxActions], "...")
	}
	done := cmp.Or(strings.Join(actions, ", "), "reach it")
	who := cmp.Or(g.principal, "somebody")
	if g.principal == g.account && who != "somebody" {
		who = "account " + g.account
	}
	on := "on " + what
	if what == "" {
		on = ""
	}
	switch g.access() {
	case "public":
		return strings.TrimSpace("Public: anyone may " + done + " " + on)
	case "internal":
		return strings.TrimSpace("Internal: " + who + " may " + done + " " + on)
	case "external":
		return strings.TrimSpace("External: " + who + " may " + done + " " + on)
	}
	return strings.TrimSpace(g.kind + ": " + who + " may " + done + " " + on)
}

// resourceWord returns "bucket" for "AWS::S3::Bucket".
func resourceWord(resourceType string) string {
	return strings.ToLower(resourceType[strings.LastIndex(resourceType, ":")+1:])
}

func unusedWords(kind string) string {
	switch strings.TrimPrefix(kind, unused) {
	case "IAMRole":
		return "Nobody uses"
	case "IAMUserAccessKey":
		return "Unused access key of"
	case "IAMUserPassword":
		return "Unused password of"
	case "Permission":
		return "Unused permissions of"
	}
	return "Unused access of"
}

// facts returns what a reader needs to judge the access, the most telling first. Who has it, the actor
// and the title say.
func (g grant) facts(e source.Envelope, d lenient.Document) finding.Attributes {
	details := g.details
	access := g.access()
	if g.err != "" {
		access = "" // nobody knows
	}
	return finding.Attributes{}.With("access", access).With("error", g.err).
		With("actions", strings.Join(actions(details, d), ", ")).
		With("condition", condition(details.Get("condition"))).
		With("access_type", details.Text("accessType")).
		With("granted_by", grantedBy(details)).
		With("resource_policy", details.Text("resourceControlPolicyRestrictionType", "resourceControlPolicyRestriction")).
		With("service_policy", details.Text("serviceControlPolicyRestrictionType", "serviceControlPolicyRestriction")).
		With("unused_services", nonZero(d.Text("numberOfUnusedServices"))).With("unused_actions", nonZero(d.Text("numberOfUnusedActions"))).
		With("services", services(d)).With("access_key", details.Text("accessKeyId")).
		With("last_accessed", details.Text("lastAccessed")).
		With("analyzer", lenient.ResourceName(analyzer(e))).
		With("previous_status", d.Text("previousStatus"))
}

// nonZero returns a number of things that are there.
func nonZero(count string) string {
	if count == "0" {
		return ""
	}
	return count
}

// actions returns what may be done, or which rights are unused.
func actions(details, d lenient.Document) []string {
	all := details.Get("action").Texts()
	for _, each := range d.List("findingDetails") {
		for _, action := range each.Get("unusedPermissionDetails").List("actions") {
			all = lenient.AppendNew(all, action.Text("action"))
		}
	}
	return all
}

// services returns the services that are granted and not used.
func services(d lenient.Document) string {
	var all []string
	for _, each := range d.List("findingDetails") {
		all = lenient.AppendNew(all, each.Get("unusedPermissionDetails").Text("serviceNamespace"))
	}
	return strings.Join(all, ", ")
}

// condition returns "aws:SourceIp = 198.51.100.0/24, 203.0.113.0/24; aws:PrincipalOrgID = o-1".
func condition(d lenient.Document) string {
	var all []string
	for _, m := range d.Each() {
		all = lenient.AppendNew(all, m.Name+" = "+strings.Join(m.Value.Texts(), ", "))
	}
	return strings.Join(all, "; ")
}

// grantedBy returns how the access is granted: "POLICY", "S3_ACCESS_POINT (arn:...)".
func grantedBy(details lenient.Document) string {
	var all []string
	for _, s := range details.List("sources") {
		all = lenient.AppendNew(all, lenient.JoinWords(s.Text("type"), s.Get("detail").Text("accessPointArn")))
	}
	return strings.Join(all, ", ")
}
