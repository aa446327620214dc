package events

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// parser reads one finding from its own document, which came as raw in the envelope.
type parser func(e Envelope, d document, raw json.RawMessage) finding.Finding

// sources is the table of what is read by a parser of its own.
func sources() []source {
	return []source{
		{name: guardDutySource, detailType: guardDutyType, parse: parseGuardDuty},
	}
}

type source struct {
	name, detailType string
	parse            parser
}

// reads reports whether the source's parser is the one for e. Only AWS may publish under the name of
// an AWS service, so an event that somebody sent again has another source, or none.
func (s source) reads(e Envelope) bool {
	isOwn := strings.EqualFold(e.Source, s.name)
	isForeign := !isOwn && strings.HasPrefix(strings.ToLower(e.Source), "aws.")
	if e.DetailType == "" {
		return isOwn
	}
	return sameName(e.DetailType, s.detailType) && !isForeign
}

// Parse gives the findings that the event holds, in its order: at least one, for an event that
// nobody has written a parser for is a generic finding that says what it is.
func Parse(e Envelope) []finding.Finding {
	parse := parseGeneric
	for _, source := range sources() {
		if source.reads(e) {
			parse = source.parse
			break
		}
	}
	documents, raws := split(e.document(), e.Detail)
	findings := make([]finding.Finding, len(documents))
	for i := range documents {
		findings[i] = parse(e, documents[i], raws[i])
	}
	return findings
}

// split gives the documents of the findings in a detail: the elements of its list of findings, or of
// the detail where it is a list itself, else the detail.
func split(d document, raw json.RawMessage) ([]document, []json.RawMessage) {
	list, isList := d.listed()
	if !isList || slices.ContainsFunc(list, isNoObject) {
		list, _ = d.object().get(keyFindings).listed()
	}
	if len(list) == 0 {
		return []document{d}, []json.RawMessage{raw}
	}
	raws := make([]json.RawMessage, len(list))
	for i := range list {
		raws[i] = list[i].raw()
	}
	return list, raws
}

func isNoObject(d document) bool { return d.kind() != '{' }

// origin says where a finding was read from. An event without a detail is its own document.
func origin(e Envelope, raw json.RawMessage) finding.Origin {
	if len(raw) == 0 {
		raw = e.Event
	}
	return finding.Origin{Published: e.Time, Document: raw, Event: e.Event}
}

// place says where a finding happened: as it says itself, else as its ARN says, else the envelope.
func place(e Envelope, stated finding.Place, arn string) finding.Place {
	name := parseARN(arn)
	p := finding.Place{
		Account:   finding.Account{ID: firstOf(stated.Account.ID, name.account, e.Account)},
		Region:    firstOf(stated.Region, name.region, e.Region),
		Partition: firstOf(stated.Partition, name.partition),
	}
	if p.Partition == "" {
		p.Partition = finding.PartitionOf(p.Region).Name
	}
	return p
}

// arnParts are the parts of an ARN: arn:partition:service:region:account:resource.
type arnParts struct{ partition, service, region, account, resource string }

func parseARN(arn string) arnParts {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return arnParts{}
	}
	return arnParts{parts[1], parts[2], parts[3], parts[4], parts[5]}
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
