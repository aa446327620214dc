package securityhubcspm

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// asked marks a finding that a person has sent here by a custom action. It is told though it may
// have been told before, or have been put aside: each such event is a part of its own of what is
// known of the finding.
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-custom-actions.html
func asked(f *finding.Finding, e source.Envelope) {
	name, description := action(e.Detail)
	f.Part, f.IsAsked, f.State = "custom action "+e.ID, true, finding.Open
	f.Facts = append(finding.Attributes{}.With(factAction, lenient.JoinWords(name, description)), f.Facts...)
}

// action returns the name and description of a custom action, which stand before the findings. What
// stands behind them is not read again for each finding.
func action(detail json.RawMessage) (name, description string) {
	decoder := json.NewDecoder(bytes.NewReader(detail))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return "", ""
	}
	for decoder.More() {
		member, err := decoder.Token()
		if err != nil || member == "findings" {
			break
		}
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			break
		}
		switch member {
		case "actionName":
			name = lenient.Decode(value).Text()
		case "actionDescription":
			description = lenient.Decode(value).Text()
		}
	}
	return name, description
}

// parseInsight reads the results of an insight that a person has sent here. They are names and
// numbers, such as of the instances with the most findings, and no findings.
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html
func parseInsight(e source.Envelope, d lenient.Document, raw json.RawMessage) finding.Finding {
	arn := lenient.ARN(d.Text("insightArn"))
	f := finding.Finding{
		ID: d.Text("insightArn", "insightName"), Source: cmp.Or(e.Source, sourceName), Type: insightResults,
		Title:       cmp.Or(d.Text("insightName"), insightResults),
		Description: d.Text("actionDescription"),
		// It has no severity, but a person has asked for it to be told.
		Severity: lenient.SeverityWord("medium"),
		Place:    e.Place(finding.Place{}, arn),
		Origin:   e.Origin(raw),
	}
	f.Updated = e.Time
	f.Part, f.IsAsked = "custom action "+e.ID, true
	kind := d.Text("resultType")
	var results []string
	for _, result := range d.List("insightResults") {
		for _, m := range result.Each() {
			results = lenient.AppendNew(results, lenient.JoinWords(m.Name, m.Value.Text()))
			if strings.HasPrefix(kind, "Resource") {
				f.Related = append(f.Related, finding.Resource{Type: kind, ID: lenient.ResourceName(m.Name), ARN: lenient.ARN(m.Name)})
			}
		}
	}
	if len(f.Related) > 0 {
		f.Resource, f.Related = f.Related[0], f.Related[1:]
	}
	f.Facts = f.Facts.With(factAction, d.Text("actionName")).With("result_type", kind).With("results", strings.Join(results, ", "))
	f.About.Aliases = lenient.AppendNew(nil, f.ID)
	return f
}
