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

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

// documentTime is how long one document may take, as long as a Lambda invocation would.
const documentTime = 30 * time.Second

func sendCommand(s streams) *cobra.Command {
	var verbose bool
	var files settingFiles
	command := &cobra.Command{
		Use:   "send [FILE|DIRECTORY|-]...",
		Short: "Send the findings in event files to the sinks",
		Long: `Send runs the handler of the Lambda over event files, directories of them, or standard input.

It reads what AWS writes: EventBridge events, SQS and SNS wrappings of them, and findings
without an event around them, as the AWS command line gives them; as JSON, as JSON lines, or as an array; plain or packed with gzip.
The configuration is the Lambda's, from the environment and the files that are named; without SINKS it writes to the console.

Exit code: 0 everything was done, 1 something was not delivered or not readable, 2 usage.`,
		Example: `  tocsin send event.json
  tocsin samples --showcase | MIN_SEVERITY=low tocsin send
  SINKS=slack SLACK_WEBHOOK_URL=https://hooks.slack.com/services/... tocsin send events/
  tocsin samples --showcase | tocsin send --env-file tocsin.env`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return send(cmd.Context(), s, args, sending{files, verbose})
		},
	}
	command.Flags().BoolVarP(&verbose, "verbose", "v", false, "also write the log of the Lambda to standard error")
	files.addTo(command)
	return command
}

// sending is how findings are sent.
type sending struct {
	settings  settingFiles
	isVerbose bool
}

func send(ctx context.Context, s streams, args []string, how sending) error {
	forOthers := overlay{}
	settings, err := forOthers.over(how.settings)
	if err != nil {
		return usageError{err}
	}
	defer forOthers.restore()
	options := app.Options{Settings: settings, DefaultSinks: onLaptop, FlushesAtEnd: true}
	if how.isVerbose {
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
	total := totals{handler: handler, err: s.err}
	eachDocument(s.in, files, func(name string, document []byte, readErr error) {
		if readErr != nil {
			total.unreadable(name, readErr)
			return
		}
		total.send(ctx, name, document)
	})
	total.flush(ctx)
	total.print()
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
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
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

// totals sums up a run of send or replay.
type totals struct {
	handler   *app.App
	err       io.Writer // gets what failed, and the sums
	documents int
	counts    report.Counts // of the documents
	flushed   report.Counts // of the digests at the end
	failed    bool
}

func (t *totals) fail(name string, err error) {
	t.failed = true
	fmt.Fprintf(t.err, "tocsin: %s: %v\n", name, err)
}

func (t *totals) unreadable(name string, err error) {
	t.documents++
	t.counts.Unreadable++
	t.fail(name, err)
}

// send hands a payload to the handler and reports whether nothing is left to be done.
func (t *totals) send(ctx context.Context, name string, payload []byte) (isDone bool) {
	ctx, cancel := context.WithTimeout(ctx, documentTime)
	defer cancel()
	report, err := t.handler.Handle(ctx, payload)
	if err != nil {
		t.unreadable(name, err)
		return false
	}
	t.documents++
	t.counts.Add(report)
	if err := report.Err(); err != nil {
		t.fail(name, err)
		return false
	}
	return true
}

// flush sends the digests that the run has left open.
func (t *totals) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, documentTime)
	defer cancel()
	reports, err := t.handler.Flush(ctx)
	for _, report := range reports {
		t.flushed.Add(report)
		err = errors.Join(err, report.Err())
	}
	if err != nil {
		t.fail("digest", err)
	}
}

// print writes one line for the input and one for each sink.
func (t *totals) print() {
	fmt.Fprintf(t.err, "%s in %s", counted(t.counts.Findings, "finding"), counted(t.documents, "document"))
	if t.counts.Unreadable > 0 {
		fmt.Fprintf(t.err, ", %d unreadable", t.counts.Unreadable)
	}
	fmt.Fprintln(t.err)
	for _, sink := range t.handler.SinkNames() {
		var parts []string
		for _, outcome := range delivery.Outcomes() {
			if n := t.counts.Outcomes[sink][outcome]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, outcome))
			}
		}
		if n := t.flushed.Digests[sink]; n > 0 {
			parts = append(parts, counted(n, "digest")+" sent")
		}
		if len(parts) == 0 {
			parts = []string{"nothing to send"}
		}
		fmt.Fprintf(t.err, "  %s: %s\n", sink, strings.Join(parts, ", "))
	}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
