package source

import (
	"slices"
	"strings"
	"unicode"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Native says how the findings of a source are known where another source passes them on, as
// Security Hub does.
type Native struct {
	// Product is the end of the product's ARN there: "aws/macie".
	Product string
	// ID returns the id that the source's own events have for a finding, out of an id or ARN by
	// which it is passed on, and "" for what is none. Nil takes the first id as it is.
	ID func(alias string) string
	// Part returns what tells apart the findings as which one of the source's is passed on, as one for
	// each resource; nil for a source whose findings are passed on whole.
	Part func(alias string) string
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

// finder returns the place in the table of the source that has found what is passed on, or -1.
func (p Passed) finder(table []Source) int {
	return slices.IndexFunc(table, func(s Source) bool { return s.Native.Product != "" && s.Native.Product == p.Product })
}

// NativeOf returns the name of a finding at the source that has found it, which is one of the
// table; for a product that is not in the table it returns the product's name, and an id that no
// other product's finding has.
func NativeOf(table []Source, p Passed) finding.Native {
	at := p.finder(table)
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

// PartOf returns which part a finding is of one of the table's, "" for one that is passed on whole.
func PartOf(table []Source, p Passed) string {
	at := p.finder(table)
	if at < 0 || table[at].Native.Part == nil {
		return ""
	}
	for _, id := range p.IDs {
		if part := table[at].Native.Part(id); part != "" {
			return part
		}
	}
	return ""
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
