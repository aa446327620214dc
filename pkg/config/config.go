// Package config reads settings into a typed configuration, from a Source that is handed over: the
// environment, a file, or any other. It reports every mistake at once, each by the variable's name
// and its remedy, never by its value.
//
// There is one naming rule: a setting X of the instance "oncall" is ONCALL_X, else X, else the
// default. A setting that belongs to a type of sink has only the first form.
package config

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/pkg/setting"
	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

// The kinds of ledger.
const (
	LedgerOff      = "off"
	LedgerMemory   = "memory"
	LedgerDynamoDB = "dynamodb"
)

// The bounds of RATE, in messages a second.
const (
	minRate = 0.01
	maxRate = 1000.0
)

// Config is what the settings ask for.
type Config struct {
	// Sinks are the instances to tell, in the order of SINKS.
	Sinks []Sink
	// AccountNames gives the operator's name for an account id.
	AccountNames map[string]string
	// AccountNamesSecret holds the names where ACCOUNT_NAMES is a reference; see ParseAccountNames.
	AccountNamesSecret secret.Ref
	// Mutes is where the list of mutes is.
	Mutes Mutes
	// Ledger is one of the kinds of ledger, LedgerTable the table of LedgerDynamoDB.
	Ledger, LedgerTable string
	// DeadLetterQueueURL is where dead pairs go; empty keeps their record failed.
	DeadLetterQueueURL string
	// DigestEvery is how long after its first finding a digest is told, in whole seconds.
	DigestEvery time.Duration

	looks map[string]string
}

// Sink is one instance of a type of sink.
type Sink struct {
	// Name is the instance's name, Type the type of sink that it is.
	Name, Type string
	// MinSeverity is the lowest severity that it wants, inclusive.
	MinSeverity finding.Threshold
	// Rate is how many messages a second it takes, 0 without a limit; nil leaves that to the type of sink.
	Rate *float64
	// DigestAfter is how many messages a minute it is told one by one before the rest goes into a digest, 0 for
	// all; nil leaves that to the type of sink.
	DigestAfter *int

	look map[string]text
}

// Options say what the configuration may ask for.
type Options struct {
	// SinkTypes gives, for each type of sink, the names of its own settings without the prefix.
	SinkTypes map[string][]string
	// DefaultSinks stands for SINKS where it is not set; empty means that SINKS is required.
	DefaultSinks string
}

// shared are the settings that every instance can have of its own. All fields are texts: parsing
// them here, and not in the source, keeps values out of the errors and finds every mistake.
type shared struct {
	MinSeverity string `split_words:"true"`
	Rate        string
	DigestAfter string `split_words:"true"`
}

// global are the settings that there is one of.
type global struct {
	Sinks              string
	AccountNames       string `split_words:"true"`
	Mutes              string
	Ledger             string
	LedgerTable        string `split_words:"true"`
	DeadLetterQueueURL string `split_words:"true"`
	DigestEvery        string `split_words:"true"`
}

// Load reads the settings. A variable that is set to nothing counts as not set. The error joins one
// error for each mistake.
func Load(source Source, o Options) (Config, error) {
	var g global
	var s shared
	if err := errors.Join(source.Decode("", &g), source.Decode("", &s)); err != nil {
		return Config{}, errors.New("the settings cannot be read") // fields of text cannot fail
	}
	l := loader{source: source, options: o, defaults: s, looks: readLook(source, "")}
	// A default is checked even where each instance has a value of its own.
	l.minSeverity("MIN_SEVERITY", strings.TrimSpace(s.MinSeverity))
	l.rate("RATE", strings.TrimSpace(s.Rate))
	c := Config{Sinks: l.sinks(g.Sinks), looks: l.looks}
	if names := secret.New(strings.TrimSpace(g.AccountNames)); names.IsReference() {
		c.AccountNamesSecret = names
	} else {
		var mistakes []error
		c.AccountNames, mistakes = ParseAccountNames(g.AccountNames)
		l.mistakes = append(l.mistakes, mistakes...)
	}
	c.Mutes = l.mutes("MUTES", strings.TrimSpace(g.Mutes))
	c.Ledger = l.ledger(g.Ledger)
	c.LedgerTable = l.ledgerTable(c.Ledger, strings.TrimSpace(g.LedgerTable))
	c.DeadLetterQueueURL = l.queue("DEAD_LETTER_QUEUE_URL", strings.TrimSpace(g.DeadLetterQueueURL))
	c.DigestEvery = l.digestEvery(strings.TrimSpace(g.DigestEvery))
	l.unknown(c.Sinks)
	return c, errors.Join(l.mistakes...)
}

// loader collects the mistakes.
type loader struct {
	source   Source
	options  Options
	defaults shared
	looks    map[string]string
	mistakes []error
}

func (l *loader) mistake(variable, format string, args ...any) {
	l.mistakes = append(l.mistakes, fmt.Errorf("%s: %s", variable, fmt.Sprintf(format, args...)))
}

