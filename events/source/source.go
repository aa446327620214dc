// Package source is the contract of a source of findings: what a folder in events says of one. The
// table of sources in package events has a line for each.
package source

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

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
	// Native is how the findings of this source are known where another source passes them on; its
	// zero value if none does.
	Native Native
	// IsGraded says that the source's findings state a severity. Those of others have one that the
	// parser makes of what they state, which the operator can overrule by Graded.
	IsGraded bool
	// Graded is the severity that the operator wants for every finding that is neither good news nor
	// critical already; zero
	// changes nothing.
	Graded finding.Severity
	// IsBursty says that findings come by the thousand at once: they are put into digests from the
	// first one on. Of what a source passes on, that is so of what another bursty source has found,
	// and of the vulnerabilities and checks of the rest.
	IsBursty bool
	// Rules are how a deployment asks EventBridge for the source's events; their zero value asks for
	// every event of the detail-types. The Lambda's build has none.
	Rules Rules
	// Samples makes sample events; its zero value if the source has none.
	Samples Samples
	// Words are the source's texts by language code, each a table as formatter/lang/en.txt
	// explains. Their keys begin with WordPrefix: that of the label of a fact goes on with fact. and its
	// name, that of the words for a value of it with value., the name, a dot and the value. A language that is missing is said in English.
	Words map[string]string
}

// Native says how the findings of a source are known where another source passes them on, as
// Security Hub does.
type Native struct {
	// Product is the end of the product's ARN there: "aws/macie".
	Product string
	// ID returns the id that the source's own events have for a finding, out of an id or ARN by
	// which it is passed on, and "" for what is none. Nil takes the first id as it is.
	ID func(alias string) string
}

// Passed is what a source that passes on the findings of others says of where one comes from.
type Passed struct {
	// Product is the end of the product's ARN: "aws/macie" for "arn:...:product/aws/macie".
	Product string
	// Name is the product's name in words, as the event states it.
	Name string
	// IDs are the names under which the finding is passed on, the most exact first.
	IDs []string
}

// NativeOf returns the name of a finding at the source that has found it, which is one of the
// table; for a product that is not in the table it returns the product's name, and an id that no
// other product's finding has.
func NativeOf(table []Source, p Passed) finding.Native {
	at := slices.IndexFunc(table, func(s Source) bool { return s.Native.Product != "" && s.Native.Product == p.Product })
	if at < 0 {
		return finding.Native{Product: nameOf(table, p), ID: idOf(p)}
	}
	native := finding.Native{Source: table[at].Name, Product: table[at].Product}
	for _, id := range p.IDs {
		if table[at].Native.ID != nil {
			id = table[at].Native.ID(id)
		}
		if id != "" {
			native.ID = id
			return native
		}
	}
	return finding.Native{Product: table[at].Product}
}

// nameOf returns the name that a product states, and its own ARN's where it is none of AWS's and says
// that it is: whoever may import findings can call himself anything there.
func nameOf(table []Source, p Passed) string {
	if strings.HasPrefix(p.Product, "aws/") {
		return p.Name
	}
	name, isAWS := plainName(p.Name)
	isTaken := func(s Source) bool {
		product, _ := plainName(s.Product)
		return product != "" && product == name
	}
	if isAWS || slices.ContainsFunc(table, isTaken) {
		return p.Product
	}
	return p.Name
}

// plainName returns the letters and digits of a product's name, without AWS's own name before them,
// and whether that stands there.
func plainName(text string) (name string, isAWS bool) {
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
	for _, vendor := range []string{"amazon", "aws"} {
		if rest, isVendor := strings.CutPrefix(name, vendor); isVendor {
			return rest, true
		}
	}
	return name, false
}

// idOf returns the id of a finding with its product in front of it, for the ids of two products can
// be the same. An ARN of a service of AWS is nobody else's; other products can write any, and with
// that of a control they would end what Security Hub has found.
func idOf(p Passed) string {
	if len(p.IDs) == 0 || p.Product == "" || strings.HasPrefix(p.Product, "aws/") && strings.HasPrefix(p.IDs[0], "arn:") {
		return ""
	}
	return p.Product + "/" + p.IDs[0]
}

// Rules are how a deployment asks EventBridge for the events of a source.
type Rules struct {
	// Matching returns what an EventBridge rule matches in the detail for the findings that are at or
	// above a threshold, for those without a readable severity, and for those that are over; nil
	// matches every event of the detail-types.
	Matching func(threshold finding.Threshold) map[string]any
	// Whole returns the detail-types of which a rule takes every event at a threshold, for what is known
	// by its detail-type alone; nil if there are none.
	Whole func(threshold finding.Threshold) []string
	// WithoutEndings is Matching without what it matches only because it is over; nil if the source
	// publishes no endings, or none that a rule could tell.
	WithoutEndings func(threshold finding.Threshold) map[string]any
	// Volume says in English words how many events the source publishes, for operators who are
	// about to choose it: "one for each object and job run". Empty says nothing.
	Volume string
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

// Pattern returns what an EventBridge rule matches for the source's findings that are at or above a
// threshold. A finding without a severity is matched too: one alert too many is better than none.
func (s Source) Pattern(threshold finding.Threshold) map[string]any {
	detailTypes := make([]any, len(s.DetailTypes))
	for i, detailType := range s.DetailTypes {
		detailTypes[i] = detailType
	}
	names := []any{s.Name}
	for _, name := range s.AlsoNamed {
		names = append(names, name)
	}
	pattern := map[string]any{"source": names, "detail-type": detailTypes}
	if s.AnyService {
		pattern["source"] = []any{map[string]any{"prefix": "aws."}} // nobody but AWS publishes under these
	}
	if s.Rules.Matching != nil && s.Graded != 0 && !s.IsGraded && s.Graded.AtLeast(threshold) {
		threshold = 0 // the operator's severity counts for all that the source can publish
	}
	if s.Rules.Matching == nil {
		return pattern
	}
	detail := s.Rules.Matching(threshold)
	if s.Rules.Whole != nil {
		var whole []any
		for _, detailType := range s.Rules.Whole(threshold) {
			whole = append(whole, detailType)
		}
		if len(whole) > 0 {
			return map[string]any{"source": names, "$or": []any{
				map[string]any{"detail-type": whole}, map[string]any{"detail-type": detailTypes, "detail": detail},
			}}
		}
	}
	pattern["detail"] = detail
	return pattern
}

// PatternWithoutEndings returns Pattern without what it matches only because it is over. A source
// that has no such rule has its usual pattern.
func (s Source) PatternWithoutEndings(threshold finding.Threshold) map[string]any {
	if s.Rules.WithoutEndings != nil {
		s.Rules.Matching = s.Rules.WithoutEndings
	}
	return s.Pattern(threshold)
}

// AnyOf returns what an EventBridge rule matches if it matches one of the alternatives at least, of
// which there is one or more. EventBridge refuses a $or with one alone.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
func AnyOf(alternatives ...map[string]any) map[string]any {
	if len(alternatives) == 1 {
		return alternatives[0]
	}
	list := make([]any, len(alternatives))
	for i, alternative := range alternatives {
		list[i] = alternative
	}
	return map[string]any{"$or": list}
}

// WordPrefix returns what the keys of the source's words begin with: its ID and a dot. So no two
// sources have words of one key.
func (s Source) WordPrefix() string { return s.ID + "." }
