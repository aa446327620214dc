package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/setting"
)

const (
	queueVariable = "QUEUE_URL"

	escalateAfter       = "ESCALATE_AFTER"
	escalateTo          = "ESCALATE_TO"
	escalateMinSeverity = "ESCALATE_MIN_SEVERITY"
)

// needsButtons is what is wrong with an escalation where nobody can take a finding on; what follows is the remedy.
const needsButtons = "needs buttons, by which somebody takes a finding on%s"

// The bounds of ESCALATE_AFTER.
const (
	minEscalateAfter = time.Minute
	maxEscalateAfter = 24 * time.Hour
)

// Escalation says of which findings of an instance another one is told, when nobody has taken them on.
type Escalation struct {
	// After is how long there is time to take one on, in whole seconds; 0 where nothing is escalated.
	After time.Duration
	// To is the instance that is told.
	To string
	// MinSeverity is the lowest severity of which it is told, inclusive.
	MinSeverity finding.Threshold
}

// escalated is a setting of an escalation as an instance has it: its own, or the one that all share.
type escalated struct {
	variable, text string
	isOwn          bool
}

// escalating is the escalation of one instance on its way.
type escalating struct {
	sink            *Sink
	after, to, from escalated
}

// escalations reads what is escalated. What is shared counts for the instances that have buttons, but for the one
// that it names. What an instance has of its own has to be of effect, and so has what is shared for one of them.
func (l *loader) escalations(c *Config) {
	isTried, hasShared := false, map[string]bool{}
	for _, name := range []string{escalateAfter, escalateTo, escalateMinSeverity} {
		hasShared[name] = l.text(name) != "" && !l.isOtherwise(name, name, c.Sinks)
	}
	if hasShared[escalateAfter] {
		l.escalateAfter(escalateAfter, l.text(escalateAfter))
	}
	if hasShared[escalateMinSeverity] {
		l.minSeverity(escalateMinSeverity, l.text(escalateMinSeverity))
	}
	if hasShared[escalateTo] {
		l.instance(escalateTo, l.text(escalateTo), c.Sinks)
	}
	for i := range c.Sinks {
		e := escalating{sink: &c.Sinks[i]}
		e.after, e.to, e.from = l.escalated(e.sink, c, escalateAfter), l.escalated(e.sink, c, escalateTo), l.escalated(e.sink, c, escalateMinSeverity)
		l.judgeOwn(e, c)
		if l.counts(e) {
			isTried = true
			e.sink.Escalation = l.escalation(e, c)
		}
	}
	isUnread := l.isUnread(escalateAfter) || l.isUnread(escalateTo) || l.isUnread(sinksVariable) || l.isWrong(sinksVariable)
	if !isTried && !isUnread {
		l.withoutEffect(hasShared, c)
	}
}

// escalated returns a setting as an instance has it. The same variable may be another setting of an instance: that
// of one named escalate is ESCALATE_MIN_SEVERITY too.
func (l *loader) escalated(sink *Sink, c *Config, name string) escalated {
	variable, text := sink.Setting(name)
	if l.isOtherwise(variable, name, c.Sinks) {
		variable, text = name, l.text(name)
		if l.isOtherwise(variable, name, c.Sinks) {
			text = ""
		}
	}
	return escalated{variable, text, variable != name && text != ""}
}

// isOtherwise reports whether a variable is another setting than that of the name: one of the instance under whose
// prefix it stands.
func (l *loader) isOtherwise(variable, name string, sinks []Sink) bool {
	of, isOfSink := owner(variable, sinks)
	if !isOfSink {
		return false
	}
	rest := strings.TrimPrefix(variable, setting.Variable(of.Name, ""))
	return rest != name && slices.Contains(slices.Concat(sharedSettings(), l.options.SinkTypes[of.Type]), rest)
}

// judgeOwn judges what an instance has of its own, whether it is of effect or not.
func (l *loader) judgeOwn(e escalating, c *Config) {
	if e.after.isOwn {
		l.escalateAfter(e.after.variable, e.after.text)
	}
	if e.to.isOwn {
		l.escalateTo(e, c)
	}
	if e.from.isOwn {
		l.minSeverity(e.from.variable, e.from.text)
	}
}

// counts reports whether an instance is to escalate, or notes why what it has of its own is without effect.
func (l *loader) counts(e escalating) bool {
	const unless = "is without effect unless %s is set; set that too, or unset this"
	isOwn := e.after.isOwn || e.to.isOwn || e.from.isOwn
	isUnread := func(name string) bool {
		return e.sink.IsUnread || l.isUnread(setting.Variable(e.sink.Name, name)) || l.isUnread(name)
	}
	own := func(name string) string { return setting.Variable(e.sink.Name, name) }
	switch {
	case !isOwn:
		return e.after.text != "" && e.to.text != "" && e.to.text != e.sink.Name && l.hasButtons(*e.sink)
	case e.after.text != "" && e.to.text != "":
		return true
	case e.after.text == "" && isUnread(escalateAfter), e.to.text == "" && isUnread(escalateTo):
	case e.after.text != "":
		l.mistake(e.after.variable, unless, own(escalateTo))
	case e.to.text != "":
		l.mistake(e.to.variable, unless, own(escalateAfter))
	default:
		l.mistake(e.from.variable, "is without effect unless %s and %s are set; set those too, or unset this", own(escalateAfter), own(escalateTo))
	}
	return false
}

