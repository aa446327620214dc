package events

import (
	"encoding/json"
	"strings"
	"sync/atomic"
)

// What a finding without an envelope is taken to be.
const (
	guardDutySource     = "aws.guardduty"
	guardDutyType       = "GuardDuty Finding"
	securityHubSource   = "aws.securityhub"
	securityHubType     = "Security Hub Findings - Imported"
	keyDetailType       = "detail-type"
	keyDetail           = "detail"
	keySource           = "source"
	keyFindings         = "findings"
	keyRecords          = "Records"
	keySNS              = "Sns"
	keyMessage          = "Message"
	remedyConfirmation  = "confirm the subscription; events come after that"
	remedyOtherSource   = "send GuardDuty findings here by an EventBridge rule, a queue or a topic"
	reasonConfirmation  = "this is SNS asking to confirm a subscription"
	reasonObject        = "the object has neither detail-type nor source and detail, and is no finding"
	reasonFindingsEmpty = "the list of findings is empty"
)

// readEnvelope reads an event, or a bare finding as an event. The error is a *NoEventError.
func readEnvelope(event document) (Envelope, error) {
	detail, raw := unwrapText(event.get(keyDetail))
	isEvent := !event.get(keyDetailType).isNull() || (!event.get(keySource).isNull() && raw != nil)
	if !isEvent {
		return bareEnvelope(event)
	}
	envelope := Envelope{
		ID:         event.text("id"),
		Source:     event.text(keySource),
		DetailType: event.text(keyDetailType),
		Account:    event.get("account").account(),
		Region:     event.text("region"),
		Time:       event.get("time").time(),
		Resources:  event.get("resources").texts(),
		Detail:     raw,
		Event:      event.raw(),
		opened:     new(atomic.Pointer[document]),
	}
	envelope.opened.Store(&detail)
	return envelope, nil
}

// bareEnvelope makes an envelope for findings that came without one, such as the output of
// "aws guardduty get-findings".
func bareEnvelope(d document) (Envelope, error) {
	envelope := Envelope{Detail: d.raw(), Event: d.raw(), opened: new(atomic.Pointer[document])}
	envelope.opened.Store(&d)
	sample := d
	if findings, ok := d.get(keyFindings).listed(); ok {
		if len(findings) == 0 {
			return Envelope{}, &NoEventError{Reason: reasonFindingsEmpty, Remedy: remedyEvent}
		}
		sample = findings[0].object()
	}
	switch {
	case isGuardDuty(sample):
		envelope.Source, envelope.DetailType = guardDutySource, guardDutyType
		return envelope, nil
	case !sample.get("ProductArn").isNull() && !sample.get("AwsAccountId").isNull():
		envelope.Source, envelope.DetailType = securityHubSource, securityHubType
		return envelope, nil
	case strings.HasSuffix(d.text("Type"), "Confirmation"):
		return Envelope{}, &NoEventError{Reason: reasonConfirmation, Remedy: remedyConfirmation}
	case !d.get("eventSource").isNull():
		return Envelope{}, &NoEventError{Reason: "this is a record of another service", Remedy: remedyOtherSource}
	case d.absent():
		return Envelope{}, &NoEventError{Reason: "the object is empty", Remedy: remedyEvent}
	}
	return Envelope{}, &NoEventError{Reason: reasonObject, Remedy: remedyEvent}
}

// isGuardDuty reports whether an object is a GuardDuty finding. Findings of Macie look alike, but say
// what they affected.
func isGuardDuty(d document) bool {
	if strings.Contains(d.text("arn"), ":guardduty:") {
		return true
	}
	return d.text("type") != "" && d.get("resourcesAffected").isNull() &&
		(d.get("resource").kind() == '{' || d.get("service").kind() == '{')
}

// unwrapText returns the JSON inside a JSON string, as an entry for PutEvents has it, and anything
// else as it is, with the text that it was read from. Null is nothing.
func unwrapText(d document) (document, json.RawMessage) {
	if d.isNull() {
		return document{}, nil
	}
	if d.kind() == '"' {
		text := d.content()
		if inner := decode(text); inner.kind() == '{' {
			return inner, text
		}
	}
	return d, d.raw()
}
