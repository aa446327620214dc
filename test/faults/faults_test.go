// Package faults_test injects faults into the whole of Tocsin, from payload to socket, and prints
// what came of each. "make faults" writes the table to docs/faults.md; the test fails when that
// page is not what it saw.
package faults_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

// fault is one row of the table.
type fault struct {
	// area is the part that is hurt, the table's "case"; injection is what is done to it.
	area, injection string
	// expected is what has to come of it.
	expected string
	// run injects the fault and gives what came of it.
	run func(t *testing.T) string
}

// report is where the table is written to.
var report = flag.String("report", "", "write the table to this file")

const page = "../../docs/faults.md"

// elsewhere are the faults that other tests inject.
const elsewhere = `
## Faults that other tests inject

| injected | where |
|---|---|
| every status from 100 to 599, to each sink; redirects, secrets repeated in answers, concurrent use | [pkg/notify/notifytest](../pkg/notify/notifytest), which each sink's tests run |
| a sink that panics, throttling beside healthy sinks, no time left | [pkg/delivery](../pkg/delivery) |
| random findings, sinks, faults, kills and redeliveries, against a model of what has to come of them | [pkg/delivery/model_test.go](../pkg/delivery/model_test.go) |
| kill -9 of the built bootstrap at each step between claim and settle, two copies racing for an event, redeliveries and redrives; 50,000 events with 1 % of faults ("make soak") | [test/e2e](../test/e2e) |
`

func TestFaults(t *testing.T) {
	s := newSite(t)
	var all []fault
	for _, some := range [][]fault{s.inputFaults(), s.answerFaults(), s.connectionFaults(), s.secretFaults(), s.ledgerFaults(), s.orderFaults(), s.timeFaults()} {
		all = append(all, some...)
	}
	var b strings.Builder
	b.WriteString(`# Faults

What was done to Tocsin, and what came of it. This page is written by a run of the tests:

` + "```\nmake faults\n```" + `

The outcomes are those of [delivery.md](delivery.md). Unless a row says otherwise, the fault is Slack's, the
SNS topic beside it is well and gets its message once, and the record comes from an SQS queue: "kept" says
that it stays there and is tried again.

| case | injected | expected, and seen |
|---|---|---|
`)
	t.Run("all", func(t *testing.T) { // returns when all have ended
		for _, f := range all {
			t.Run(f.area+": "+f.injection, func(t *testing.T) {
				t.Parallel()
				if got := f.run(t); got != f.expected {
					t.Errorf("got  %s\nwant %s", got, f.expected)
				}
			})
			fmt.Fprintf(&b, "| %s | %s | %s |\n", f.area, f.injection, f.expected)
		}
	})
	fmt.Fprintf(&b, "\n%d faults.\n%s", len(all), elsewhere)
	if *report != "" && !t.Failed() {
		if err := os.WriteFile(*report, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if written, err := os.ReadFile(page); err != nil || string(written) != b.String() {
		t.Errorf("docs/faults.md is not what this run saw; write it with: make faults")
	}
}