// mistakeOnce is mistake for a default that several instances share.
func (l *loader) mistakeOnce(variable, format string, args ...any) {
	if !slices.ContainsFunc(l.mistakes, func(m error) bool { return strings.HasPrefix(m.Error(), variable+":") }) {
		l.mistake(variable, format, args...)
	}
}

// sink reads the shared settings of one instance.
func (l *loader) sink(name, kind string) Sink {
	var own shared
	if err := l.source.Decode(name, &own); err != nil {
		l.mistake(prefix(name)+"*", "cannot be read")
	}
	return Sink{
		Name: name, Type: kind, look: l.look(name),
		MinSeverity: l.minSeverity(l.own(prefix(name), "MIN_SEVERITY", own.MinSeverity, l.defaults.MinSeverity)),
		Rate:        l.rate(l.own(prefix(name), "RATE", own.Rate, l.defaults.Rate)),
		DigestAfter: l.digestAfter(l.own(prefix(name), "DIGEST_AFTER", own.DigestAfter, l.defaults.DigestAfter)),
	}
}

// own gives the value that an instance has for a setting, and the variable that it comes from.
func (l *loader) own(prefix, setting, own, shared string) (variable, text string) {
	if text = strings.TrimSpace(own); text != "" {
		return prefix + setting, text
	}
	return setting, strings.TrimSpace(shared)
}

func (l *loader) minSeverity(variable, text string) finding.Threshold {
	if text == "" {
		text = "medium"
	}
	threshold, err := finding.ParseThreshold(text)
	if err != nil {
		l.mistakeOnce(variable, "%v", err)
	}
	return threshold
}

// rate reads a number of messages a second; nil stands for the usual rate of the type of sink.
func (l *loader) rate(variable, text string) *float64 {
	if text == "" {
		return nil
	}
	rate, err := strconv.ParseFloat(text, 64)
	if err != nil || !(rate == 0 || rate >= minRate && rate <= maxRate) {
		l.mistakeOnce(variable, "not a number of messages a second: want %v to %v, or 0 for no limit", minRate, maxRate)
	}
	return &rate
}

func (l *loader) ledger(text string) string {
	switch kind := strings.ToLower(strings.TrimSpace(text)); kind {
	case "":
		return LedgerMemory
	case LedgerOff, LedgerMemory, LedgerDynamoDB:
		return kind
	default:
		l.mistake("LEDGER", "not a kind of ledger: want %s, %s or %s", LedgerOff, LedgerMemory, LedgerDynamoDB)
		return LedgerOff
	}
}

func (l *loader) ledgerTable(ledger, table string) string {
	const variable = "LEDGER_TABLE"
	switch {
	case ledger == LedgerDynamoDB && table == "":
		l.mistake(variable, "is not set; name the DynamoDB table that LEDGER=%s keeps its records in", ledger)
	case ledger != LedgerDynamoDB && table != "":
		l.mistake(variable, "is without effect unless LEDGER is %s; set that too, or unset this", LedgerDynamoDB)
	}
	return table
}

// queue checks the URL of an SQS queue. It is no secret, but is not shown either.
func (l *loader) queue(variable, text string) string {
	if text == "" {
		return ""
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || strings.Trim(u.Path, "/") == "" {
		l.mistake(variable, "is not the URL of an SQS queue, such as https://sqs.eu-west-1.amazonaws.com/111122223333/dead-letters")
	}
	return text
}

// unknown reports variables under an instance's prefix that nobody knows: a setting with a slip in
// its name would otherwise be silently without effect.
func (l *loader) unknown(sinks []Sink) {
	known := map[string]bool{}
	var names []string
	for _, sink := range sinks {
		for _, name := range slices.Concat(sharedSettings(), l.options.SinkTypes[sink.Type]) {
			names = append(names, prefix(sink.Name)+name)
		}
	}
	for _, name := range names {
		known[name] = true
	}
	variables := l.source.Names()
	slices.SortFunc(variables, func(a, b string) int { return strings.Compare(a+"=", b+"=") }) // as env(1) has them, sorted
	for _, variable := range variables {
		value, _ := l.source.Lookup(variable)
		if value.Text == "" || known[variable] || !hasPrefix(variable, sinks) {
			continue
		}
		if meant := suggest.Word(variable, names); meant != "" {
			l.mistake(variable, "no such setting; did you mean %s?", meant)
		} else {
			l.mistake(variable, "no such setting; the settings of this sink are in docs/configuration.md")
		}
	}
}

// sharedSettings returns the names of the settings that every instance can have of its own.
func sharedSettings() []string {
	return append(setting.Names(reflect.TypeFor[shared]()), setting.Names(reflect.TypeFor[look]())...)
}

// globalSettings returns the names of the settings that there is one of.
func globalSettings() []string { return setting.Names(reflect.TypeFor[global]()) }

func hasPrefix(variable string, sinks []Sink) bool {
	return slices.ContainsFunc(sinks, func(sink Sink) bool {
		return strings.HasPrefix(variable, prefix(sink.Name))
	})
}

func prefix(instance string) string { return strings.ToUpper(instance) + "_" }
