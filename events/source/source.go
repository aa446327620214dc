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

// Source is a service whose findings have a parser of their own. ID, Name, Product, DetailTypes,
// Parse and About are required.
type Source struct {
	// ID is what operators call it, such as "macie"; no two sources have the same.
	ID string
	// Name is the EventBridge source of its events, such as "aws.macie". Sources of one service
	// whose findings have several forms share it, and differ in their detail-types.
	Name string
	// AlsoNamed are further EventBridge sources of its events; a finding's Source is Name all the same.
	AlsoNamed []string
	// AnyService says that the source's events come under the EventBridge sources of all services of
	// AWS: their detail-type says whose they are, and Name is none of theirs alone.
	AnyService bool
	// Product is the vendor's own spelling of it, such as "Macie".
	Product string
	// DetailTypes are the detail-types of the events that hold findings; the first is that of a
	// finding without an envelope.
	DetailTypes []string
	// Parse returns the finding in a document, which came as raw in the envelope. The document is
	// the parser's own, to change as it likes. Of a finding that the source passes on for another
	// one, Passed says where it comes from.
	Parse func(e Envelope, d lenient.Document, raw json.RawMessage) finding.Finding
	// Passed says where a finding comes from that Parse has read in the document; nil for a source
	// that passes on no findings of others, and the zero value for one of its own.
	Passed func(d lenient.Document) Passed
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
	// Types returns the finding types that the source documents, of which new ones come; nil if it
	// documents none. Conditions are held against them.
	Types func() []string
	// Native is how the findings of this source are known where another source passes them on; its
	// zero value if none does.
	Native Native
	// IsGraded says that the source's findings state a severity. Those of others have one that the
	// parser makes of what they state, which the operator can overrule by Graded.
	IsGraded bool
	// Graded is the severity that the operator wants for every finding that is neither good news nor
	// critical already; zero changes nothing.
	Graded finding.Severity
	// IsBursty says that findings come by the thousand at once: they are put into digests from the
	// first one on. Of what a source passes on, that is so of what another bursty source has found,
	// and of the vulnerabilities and checks of the rest.
	IsBursty bool
	// Archive puts findings aside at the source itself; nil where that cannot be asked of it.
	Archive *Archive
	// Rules are how a deployment asks EventBridge for the source's events; their zero value asks for
	// every event of the detail-types. The Lambda's build has none.
	Rules Rules
	// Samples makes sample events; its zero value if the source has none.
	Samples Samples
	// Words are the source's texts by language code, each a table as formatter/lang/en.txt explains.
	// Their keys begin with WordPrefix: that of the label of a fact goes on with fact. and its name,
	// that of the words for a value of it with value., the name, a dot and the value. A language that
	// is missing is said in English.
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
	// Unmarked leaves out what marks it as a sample.
	Unmarked bool
}

// Reads reports whether the source's parser is the one for e. Only AWS may publish under the name
// of an AWS service, so an event that somebody sent again has another source, or none. A source
// without a name reads everything.
func (s Source) Reads(e Envelope) bool {
	if s.Name == "" {
		return true
	}
	isName := func(name string) bool { return strings.EqualFold(e.Source, name) }
	isOwn := isName(s.Name) || slices.ContainsFunc(s.AlsoNamed, isName)
	isForeign := !isOwn && !s.IsStage(e.Source) && strings.HasPrefix(strings.ToLower(e.Source), "aws.")
	if e.DetailType == "" {
		return isOwn
	}
	isForeign = isForeign && !s.AnyService
	isNamed := func(detailType string) bool { return lenient.SameName(e.DetailType, detailType) }
	return !isForeign && slices.ContainsFunc(s.DetailTypes, isNamed)
}

// IsStage reports whether a name is the source's with something behind it, as that of a stage or of a
// version of the service: AWS's guide has an event of aws.access-analyzer-test, and the API of Macie is
// called macie2. https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-eventbridge.html
func (s Source) IsStage(name string) bool {
	return !s.AnyService && s.Name != "" && len(name) > len(s.Name) && strings.EqualFold(name[:len(s.Name)], s.Name)
}

// Published reports whether the finding was published by the source.
func (s Source) Published(f *finding.Finding) bool {
	if s.AnyService {
		return s.ID == f.Road && strings.HasPrefix(f.Source, "aws.")
	}
	return s.Name == f.Source && (s.ID == f.Road || f.Road == "") // the road of what was stored may not be known
}

// WordPrefix returns what the keys of the source's words begin with: its ID and a dot. So no two
// sources have words of one key.
func (s Source) WordPrefix() string { return s.ID + "." }
