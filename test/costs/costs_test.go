// Package costs_test computes the costs that docs/operations.md states, from the amounts of docs/scale.md and the list
// prices of us-east-1.
package costs_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of docs/operations.md")

const page = "../../docs/operations.md"

// Prices of us-east-1 in US dollars, without free tiers, in November 2026. The page links where they stand.
const (
	million = 1_000_000.

	secretMonth    = 0.40
	alarmMonth     = 0.10 // of each metric that it looks at
	dashboardMonth = 3.00
	metricMonth    = 0.30 // by the hours in which it had a value
	sqsCall        = 0.40 / million
	lambdaCall     = 0.20 / million
	lambdaGBSecond = 0.0000133334 // arm64
	tableWrite     = 0.625 / million
	tableGBMonth   = 0.25 + 0.20 // with recovery to a point in time
	snsMessage     = 0.50 / million
	mail           = 2.00 / 100_000
	logGB          = 0.50
	logGBMonth     = 0.03
)

// What a stack has, with a source and two sinks.
const (
	sinks        = 2
	alarms       = 9 + 5 // nine on one metric each, NothingDelivered on five
	plainMetrics = 7 + 11 + 2
	sinkMetrics  = 2 + 5 // latency, the time of a call, and the outcomes that happen as a rule
	emptyCalls   = 5 * 3 * 60 * 24 * 30
	hoursOfMonth = 730.
)

// What a finding takes that is new and sent singly to Slack and SNS, and comes alone: docs/scale.md.
const (
	sqsCalls    = 3 // sent, received, deleted
	seconds     = 0.3
	memoryGB    = 0.25
	writeUnits  = 3
	tableBytes  = 1_000
	tableMonths = 3
	logBytes    = 600 + 2_600 // a finding's line, an invocation's with two sinks
	logMonths   = 3
)

// What the function that answers buttons has, and what a press takes: it starts for nearly each one, notes that it came,
// who has the finding and what was done, and the function that sends says it in the thread as it says a finding.
const (
	frontAlarms    = 4
	frontSeconds   = 1
	frontGB        = 1
	pressWrites    = 4 + 4
	pressLogBytes  = 2 * logBytes
	refusedSeconds = 0.01
	refusedBytes   = 600
)

// actions says what acting on findings costs.
func actions() string {
	lambda := func(seconds, gigabytes float64) float64 { return lambdaCall + seconds*gigabytes*lambdaGBSecond }
	press := lambda(frontSeconds, frontGB) + lambda(seconds, memoryGB) + sqsCalls*sqsCall + pressWrites*tableWrite + pressLogBytes*logGB/1e9
	refused := lambda(refusedSeconds, frontGB) + refusedBytes*logGB/1e9
	return fmt.Sprintf("- Buttons (`actions`) are %.2f at the most: four alarms %.2f, a secret more %.2f, and a metric %.2f, by the hours in which a request was\n"+
		"  refused. A thousand presses are %.2f, a million requests that are refused %.2f.\n",
		frontAlarms*alarmMonth+secretMonth+metricMonth, frontAlarms*alarmMonth, secretMonth, metricMonth, 1000*press, million*refused)
}

type line struct {
	what, how string
	of        func(findings float64) float64
}

func always(cost float64) func(float64) float64 { return func(float64) float64 { return cost } }

func each(cost float64) func(float64) float64 {
	return func(findings float64) float64 { return findings * cost }
}

func standing() []line {
	metrics := plainMetrics + sinks*sinkMetrics
	return []line{
		{"secret of the webhook", fmt.Sprintf("1 x %.2f", secretMonth), always(secretMonth)},
		{"alarms", fmt.Sprintf("%d metrics in ten alarms x %.2f", alarms, alarmMonth), always(alarms * alarmMonth)},
		{"dashboard", fmt.Sprintf("1 x %.2f", dashboardMonth), always(dashboardMonth)},
		{"SQS, empty receives", fmt.Sprintf("%d calls x 0.40 / million", emptyCalls), always(emptyCalls * sqsCall)},
		{"custom metrics", fmt.Sprintf("%d x %.2f, by the hours with a finding, at the most", metrics, metricMonth), func(findings float64) float64 {
			return float64(metrics) * metricMonth * min(findings, hoursOfMonth) / hoursOfMonth
		}},
	}
}

func moving() []line {
	const gigabyte = 1e9
	return []line{
		{"EventBridge", "events of AWS's own services on the default bus", always(0)},
		{"SQS", fmt.Sprintf("%d calls x 0.40 / million", sqsCalls), each(sqsCalls * sqsCall)},
		{"Lambda", fmt.Sprintf("0.20 / million, and %.1f s x %.2f GB x 0.0000133334", seconds, memoryGB), each(lambdaCall + seconds*memoryGB*lambdaGBSecond)},
		{"DynamoDB, writes", fmt.Sprintf("%d units x 0.625 / million", writeUnits), each(writeUnits * tableWrite)},
		{"DynamoDB, storage", fmt.Sprintf("1 KB x %.2f / GB x %d months", tableGBMonth, tableMonths), each(tableBytes * tableGBMonth * tableMonths / gigabyte)},
		{"SNS", "0.50 / million", each(snsMessage)},
		{"logs", fmt.Sprintf("%.1f KB x %.2f / GB, and %.2f x %d months", logBytes/1000., logGB, logGBMonth, logMonths), each(logBytes * (logGB + logGBMonth*logMonths) / gigabyte)},
		{"e-mail to one address", "2.00 / 100,000", each(mail)},
	}
}

func amounts() []float64 { return []float64{100, 10_000, million} }

func table() string {
	var b strings.Builder
	b.WriteString("| what | arithmetic | 100 findings | 10,000 | 1,000,000 |\n|---|---|---|---|---|\n")
	sums := make([]float64, len(amounts()))
	row := func(what, how string, of func(i int) float64) {
		fmt.Fprintf(&b, "| %s | %s |", what, how)
		for i := range amounts() {
			fmt.Fprintf(&b, " %.2f |", of(i))
		}
		b.WriteString("\n")
	}
	rows := func(lines []line) {
		for _, l := range lines {
			row(l.what, l.how, func(i int) float64 {
				cost := l.of(amounts()[i])
				sums[i] += cost
				return cost
			})
		}
	}
	rows(standing())
	row("**to be there**", "", func(i int) float64 { return sums[i] })
	rows(moving())
	row("**all**", "", func(i int) float64 { return sums[i] })
	return b.String()
}

// The page has what the prices and amounts make: the table, and what buttons cost.
func TestPage(t *testing.T) {
	for part, want := range map[string]string{"costs": table(), "costs of buttons": actions()} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		start, end := "<!-- "+part+" -->\n", "<!-- /"+part+" -->"
		before, rest, _ := strings.Cut(string(text), start)
		now, after, isThere := strings.Cut(rest, end)
		switch {
		case !isThere:
			t.Fatalf("docs/operations.md has no place for the %s", part)
		case *update:
			if err := os.WriteFile(page, []byte(before+start+want+end+after), 0o644); err != nil {
				t.Fatal(err)
			}
		case now != want:
			t.Errorf("docs/operations.md has other %s; go test ./test/costs -update writes them:\n%s", part, want)
		}
	}
}
