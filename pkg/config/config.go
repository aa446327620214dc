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

// The levels of the log, the least first.
const (
	LogDebug = "debug"
	LogInfo  = "info"
	LogWarn  = "warn"
	LogError = "error"
)

// The bounds of RATE, in messages a second.
const (
	minRate = 0.01
	maxRate = 1000.0
)

// The bounds of the digest's settings. SQS delays a message by 15 minutes at the most:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-timers.html
const (
	maxDigestAfter = 10_000
	minDigestEvery = 10 * time.Second
	maxDigestEvery = 15 * time.Minute
	digestEvery    = time.Minute
)

// Config is what the settings ask for.
type Config struct {
	// Sinks are the instances to send to, in the order of SINKS.
	Sinks []Sink
	// DefaultSink is the instance that is sent what no other takes; empty for none.
	DefaultSink string
	// FallbackSink is the instance that is told when another one takes nothing; empty for none.
	FallbackSink string
	// AccountNames holds the operator's names by account id.
	AccountNames map[string]string
	// AccountNamesSecret holds the names where ACCOUNT_NAMES is a reference; see ParseAccountNames.
	AccountNamesSecret secret.Ref
	// SourceSeverity holds the severities that the operator wants for what states none, by the IDs of
	// the sources; nil for none.
	SourceSeverity map[string]finding.Severity
	// Mutes is where the list of mutes is.
	Mutes Mutes
	// Ledger is one of the kinds of ledger, LedgerTable the table of LedgerDynamoDB.
	Ledger, LedgerTable string
	// DeadLetterQueueURL is where dead pairs go; empty keeps their record failed.
	DeadLetterQueueURL string
	// Actions is what people may do about findings where they read them.
	Actions Actions
	// QueueURL is the queue that findings come by, where records wait that Tocsin sends itself; empty for none.
	QueueURL string
	// DigestEvery is how long after its first finding a digest is sent, in whole seconds.
	DigestEvery time.Duration
	// LogLevel is the lowest level of the lines that the log has; empty for LogInfo.
	LogLevel string

	settings // that instances share
}

// Sink is one instance of a type of sink.
type Sink struct {
	// Name is the instance's name, Type the type of sink that it is; empty where the file names none
	// that there is, of which a mistake is said.
	Name, Type string
	// IsUnread says that not all of it can be read; see IsSinkUnread.
	IsUnread bool
	// MinSeverity is the lowest severity that it wants, inclusive.
	MinSeverity finding.Threshold
	// Rate is how many messages a second it takes, 0 without a limit; nil is that of the type.
	Rate *float64
	// DigestAfter is how many messages a minute it is sent one by one before the rest goes into a
	// digest, 0 for all; nil leaves that to the type of sink.
	DigestAfter *int
	// Drills says that it is sent fire drills.
	Drills bool
	// HasSummary says that it is told once a week what the week was like.
	HasSummary bool
	// Escalation says of which of its findings another instance is told, when nobody has taken them on.
	Escalation Escalation

	settings // that it has of its own, or shares
}

// Options say what the configuration may ask for.
type Options struct {
	// SinkTypes holds, for each type of sink, the names of its own settings without the prefix.
	SinkTypes map[string][]string
	// Pressed holds, for each type of sink whose messages can have buttons, the setting by which they do.
	Pressed map[string]string
	// Sources holds, for the ID of each source, whether its findings state a severity of their own.
	Sources map[string]bool
	// DefaultSinks stands for SINKS where it is not set; empty means that SINKS is required.
	DefaultSinks string
}

// sharedSettings returns the names of the settings that every instance can have of its own. The
// texts of those after DIGEST_AFTER are read by the packages that they are for.
func sharedSettings() []string {
	return []string{
		"MIN_SEVERITY", "RATE", "DIGEST_AFTER", "WHEN", "REPEAT", "FIELDS", "TITLE_TEMPLATE", "BODY_TEMPLATE",
		"SHOW_TAGS", "RUNBOOK_URL", "MENTION", "MENTION_MIN_SEVERITY", "MESSAGE_LANG", "TIME_ZONE", "DRILL", summaryVariable,
		escalateAfter, escalateTo, escalateMinSeverity,
	}
}

