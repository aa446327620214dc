package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

// documentTime is how long one document may take, as long as a Lambda invocation would.
const documentTime = 30 * time.Second

func sendCommand(s streams) *cobra.Command {
	var verbose bool
	command := &cobra.Command{
		Use:   "send [FILE|DIRECTORY|-]...",
		Short: "Send the findings in event files to the sinks",
		Long: `Send runs the handler of the Lambda over event files, directories of them, or standard input.

It reads what AWS writes: EventBridge events, SQS and SNS wrappings of them, bare ` + events.Products(events.Table()) + `
findings, and what the AWS command line gives of them; as JSON, as JSON lines, or as an array.
The configuration is the Lambda's, from the environment; without SINKS it writes to the console.

Exit code: 0 everything was done, 1 something was not delivered or not readable, 2 usage.`,
		Example: `  tocsin send event.json
  tocsin samples --showcase | MIN_SEVERITY=low tocsin send
  SINKS=slack SLACK_WEBHOOK_URL=https://hooks.slack.com/services/... tocsin send events/`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return send(cmd.Context(), s, args, verbose)
		},
	}
	command.Flags().BoolVarP(&verbose, "verbose", "v", false, "also write the log of the Lambda to standard error")
	return command
}

func send(ctx context.Context, s streams, args []string, verbose bool) error {
	options := app.Options{Settings: config.Environment(), DefaultSinks: onLaptop, FlushesAtEnd: true}
	if verbose {
		options.Log = s.err
	}
	handler, err := app.Load(ctx, options)
	if err != nil {
		return configurationError(err)
	}
	files, err := sources(args)
	if err != nil {
		return usageError{err}
	}
	noteTerminal(s, files)
	total := newTotals(handler.SinkNames())
	eachDocument(s.in, files, func(name string, document []byte, readErr error) {
		if readErr != nil {
			total.unreadable(s.err, name, readErr)
			return
		}
		ctx, cancel := context.WithTimeout(ctx, documentTime)
		defer cancel()
		report, err := handler.Handle(ctx, document)
		if err != nil {
			total.unreadable(s.err, name, err)
			return
		}
		total.add(s.err, name, report)
	})
	total.flush(ctx, s.err, handler)
	total.print(s.err)
	if total.failed {
		return errFailed
	}
	return nil
}

// noteTerminal says what is waited for when somebody sits before an empty terminal.
func noteTerminal(s streams, files []string) {
	if slices.Contains(files, standardInput) && isTerminal(s.in) {
		fmt.Fprintln(s.err, "tocsin: reading events from the terminal; end with Ctrl-D, or see the command's --help")
	}
}

// isTerminal reports whether somebody sits at the other end of the stream.
func isTerminal(r io.Reader) bool {
	file, ok := r.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// configurationError lists the mistakes, one on each line.
func configurationError(err error) error {
	var lines []string
	for _, mistake := range app.Mistakes(err) {
		lines = append(lines, "  "+mistake.Error())
	}
	return configError{errors.New("the configuration has mistakes:\n" + strings.Join(lines, "\n"))}
}

// totals sums the reports of a run.
type totals struct {
	sinks     []string
	counts    []map[delivery.Outcome]int
	digests   []int
	documents int
	findings  int
	bad       int
	failed    bool
}

func newTotals(sinks []string) *totals {
	t := &totals{sinks: sinks, counts: make([]map[delivery.Outcome]int, len(sinks)), digests: make([]int, len(sinks))}
	for i := range t.counts {
		t.counts[i] = map[delivery.Outcome]int{}
	}
	return t
}

func (t *totals) unreadable(w io.Writer, name string, err error) {
	t.documents++
	t.bad++
	t.failed = true
	fmt.Fprintf(w, "tocsin: %s: %v\n", name, err)
}

func (t *totals) add(w io.Writer, name string, report report.Report) {
	t.documents++
	t.findings += report.Findings()
	t.bad += report.Unreadable()
	for i := range t.sinks {
		for _, outcome := range delivery.Outcomes() {
			t.counts[i][outcome] += report.Count(i, outcome)
		}
	}
	if err := report.Err(); err != nil {
		t.failed = true
		fmt.Fprintf(w, "tocsin: %s: %v\n", name, err)
	}
}

// flush tells the digests that the run has left open.
func (t *totals) flush(ctx context.Context, w io.Writer, handler *app.App) {
	ctx, cancel := context.WithTimeout(ctx, documentTime)
	defer cancel()
	reports, err := handler.Flush(ctx)
	for _, report := range reports {
		for i := range t.sinks {
			t.digests[i] += report.Digests(i, delivery.Delivered) + report.Digests(i, delivery.Degraded)
		}
		err = errors.Join(err, report.Err())
	}
	if err != nil {
		t.failed = true
		fmt.Fprintf(w, "tocsin: digest: %v\n", err)
	}
}

// print writes one line for the input and one for each sink.
func (t *totals) print(w io.Writer) {
	fmt.Fprintf(w, "%s in %s", counted(t.findings, "finding"), counted(t.documents, "document"))
	if t.bad > 0 {
		fmt.Fprintf(w, ", %d unreadable", t.bad)
	}
	fmt.Fprintln(w)
	for i, sink := range t.sinks {
		var parts []string
		for _, outcome := range delivery.Outcomes() {
			if n := t.counts[i][outcome]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, outcome))
			}
		}
		if n := t.digests[i]; n > 0 {
			parts = append(parts, counted(n, "digest")+" told")
		}
		if len(parts) == 0 {
			parts = []string{"nothing to tell"}
		}
		fmt.Fprintf(w, "  %s: %s\n", sink, strings.Join(parts, ", "))
	}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