// escalation reads that of an instance, and checks that it has what it needs.
func (l *loader) escalation(e escalating, c *Config) Escalation {
	variable := e.after.variable // what is wrong with all of it is said of what the instance has of its own
	for _, one := range []escalated{e.from, e.to, e.after} {
		if one.isOwn {
			variable = one.variable
		}
	}
	result := Escalation{
		After: l.escalateAfter(e.after.variable, e.after.text), To: l.escalateTo(e, c), MinSeverity: l.minSeverity(e.from.variable, cmp.Or(e.from.text, "high")),
	}
	if !l.hasButtons(*e.sink) {
		l.mistake(variable, needsButtons, l.remedyOfButtons(*e.sink))
	}
	l.escalationNeeds(variable, c)
	if result.To == "" {
		return Escalation{}
	}
	return result
}

// escalationNeeds checks that there is a table, in which stands who has taken a finding on, and a queue to wait in. A
// laptop, on which SINKS has a default, may read settings that are to have both in Lambda.
func (l *loader) escalationNeeds(variable string, c *Config) {
	if l.text("LEDGER") == "" && l.options.DefaultSinks != "" {
		return
	}
	if c.Ledger != LedgerDynamoDB && !l.isWrong("LEDGER") && !l.isUnread("LEDGER") {
		l.mistake(variable, "needs a table, in which stands who has taken a finding on; set LEDGER=%s and LEDGER_TABLE, or unset this", LedgerDynamoDB)
	}
	switch {
	case c.QueueURL != "" || l.isUnread(queueVariable):
	case l.isOtherwise(queueVariable, queueVariable, c.Sinks):
		l.mistake(variable, "needs %s, which is a setting of the instance queue as it is; give that another name in SINKS, or unset this", queueVariable)
	default:
		l.mistake(variable, "needs a queue to wait in; set %s to the URL of the queue that findings come by, or unset this", queueVariable)
	}
}

// withoutEffect notes why what all instances share is without effect.
func (l *loader) withoutEffect(has map[string]bool, c *Config) {
	hasButtons := slices.ContainsFunc(c.Sinks, l.hasButtons)
	const unless = "is without effect unless %s is set; set that too, or unset this"
	switch {
	case has[escalateAfter] && has[escalateTo] && hasButtons:
		l.mistake(escalateTo, "is the only instance whose messages have buttons, and so the only one whose findings could be escalated; name another one of SINKS")
	case has[escalateAfter] && has[escalateTo]:
		l.mistake(escalateAfter, needsButtons, l.remedyOfButtons(c.Sinks...))
	case has[escalateAfter]:
		l.mistake(escalateAfter, unless, escalateTo)
	case has[escalateTo]:
		l.mistake(escalateTo, unless, escalateAfter)
	case has[escalateMinSeverity]:
		l.mistake(escalateMinSeverity, "is without effect unless %s and %s are set; set those too, or unset this", escalateAfter, escalateTo)
	}
}

// hasButtons reports whether the messages of an instance have buttons, by which people take findings on.
func (l *loader) hasButtons(s Sink) bool {
	pressed := l.options.Pressed[s.Type]
	if pressed == "" {
		return s.Type == "" && s.IsUnread // a mistake that is said
	}
	variable := setting.Variable(s.Name, pressed)
	return l.text(variable) != "" || l.isUnread(variable)
}

// remedyOfButtons says how the messages of some instances get buttons, or where none of them can have any, which could.
func (l *loader) remedyOfButtons(sinks ...Sink) string {
	var by, can []string
	for _, s := range sinks {
		if pressed := l.options.Pressed[s.Type]; pressed != "" {
			by = append(by, setting.Variable(s.Name, pressed))
		}
	}
	if len(by) > 0 {
		return "; set " + strings.Join(by, " or ") + ", or unset this"
	}
	for _, kind := range slices.Sorted(maps.Keys(l.options.Pressed)) {
		if pressed := l.options.Pressed[kind]; pressed != "" {
			can = append(can, kind+" with "+pressed)
		}
	}
	if len(can) == 0 {
		return ", and no sink has any; unset this"
	}
	return ", which only these types of sink have: " + strings.Join(can, ", ") + "; unset this"
}

// escalateTo reads which other instance is told; empty where there is none.
func (l *loader) escalateTo(e escalating, c *Config) string {
	if e.to.text == e.sink.Name {
		l.mistake(e.to.variable, "is the instance itself; name another one of SINKS")
		return ""
	}
	return l.instance(e.to.variable, e.to.text, c.Sinks)
}

// escalateAfter reads how long there is time to take a finding on.
func (l *loader) escalateAfter(variable, text string) time.Duration {
	after, err := time.ParseDuration(text)
	if err != nil || after < minEscalateAfter || after > maxEscalateAfter || after%time.Second != 0 {
		l.mistake(variable, "not a time to wait: want whole seconds from 1m to 24h, such as 15m")
	}
	return after
}

// queueURL reads the URL of the queue that findings come by, unless an instance named queue has that variable.
func (l *loader) queueURL(sinks []Sink) string {
	if l.isOtherwise(queueVariable, queueVariable, sinks) {
		return ""
	}
	text := l.queue(queueVariable, l.text(queueVariable))
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
	if strings.HasSuffix(text, ".fifo") {
		l.mistake(queueVariable, "is a FIFO queue, which delays no single message; name the standard queue that findings come by")
	}
	return text
}