// FileVariable names the file, or the secret, that holds what the other variables do not say.
const FileVariable = "CONFIG"

// globalSettings returns the names of the settings that there is one of, but for FileVariable, which
// takes no instance its name.
func globalSettings() []string {
	return []string{
		sinksVariable, defaultSink, accountNames, sourceSeverity, "MUTES", "LEDGER", "LEDGER_TABLE", "DEAD_LETTER_QUEUE_URL", queueVariable, "DIGEST_EVERY", logLevel,
		fallbackSink, actionsAllow, actionsArchive,
	}
}

// settings are the texts of shared settings by their names, each with the variable of it.
type settings map[string]struct{ variable, text, written string }

// Setting returns the text of a setting, such as "FIELDS", and the variable that it stands in; the
// text is empty where neither the instance's own variable nor the shared one is set.
func (s settings) Setting(name string) (variable, text string) { return s[name].variable, s[name].text }

// Written returns the text of a setting as it was written, without what the file's reader put to it,
// so that what is wrong has its place in it; empty where that is nothing else than its text.
func (s settings) Written(name string) string { return s[name].written }

// Load reads the settings. A variable that is set to nothing counts as not set. The error joins one
// error for each mistake.
func Load(source Source, o Options) (Config, error) {
	l := loader{source: source, options: o}
	c := Config{settings: l.shared("")}
	// A default is checked even where each instance has a value of its own.
	l.minSeverity(c.Setting("MIN_SEVERITY"))
	l.rate(c.Setting("RATE"))
	l.drills(c.Setting("DRILL"))
	l.summary(c.Setting(summaryVariable))
	c.Sinks = l.sinks(l.text("SINKS"))
	c.DefaultSink = l.oneOf(defaultSink, c.Sinks)
	if names := secret.New(l.text("ACCOUNT_NAMES")); names.IsReference() {
		c.AccountNamesSecret = names
	} else {
		var mistakes []error
		c.AccountNames, mistakes = ParseAccountNames(l.text("ACCOUNT_NAMES"))
		l.mistakes = append(l.mistakes, mistakes...)
	}
	c.SourceSeverity = l.sourceSeverities(l.text(sourceSeverity))
	c.Mutes = l.mutes("MUTES", l.text("MUTES"))
	c.Ledger = l.ledger(strings.ToLower(l.text("LEDGER")))
	c.LedgerTable = l.ledgerTable(c.Ledger, l.text("LEDGER_TABLE"))
	c.DeadLetterQueueURL = l.queue("DEAD_LETTER_QUEUE_URL", l.text("DEAD_LETTER_QUEUE_URL"))
	c.QueueURL = l.queueURL(c.Sinks)
	c.DigestEvery = l.digestEvery(l.text("DIGEST_EVERY"))
	c.LogLevel = l.logLevel(strings.ToLower(l.text(logLevel)))
	c.FallbackSink = l.fallbackSink(c)
	l.summaries(c)
	l.escalations(&c)
	c.Actions = l.actions(c)
	l.unknown(c.Sinks)
	return c, errors.Join(l.mistakes...)
}

// loader collects the mistakes.
type loader struct {
	source   Source
	options  Options
	mistakes []error
}

// mistake notes a mistake, once where several instances share it.
func (l *loader) mistake(variable, format string, args ...any) {
	mistake := fmt.Errorf("%s: %s", variable, fmt.Sprintf(format, args...))
	if !slices.ContainsFunc(l.mistakes, func(m error) bool { return m.Error() == mistake.Error() }) {
		l.mistakes = append(l.mistakes, mistake)
	}
}

// text returns the text of a variable.
func (l *loader) text(variable string) string {
	value, _ := l.source.Lookup(variable)
	return strings.TrimSpace(value.Text)
}

// isUnread reports whether not all of a variable's text can be read.
func (l *loader) isUnread(variable string) bool {
	value, _ := l.source.Lookup(variable)
	return value.IsUnread
}

