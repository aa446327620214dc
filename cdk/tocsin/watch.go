package tocsin

import (
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

// The number of periods and the age at which waiting findings are trouble.
const (
	stuckPeriods = 6   // of alarmPeriod: 30 minutes
	oldAge       = 900 // seconds
	oldPeriods   = 3
)

// queueAlarms watch the queue and the function.
func queueAlarms(queue, function dimensions) []alarm {
	return []alarm{
		{
			id: "FunctionErrors", name: "function-errors", section: "function-errors",
			description: "the function failed as a whole (its configuration, a crash or its timeout); its log says why",
			series:      series{"AWS/Lambda", "Errors", "Sum", function}, when: from(1, 1),
		},
		{
			id: "FunctionThrottles", name: "function-throttles", section: "function-throttles",
			description: "the account's concurrency is used up, and findings wait; raise the quota or free some of it",
			series:      series{"AWS/Lambda", "Throttles", "Sum", function}, when: from(1, oldPeriods),
		},
		{
			// Partial batch answers are no errors of the function, and the age of the oldest
			// message leaves out those that were received often: a broken sink shows here, and in what
			// the function counts.
			id: "FindingsStuck", name: "findings-stuck", section: "findings-stuck",
			description: "findings were tried again and again for 30 minutes: a sink is down or refuses; the function's log names it",
			series:      series{"AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "Minimum", queue}, when: from(1, stuckPeriods),
		},
		{
			id: "FindingsWait", name: "findings-wait", section: "findings-wait",
			description: "findings wait that nobody takes: the function is paused, throttled or far behind",
			series:      series{"AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", queue}, when: from(oldAge, oldPeriods),
		},
	}
}

// The alarms on what the function counts look at quarters of an hour: what a sink that is down did not
// take is tried again after at most so long, so that it shows in each of them.
const (
	quarter    = 900            // seconds
	lateMillis = 5 * 60_000     // of which the slowest twentieth of the messages takes more
	oldRetry   = 60 * 60        // seconds
	lateHour   = 3600 / quarter // periods
)

// deliveryAlarms watch what became of findings.
func (c checked) deliveryAlarms() []alarm {
	alarms := []alarm{
		{
			id: "SinkDead", name: "sink-dead", section: "sink-dead",
			description: "a sink can never take what it was sent, until somebody repairs its configuration or its far end; the function's log names it",
			series:      own(delivery.Dead.Metric(), "Sum"), when: from(1, 1),
		},
		nothingDelivered(),
		{
			// Once in a while a message comes late by itself: a sink was down for a moment. Trouble is what
			// comes late in two quarters of an hour.
			id: "LateDelivery", name: "late-delivery", section: "late-delivery",
			description: "messages come more than five minutes after their events; look at the queue and for sinks that throttle",
			series:      own(report.MetricLatency, "p95"),
			when:        breach{threshold: lateMillis, period: quarter, periods: lateHour, least: 2},
		},
		{
			id: "OldestRetry", name: "oldest-retry", section: "oldest-retry",
			description: "a finding has waited for a sink for an hour, and is tried again and again; the function's log names the sink",
			series:      own(report.MetricOldestRetry, "Maximum"), when: breach{threshold: oldRetry, period: quarter, periods: 1},
		},
	}
	if c.isConfigSecret() { // what is bundled with the program does not change
		alarms = append(alarms, alarm{
			id: "ConfigurationRejected", name: "configuration-rejected", section: "configuration-rejected",
			description: "a new version of the configuration has mistakes, or cannot be read; the one before stays in force",
			series:      own(report.MetricConfigurationRejected, "Sum"), when: breach{threshold: 1, period: quarter, periods: 1},
		})
	}
	return alarms
}

// nothingDelivered warns where somebody should have got something, and nobody got anything. Who should
// have are the pairs of a finding and a sink that ended in retry or dead; not those that are below,
// muted, repeated or in no other way news. One broken sink among good ones shows in the others' alarms.
func nothingDelivered() alarm {
	sum := func(outcome delivery.Outcome) series { return own(outcome.Metric(), "Sum") }
	return alarm{
		id: "NothingDelivered", name: "nothing-delivered", section: "nothing-delivered",
		description: "findings came that somebody should have heard of, and no sink took any of them",
		expression:  "IF(delivered + degraded + digests < 1, retry + dead, 0)",
		over: map[string]series{
			"delivered": sum(delivery.Delivered), "degraded": sum(delivery.Degraded), "digests": own(report.MetricDigests, "Sum"),
			"retry": sum(delivery.Retry), "dead": sum(delivery.Dead),
		},
		when: breach{threshold: 1, period: quarter, periods: 3, least: 2},
	}
}

// The number of refused requests, within one period, that is no accident. Whatever looks for open addresses asks
// once or twice; a wrong secret refuses each press.
const manyRefused = 20

// frontAlarms watch the function that answers buttons, and what waits for somebody to press one; there are none without it.
func frontAlarms(front dimensions) []alarm {
	if front == nil {
		return nil
	}
	return []alarm{
		{
			id: "ActionsRefused", name: "actions-refused", section: "actions-refused",
			description: "requests to the address of the buttons were refused: somebody else sends them, or the signing secret is another one",
			series:      own(metricActionsRefused, "Sum"), when: from(manyRefused, 1),
		},
		{
			id: "ActionsErrors", name: "actions-errors", section: "actions-errors",
			description: "a press was answered with 5xx: what the function that answers buttons needs did not answer or refused, or it failed " +
				"as a whole; its log says why",
			// It answers nearly every trouble itself, so that Errors would miss it; a crash and a timeout are 5xx too:
			// https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html
			series: series{"AWS/Lambda", "Url5xxCount", "Sum", front}, when: from(1, 1),
		},
		{
			id: "ActionsThrottles", name: "actions-throttles", section: "actions-throttles",
			description: "buttons were not answered, since the concurrency of the account, or actionsConcurrency, is used up",
			series:      series{"AWS/Lambda", "Throttles", "Sum", front}, when: from(1, 1),
		},
		{
			id: "EscalationsFailed", name: "escalations-failed", section: "not-escalated",
			description: "findings were sent that nobody else will be told of where nobody takes them on: the queue did not take what waits for that",
			series:      own(report.MetricEscalationsFailed, "Sum"), when: from(1, 1),
		},
	}
}

// deadLetterAlarm warns of every finding that was sent to nobody.
func deadLetterAlarm(queue dimensions) alarm {
	return alarm{
		id: "DeadLettersAlarm", name: "dead-letters", section: "dead-letters",
		description: "a finding could not be sent and is in the dead-letter queue; repair the cause, then redrive the queue",
		series:      series{"AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", queue}, when: from(1, 1),
	}
}

// ruleAlarm warns of events that a rule could not hand over.
func ruleAlarm(rule madeRule) alarm {
	return alarm{
		id: rule.id("RuleFails"), name: rule.name("rule-fails"), section: "rule-fails",
		description: "the rule could not hand a finding over: look at the policy of the target and at the dead-letter queue",
		series:      series{"AWS/Events", "FailedInvocations", "Sum", rule.metrics}, when: from(1, 1),
	}
}
