// Package securityhubcspm is the source of what AWS Security Hub CSPM publishes in the AWS Security
// Finding Format (ASFF): the results of its own controls, and the findings of other products that it
// passes on.
package securityhubcspm

import (
	_ "embed"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
)

// What EventBridge calls Security Hub CSPM and its events:
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-integration-types.html
const (
	sourceName     = "aws.securityhub"
	imported       = "Security Hub Findings - Imported"
	customAction   = "Security Hub Findings - Custom Action"
	insightResults = "Security Hub Insight Results"
	// preview is what imported findings were called at first; archives have them.
	preview = "Security Hub Findings"
)

// ownProduct is the end of the ARN under which Security Hub CSPM passes on its own findings.
const ownProduct = "aws/securityhub"

// The words for the facts that no other source has.
var (
	//go:embed words/en.txt
	en string
	//go:embed words/ja.txt
	ja string
)

// Source returns the source of Security Hub CSPM's findings.
func Source() source.Source {
	return source.Source{
		ID: "securityhub-cspm", Name: sourceName, Product: "Security Hub CSPM",
		DetailTypes: []string{imported, customAction, insightResults, preview},
		Parse:       parse, Passed: passed, About: about, Recognises: recognises,
		IsGraded: true, IsBursty: true,
		Native: source.Native{Product: ownProduct},
		Rules:  rules(), Samples: samples(), Words: map[string]string{"en": en, "ja": ja},
	}
}

// recognises reports whether an object is a finding in ASFF.
func recognises(d lenient.Document) bool {
	return !d.Get("ProductArn").IsNull() && !d.Get("AwsAccountId").IsNull()
}

// passed says which product has found what is passed on.
func passed(d lenient.Document) source.Passed {
	product := lenient.ProductOf(d.Text("ProductArn"))
	if product == ownProduct || product == "" {
		return source.Passed{}
	}
	id, _, _ := names(d)
	p := source.Passed{Product: product, Name: productName(d, product)}
	for _, alias := range []string{id, fullID(d), d.Get("ProductFields", "findingId").Text(), lenient.PageID(d.Text("SourceUrl"))} {
		p.IDs = lenient.AppendNew(p.IDs, alias)
	}
	return p
}

// productName returns what a product is called. One that an account imports from under its own name
// is called Default; the tools that do so say elsewhere who they are.
func productName(d lenient.Document, product string) string {
	fields := d.Get("ProductFields")
	company, short, _ := strings.Cut(product, "/")
	for _, name := range []string{
		d.Text("ProductName"), fields.Get("aws/securityhub/ProductName").Text(), fields.Text("ProductName", "ProviderName"), short,
	} {
		if name != "" && !strings.EqualFold(name, "Default") {
			return name
		}
	}
	if name := d.Text("CompanyName"); !strings.EqualFold(name, "Personal") && name != company {
		return name
	}
	return ""
}

// names returns the finding's id, its ARN and the ARN of the product.
func names(d lenient.Document) (id, arn, product string) {
	id, product = d.Text("Id"), d.Text("ProductArn")
	if id == "" {
		id = fullID(d)
	}
	return id, lenient.ARN(id), product
}

// fullID returns the id that stands behind the product's ARN in the id that Security Hub gives a
// finding beside the product's own.
func fullID(d lenient.Document) string {
	full := d.Get("ProductFields", "aws/securityhub/FindingId").Text()
	id, isThere := strings.CutPrefix(full, d.Text("ProductArn")+"/")
	if !isThere {
		return ""
	}
	return id
}
