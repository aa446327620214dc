package sqstest

import (
	"fmt"
	"strconv"
	"strings"
)

// batchRefusal returns SQS's code for what is wrong with a batch as a whole, or "".
func batchRefusal(all []Entry) string {
	size, ids := 0, map[string]bool{}
	for _, e := range all {
		size += e.Size()
		ids[e.ID] = true
	}
	switch {
	case len(all) == 0:
		return "EmptyBatchRequest"
	case len(all) > 10:
		return "TooManyEntriesInBatchRequest"
	case ids[""]:
		return "InvalidBatchEntryId"
	case len(ids) != len(all):
		return "BatchEntryIdsNotDistinct"
	case size > MaxSent:
		return "BatchRequestTooLong"
	}
	return ""
}

// refusal returns SQS's code for what is wrong with a message, or "", and notes it.
func (s *Server) refusal(e Entry, isFIFO bool) string {
	code, reason := Check(e, isFIFO)
	if size := e.Size(); code == "" && size > s.maxMessage {
		code, reason = "InvalidParameterValue", fmt.Sprintf("%d bytes, and the queue takes %d", size, s.maxMessage)
	}
	if code != "" {
		s.NoteRefusal(fmt.Errorf("%s: %s", code, reason))
	}
	return code
}

// Check returns SQS's code for what is wrong with a message, and the reason; nothing when nothing is.
func Check(e Entry, isFIFO bool) (code, reason string) {
	switch {
	case e.Body == "":
		return "MissingParameter", "no body"
	case strings.ContainsFunc(e.Body, isNotInXML):
		return "InvalidMessageContents", "a character that XML has no form of"
	case e.Size() > MaxSent:
		return "InvalidParameterValue", fmt.Sprintf("%d bytes", e.Size())
	case len(e.MessageAttributes) > 10:
		return "InvalidParameterValue", fmt.Sprintf("%d attributes", len(e.MessageAttributes))
	case isFIFO && (e.Group == "" || e.Deduplication == ""):
		return "MissingParameter", "a FIFO queue wants a group and a deduplication id"
	case !isFIFO && e.Deduplication != "":
		return "InvalidParameterValue", "a deduplication id for a queue that is not FIFO"
	case !isName(e.Group) || !isName(e.Deduplication):
		return "InvalidParameterValue", "a group or a deduplication id of other characters, or too long"
	}
	for name, value := range e.MessageAttributes {
		if reason := attributeFault(name, value); reason != "" {
			return "InvalidParameterValue", "the attribute " + name + ": " + reason
		}
	}
	return "", ""
}

// attributeFault returns what is wrong with an attribute, or "".
func attributeFault(name string, value Attribute) string {
	_, err := strconv.ParseFloat(value.StringValue, 64)
	isLetter := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-.", r)
	}
	switch {
	case name == "" || len(name) > 256 || strings.Trim(name, ".") != name || strings.ContainsFunc(name, func(r rune) bool { return !isLetter(r) }):
		return "the name"
	case strings.HasPrefix(strings.ToLower(name), "aws.") || strings.HasPrefix(strings.ToLower(name), "amazon."):
		return "a name that is AWS's own"
	case value.DataType != "String" && value.DataType != "Number":
		return "the type"
	case value.StringValue == "" || strings.ContainsFunc(value.StringValue, isNotInXML):
		return "the value"
	case value.DataType == "Number" && err != nil:
		return "no number"
	}
	return ""
}

// isName reports whether a text is up to 128 letters, digits and punctuation.
func isName(text string) bool {
	return len(text) <= 128 && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// isNotInXML reports whether XML 1.0 has no form of a character.
// https://www.w3.org/TR/REC-xml/#charsets
func isNotInXML(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r', r >= 0x20 && r <= 0xd7ff, r >= 0xe000 && r <= 0xfffd, r >= 0x10000 && r <= 0x10ffff:
		return false
	}
	return true
}
