// Package config is the source of what AWS Config publishes: whether resources comply with its
// rules, changes of resources, and its own work.
package config

import (
	_ "embed"
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// What EventBridge calls AWS Config and its events:
// https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-config.html
const (
	sourceName         = "aws.config"
	complianceChange   = "Config Rules Compliance Change"
	itemChange         = "Config Configuration Item Change"
	snapshotDelivery   = "Config Configuration Snapshot Delivery Status"
	historyDelivery    = "Config Configuration History Delivery Status"
	reEvaluationStatus = "Config Rules Re-evaluation Status"
)

// The words of the headlines and the facts.
var (
	//go:embed words/en.txt
	en string
	//go:embed words/ja.txt
	ja string
)

// Source returns the source of AWS Config's events.
func Source() source.Source {
	return source.Source{
		ID: "config", Name: sourceName, Product: "AWS Config",
		DetailTypes: []string{complianceChange, itemChange, snapshotDelivery, historyDelivery, reEvaluationStatus},
		Parse:       parse, About: about, Recognises: recognises,
		Native: source.Native{Product: "aws/config", ID: nativeID},
		Rules:  rules(), Samples: samples(), Words: map[string]string{"en": en, "ja": ja},
	}
}

// nativeID returns no id: Security Hub passes on the results of rules under ids of its own, which say
// neither rule nor resource by the names that AWS Config has for them.
func nativeID(string) string { return "" }

// recognises reports whether an object is what AWS Config sends to its topic: the result of a rule, a
// change of a resource, or how its own work goes.
// https://docs.aws.amazon.com/config/latest/developerguide/notifications-for-AWS-Config.html
func recognises(d lenient.Document) bool {
	sort := d.Text("messageType")
	switch {
	case sort == compliance:
		return d.Text("configRuleName") != ""
	case isItem(sort):
		return !d.Get("configurationItem").IsNull() || !d.Get("configurationItemSummary").IsNull()
	}
	isWork := strings.HasPrefix(sort, "ConfigurationSnapshot") || strings.HasPrefix(sort, "ConfigurationHistory") ||
		strings.HasPrefix(sort, "ConfigRulesEvaluation")
	return isWork && !d.Get("recordVersion").IsNull()
}

// about returns what is said of an event beside it.
func about(f *finding.Finding) finding.About {
	home := "/config/home?region=" + f.Region
	links := finding.Links{Findings: f.ConsoleURL(home + "#/rules")}
	switch {
	case f.Check.Control != "":
		links.Finding = f.ConsoleURL(home + "#/rules/details?configRuleName=" + url.QueryEscape(f.Check.Control))
	case isItem(f.Type) && f.Resource.ID != "":
		links = finding.Links{Finding: f.ConsoleURL(home + "#/resources/timeline?resourceId=" +
			url.QueryEscape(f.Resource.ID) + "&resourceType=" + url.QueryEscape(f.Resource.Type))}
	}
	return finding.About{Headlines: []finding.Headline{{Key: "config." + headline(f)}}, Links: links}
}

// headline returns the name of the words for an event.
func headline(f *finding.Finding) string {
	if f.Type != compliance {
		return f.Type
	}
	switch {
	case f.State == finding.Passed:
		return "compliant"
	case f.State.Over():
		return "not_applicable"
	case f.Severity == finding.Lowest:
		return "unclear"
	case !f.Severity.Known():
		return "changed"
	}
	return "noncompliant"
}