// shared returns the shared settings as an instance has them, or those of all for no instance.
func (l *loader) shared(instance string) settings {
	all := settings{}
	for _, name := range sharedSettings() {
		variable := setting.Variable(instance, name)
		if l.text(variable) == "" {
			variable = name
		}
		value, _ := l.source.Lookup(variable)
		all[name] = struct{ variable, text, written string }{variable, l.text(variable), value.own}
	}
	return all
}

// sink reads one instance.
func (l *loader) sink(name, kind string) Sink {
	s := Sink{Name: name, Type: kind, IsUnread: IsSinkUnread(l.source, name), settings: l.shared(name)}
	s.MinSeverity = l.minSeverity(s.Setting("MIN_SEVERITY"))
	s.Rate = l.rate(s.Setting("RATE"))
	s.DigestAfter = l.digestAfter(s.Setting("DIGEST_AFTER"))
	s.Drills = l.drills(s.Setting("DRILL"))
	s.HasSummary = l.summary(s.Setting(summaryVariable))
	return s
}

func (l *loader) minSeverity(variable, text string) finding.Threshold {
	if text == "" {
		text = "medium"
	}
	threshold, err := finding.ParseThreshold(text)
	if err != nil {
		l.mistake(variable, "%v", err)
	}
	return threshold
}

// rate reads a number of messages a second; nil stands for that of the type of sink.
func (l *loader) rate(variable, text string) *float64 {
	if text == "" {
		return nil
	}
	rate, err := strconv.ParseFloat(text, 64)
	if err != nil || !(rate == 0 || rate >= minRate && rate <= maxRate) {
		l.mistake(variable, "not a number of messages a second: want %v to %v, or 0 for no limit", minRate, maxRate)
	}
	return &rate
}

// digestAfter reads a number of messages; nil stands for that of the type of sink.
func (l *loader) digestAfter(variable, text string) *int {
	if text == "" {
		return nil
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < 0 || number > maxDigestAfter {
		l.mistake(variable, "not a number of messages a minute: want 1 to %d, or 0 for no digests", maxDigestAfter)
	}
	return &number
}

// drills reads whether an instance is sent fire drills.
func (l *loader) drills(variable, text string) bool {
	switch strings.ToLower(text) {
	case "true":
		return true
	case "", "false":
	default:
		l.mistake(variable, "says whether fire drills are sent: want true or false")
	}
	return false
}

func (l *loader) digestEvery(text string) time.Duration {
	if text == "" {
		return digestEvery
	}
	every, err := time.ParseDuration(text)
	if err != nil || every < minDigestEvery || every > maxDigestEvery || every%time.Second != 0 {
		l.mistake("DIGEST_EVERY", "not a time between digests: want whole seconds from 10s to 15m, such as 60s")
	}
	return every
}

func (l *loader) ledger(kind string) string {
	switch kind {
	case "":
		return LedgerMemory
	case LedgerOff, LedgerMemory, LedgerDynamoDB:
		return kind
	default:
		if meant := suggest.Word(kind, []string{LedgerOff, LedgerMemory, LedgerDynamoDB}); meant != "" {
			l.mistake("LEDGER", "not a kind of ledger; did you mean %s?", meant)
			return LedgerOff
		}
		l.mistake("LEDGER", "not a kind of ledger: want %s, %s or %s", LedgerOff, LedgerMemory, LedgerDynamoDB)
		return LedgerOff
	}
}

func (l *loader) ledgerTable(ledger, table string) string {
	const variable = "LEDGER_TABLE"
	switch {
	case ledger == LedgerDynamoDB && table == "":
		l.mistake(variable, "is not set; name the DynamoDB table that LEDGER=%s keeps its records in", ledger)
	case ledger != LedgerDynamoDB && table != "" && !l.isUnread("LEDGER"):
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
		name := "dead-letters"
		if variable == queueVariable {
			name = "tocsin"
		}
		l.mistake(variable, "is not the URL of an SQS queue, such as https://sqs.eu-west-1.amazonaws.com/111122223333/%s", name)
	}
	return text
}
