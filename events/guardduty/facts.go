package guardduty

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// The bounds of what is told of lists.
const (
	maxUnusual   = 12
	maxProcesses = 12
)

// readFacts reads what a responder needs beside actor, action and resource.
func readFacts(d, service lenient.Document, additional []lenient.Document) finding.Attributes {
	sequence := service.Get("detection", "sequence")
	facts := finding.Attributes{}.
		With("rule", d.Text("customDetectionRuleName")).
		With("unusual", unusual(service, additional)).
		With("calls", calls(sequence)).
		With("attack_sequence", d.Text("associatedAttackSequenceArn")).
		With("further_types", strings.Join(sequence.Get("additionalSequenceTypes").Texts(), ", "))
	facts = addCaller(facts, service, sequence)
	facts = addPrompts(facts, d.Get("resource", "bedrockGuardrailDetails"))
	facts = addKubernetes(facts, d.Get("resource", "kubernetesDetails"), service.Get("action"))
	facts = addFiles(facts, service.Get("runtimeDetails"))
	facts = addAdditional(facts, service, additional)
	login, volumes, scan := d.Get("resource", "rdsDbUserDetails"), service.Get("ebsVolumeScanDetails"), service.Get("malwareScanDetails")
	return facts.
		With("authentication", login.Text("authMethod")).
		With("tls", login.Text("ssl")).
		With("trigger_finding", volumes.Text("triggerFindingId")).
		With("scan", lenient.JoinWords(cmp.Or(volumes.Text("scanType"), scan.Text("scanType")), scan.Text("scanCategory"))).
		With("resource_role", unusualRole(service.Text("resourceRole"))).
		With("feature", service.Text("featureName"))
}

// unusualRole returns the role of the resource, unless it is what a resource is as a rule: the target
// of what was done.
func unusualRole(role string) string {
	if role == "TARGET" {
		return ""
	}
	return role
}

// addCaller adds who called, where it is no address: an AWS service, or an account that is or is
// not one's own, and how the sessions of a sequence were opened.
func addCaller(facts finding.Attributes, service, sequence lenient.Document) finding.Attributes {
	for _, m := range service.Get("action").Each() {
		caller := m.Value.Get("remoteAccountDetails")
		facts = facts.
			With("caller_service", caller.Text("awsServiceName")).
			With("affiliated", caller.Get("affiliated").Flag())
	}
	var issuers, mfa []string
	for _, actor := range sequence.List("actors") {
		session := actor.Get("session")
		issuers = lenient.AppendNew(issuers, session.Text("issuer"))
		mfa = lenient.AppendNew(mfa, session.Text("mfaStatus"))
	}
	return facts.With("issuer", strings.Join(issuers, ", ")).With("mfa", strings.Join(mfa, ", "))
}

// addPrompts adds which filters of a Bedrock guardrail have matched. A prompt or an answer was
// blocked only where the filter's own action says so.
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_BedrockGuardrailDetails.html
func addPrompts(facts finding.Attributes, guardrail lenient.Document) finding.Attributes {
	var blocked, matched []string
	for _, filter := range guardrail.List("contentPolicyFilters") {
		text := lenient.JoinWords(filter.Text("type"), filter.Text("confidence"))
		if strings.EqualFold(filter.Text("action"), "BLOCKED") {
			blocked = lenient.AppendNew(blocked, text)
		} else {
			matched = lenient.AppendNew(matched, text)
		}
	}
	name := "prompt_blocked"
	if strings.EqualFold(guardrail.Text("guardrailSource"), "OUTPUT") {
		name = "answer_blocked"
	}
	return facts.
		With(name, strings.Join(blocked, ", ")).
		With("content_filters", strings.Join(matched, ", ")).
		With("guardrail_source", guardrail.Text("guardrailSource"))
}

func addKubernetes(facts finding.Attributes, kubernetes, action lenient.Document) finding.Attributes {
	user, workload := kubernetes.Get("kubernetesUserDetails"), kubernetes.Get("kubernetesWorkloadDetails")
	var shared []string
	for _, name := range []string{"hostNetwork", "hostPID", "hostIPC"} {
		if workload.Get(name).IsTrue() {
			shared = append(shared, name)
		}
	}
	return facts.
		With("groups", strings.Join(user.Get("groups").Texts(), ", ")).
		With("impersonated_groups", strings.Join(user.Get("impersonatedUser", "groups").Texts(), ", ")).
		With("host_access", strings.Join(shared, ", ")).
		With("parameters", action.Get("kubernetesApiCallAction").Text("parameters")).
		With("allowed", action.Get("kubernetesPermissionCheckedDetails", "allowed").Flag())
}

// addFiles adds what was done to files, and the processes that have led to the one that did it.
func addFiles(facts finding.Attributes, runtime lenient.Document) finding.Attributes {
	var ancestors []string
	for _, process := range runtime.Get("process").List("lineage") {
		if len(ancestors) < maxProcesses {
			ancestors = lenient.AppendNew(ancestors, processName(process))
		}
	}
	context := runtime.Get("context")
	return facts.
		With("file_operation", context.Text("fileOperation")).
		With("related_files", strings.Join(context.Get("relatedFilePaths").Texts(), ", ")).
		With("lineage", strings.Join(ancestors, ", "))
}

// calls returns the calls behind the signals of a sequence, each with its service, the error that
// it met with, and the user agent.
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Signal.html
func calls(sequence lenient.Document) string {
	var all []string
	for _, signal := range sequence.List("signals") {
		for _, activity := range signal.List("activities") {
			api := activity.Get("api")
			call := lenient.JoinWords(api.Text("operation"), api.Text("service"))
			for _, more := range []string{api.Text("error"), api.Text("userAgent")} {
				if more != "" {
					call += ", " + more
				}
			}
			all = lenient.AppendNew(all, strings.TrimPrefix(call, ", "))
		}
	}
	return strings.Join(all, "; ")
}
