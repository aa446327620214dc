// Package source is the contract of a source of findings: what a folder in events says of one. The
// table of sources in package events has a line for each.
package source

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Source is a service whose findings have a parser of their own. Name, Product, DetailTypes, Parse
// and About are required.
type Source struct {
	// Name is the EventBridge source of its events, such as "aws.macie".
	Name string
	// Product is the vendor's own spelling of it, such as "Macie".
	Product string
	// DetailTypes are the detail-types of the events that hold findings; the first is that of a
	// finding without an envelope.
	DetailTypes []string
	// Parse returns the finding in a document, which came as raw in the envelope. The document is
	// the parser's own, to change as it likes.
	Parse func(e Envelope, d lenient.Document, raw json.RawMessage) finding.Finding
	// About returns what the source says of its finding beside the event: headlines and links. It
	// reads no more than the finding's id, type, place and state, which a stored finding has too.
	About func(f *finding.Finding) finding.About
	// Recognises reports whether a document without an envelope is a finding of the source; nil if
	// the source's findings come in envelopes only.
	Recognises func(d lenient.Document) bool
	// TypePage returns the page that documents a finding type, or "" if the source does not know
	// the type. It is asked about findings that another source published under the same type; nil
	// if the source documents no types.
	TypePage func(findingType string) string
	// DefaultSeverity is that of a finding that states none by design; zero changes nothing.
	DefaultSeverity finding.Severity
	// IsRuledBySeverity says that the member "severity" of a detail is a number on the common
	// scale, so that a rule can leave out what is too mild for every sink.
	IsRuledBySeverity bool
	// Samples makes sample events; its zero value if the source has none.
	Samples Samples
	// Words are the source's texts by language code, each a table as formatter/lang/en.txt
	// explains. Their keys begin with WordPrefix. A language that is missing is said in English.
	Words map[string]string
}

// Samples makes sample events of a source.
type Samples struct {
	// Types returns every finding type that there is a sample of, sorted.
	Types func() []string
	// Showcase returns a handful of types that show what messages look like.
	Showcase func() []string
	// Event returns the EventBridge event of a sample finding. The same options give the same
	// bytes. The error says what is wrong with the options; it is ErrNoType for a type without a
	// sample.
	Event func(findingType string, o SampleOptions) (json.RawMessage, error)
}

// ErrNoType says that there is no sample of a finding type.
var ErrNoType = errors.New("no such finding type")

// SampleOptions say where and when a sample happens.
type SampleOptions struct {
	// Account is an account id; empty means 111122223333.
	Account string
	// Region is a region code; empty means eu-central-1.
	Region string
	// Time is when the event is published.
	Time time.Time
}

// Reads reports whether the source's parser is the one for e. Only AWS may publish under the name
// of an AWS service, so an event that somebody sent again has another source, or none.
func (s Source) Reads(e Envelope) bool {
	isOwn := strings.EqualFold(e.Source, s.Name)
	isForeign := !isOwn && strings.HasPrefix(strings.ToLower(e.Source), "aws.")
	if e.DetailType == "" {
		return isOwn
	}
	isNamed := func(detailType string) bool { return lenient.SameName(e.DetailType, detailType) }
	return !isForeign && slices.ContainsFunc(s.DetailTypes, isNamed)
}

// Pattern returns what an EventBridge rule matches for the source's findings that are at or above a
// threshold. A finding without a severity is matched too: one alert too many is better than none.
func (s Source) Pattern(threshold finding.Threshold) map[string]any {
	detailTypes := make([]any, len(s.DetailTypes))
	for i, detailType := range s.DetailTypes {
		detailTypes[i] = detailType
	}
	pattern := map[string]any{"source": []any{s.Name}, "detail-type": detailTypes}
	if s.IsRuledBySeverity {
		pattern["detail"] = map[string]any{"severity": []any{
			map[string]any{"numeric": []any{">=", float64(threshold)}},
			map[string]any{"exists": false},
		}}
	}
	return pattern
}

// WordPrefix returns what the keys of the source's words begin with: "macie." for "aws.macie". So
// no two sources have words of one key.
func (s Source) WordPrefix() string { return strings.TrimPrefix(s.Name, "aws.") + "." }
