package events

import (
	"encoding/json"
	"strings"
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
	remedyConfirmation  = "confirm the subscription; events come after that"
	remedyOtherSource   = "send GuardDuty findings here by an EventBridge rule, a queue or a topic"
	reasonConfirmation  = "this is SNS asking to confirm a subscription"
	reasonObject        = "the object has neither detail-type nor source and detail, and is no finding"
	reasonFindingsEmpty = "the list of findings is empty"
)

// readEnvelope reads an event, or a bare finding as an event. The error is a *NoEventError.
func readEnvelope(c content) (Envelope, error) {
	fields := c.object
	detail := unwrapText(fields.get(keyDetail))
	isEvent := fields.get(keyDetailType) != nil || (fields.get(keySource) != nil && detail != nil)
	if !isEvent {
		return bareEnvelope(c)
	}
	resources := read(fields.get("resources"))
	return Envelope{
		ID:         fields.text("id"),
		Source:     fields.text(keySource),
		DetailType: fields.text(keyDetailType),
		Account:    read(fields.get("account")).account(),
		Region:     fields.text("region"),
		Time:       read(fields.get("time")).time(),
		Resources:  resources.texts(),
		Detail:     detail,
		Event:      c.text,
		isRead:     true,
	}, nil
}

// bareEnvelope makes an envelope for findings that came without one, such as the output of
// "aws guardduty get-findings".
func bareEnvelope(c content) (Envelope, error) {
	envelope := Envelope{Detail: c.text, Event: c.text, isRead: true}
	sample := c.object
	if findings, ok := c.object.elements(keyFindings); ok {
		if len(findings) == 0 {
			return Envelope{}, &NoEventError{Reason: reasonFindingsEmpty, Remedy: remedyEvent}
		}
		sample = readObject(findings[0])
	}
	switch {
	case isGuardDuty(sample):
		envelope.Source, envelope.DetailType = guardDutySource, guardDutyType
		return envelope, nil
	case sample.get("ProductArn") != nil && sample.get("AwsAccountId") != nil:
		envelope.Source, envelope.DetailType = securityHubSource, securityHubType
		return envelope, nil
	case strings.HasSuffix(c.object.text("Type"), "Confirmation"):
		return Envelope{}, &NoEventError{Reason: reasonConfirmation, Remedy: remedyConfirmation}
	case c.object.get("eventSource") != nil:
		return Envelope{}, &NoEventError{Reason: "this is a record of another service", Remedy: remedyOtherSource}
	case len(c.object) == 0:
		return Envelope{}, &NoEventError{Reason: "the object is empty", Remedy: remedyEvent}
	}
	return Envelope{}, &NoEventError{Reason: reasonObject, Remedy: remedyEvent}
}

// isGuardDuty reports whether an object is a GuardDuty finding. Findings of Macie look alike, but say
// what they affected.
func isGuardDuty(fields object) bool {
	if strings.Contains(fields.text("arn"), ":guardduty:") {
		return true
	}
	return fields.text("type") != "" && fields.get("resourcesAffected") == nil &&
		(readObject(fields.get("resource")) != nil || readObject(fields.get("service")) != nil)
}

// unwrapText gives the JSON inside a JSON string, as an entry for PutEvents has it, and anything
// else as it is.
func unwrapText(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 || raw[0] != '"' {
		return raw
	}
	if inner := unquote(raw); valid(inner) && readObject(inner) != nil {
		return inner
	}
	return raw
}

// object is a JSON object whose members are not decoded yet, in its order. The nil object has no members.
type object []rawMember

// rawMember is a member of an object as it stands in the text: its name in quotes.
type rawMember struct{ name, value json.RawMessage }

// is reports whether the member has the name.
func (m rawMember) is(name string) bool { return string(unquote(m.name)) == name }

// usualNames is room for the members of an event or of a record.
const usualNames = 12

// readObject gives raw, which is valid JSON, as an object, or nil when it is none.
func readObject(raw json.RawMessage) object {
	in := scanner{text: raw}
	if in.peek() != '{' {
		return nil
	}
	members := make(object, 0, usualNames)
	in.object(func(name json.RawMessage) { members = append(members, rawMember{name, in.skip()}) })
	return members
}

// get gives the named member, or nil when it is absent or null. An exact name goes first; else case
// and separators do not matter. Of several members of one name the last counts, as in encoding/json.
func (o object) get(name string) json.RawMessage {
	for i := len(o) - 1; i >= 0; i-- {
		if !o[i].is(name) {
			continue
		}
		if !isNull(o[i].value) {
			return o[i].value
		}
		break
	}
	best, found := "", json.RawMessage(nil)
	for i := len(o) - 1; i >= 0; i-- {
		if isNull(o[i].value) || o[i].is(name) {
			continue
		}
		if key := unquote(o[i].name); sameName(key, name) && (found == nil || string(key) < best) {
			best, found = string(key), o[i].value
		}
	}
	return found
}

func (o object) text(name string) string { return read(o.get(name)).text() }

// elements gives the members of the named list, and whether there is such a list.
func (o object) elements(name string) ([]json.RawMessage, bool) { return readList(o.get(name)) }

// readList gives the elements of a list in valid JSON, and whether raw is one.
func readList(raw json.RawMessage) ([]json.RawMessage, bool) {
	in := scanner{text: raw}
	if in.peek() != '[' {
		return nil, false
	}
	list := []json.RawMessage{}
	in.list(func() { list = append(list, in.skip()) })
	return list, true
}

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }
