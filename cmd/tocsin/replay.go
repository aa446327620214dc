package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/guarddutyapi"
	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/deadletter"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/queue"
)

// replayFlags are the flags of tocsin replay.
type replayFlags struct {
	queueURL, sink      string
	isDryRun, isVerbose bool
	since               time.Duration
	limit               int
	settings            settingFiles

	isGuardDuty                     bool
	region, detectorID, minSeverity string
}

func replayCommand(s streams) *cobra.Command {
	var f replayFlags
	command := &cobra.Command{
		Use:   "replay {--queue-url URL | --guardduty | FILE|DIRECTORY|-...}",
		Short: "Send again what could not be sent, or was missed",
		Long: `Replay sends findings again: from a dead-letter queue, from files, or from the GuardDuty API.

The ledger says what each sink knows already, so set LEDGER=dynamodb and LEDGER_TABLE as in the Lambda (the stack's
outputs name the table): what was sent is not sent twice, what is dead is tried once more. Without the table
everything is sent.

From a queue, a letter that Tocsin wrote goes to the sink that it names; a record that SQS or EventBridge put
there goes to every sink that it was not sent to. A message is deleted once nothing is left to be done for it, and
else stays in the queue. With --guardduty, findings that were updated in the time given are read from the API, for
recovery after an outage or the first start in an old account.

Exit code: 0 everything was done, 1 something was not delivered, not readable or not handed over, 2 usage.`,
		Example: `  tocsin replay --queue-url "$URL" --dry-run
  tocsin replay --queue-url "$URL" --sink slack
  tocsin replay letters/
  tocsin replay --guardduty --since 24h --min-severity high`,
		RunE: func(cmd *cobra.Command, args []string) error { return replay(cmd.Context(), s, f, args) },
	}
	flags := command.Flags()
	flags.StringVar(&f.queueURL, "queue-url", "", "the dead-letter queue to replay")
	flags.BoolVar(&f.isGuardDuty, "guardduty", false, "read findings from the GuardDuty API")
	flags.BoolVarP(&f.isDryRun, "dry-run", "n", false, "say what there is, and send and delete nothing")
	flags.StringVar(&f.sink, "sink", "", "send to this sink only")
	flags.Var((*age)(&f.since), "since", "only what is not older, such as 24h or 7d (with --guardduty: by the time of update)")
	flags.IntVar(&f.limit, "limit", 0, "the most messages or findings to replay (default all)")
	flags.StringVar(&f.region, "region", "", "with --guardduty: the region (default that of the environment)")
	flags.StringVar(&f.detectorID, "detector-id", "", "with --guardduty: the detector (default the region's)")
	flags.StringVar(&f.minSeverity, "min-severity", "", "with --guardduty: the lowest severity to read, as MIN_SEVERITY")
	f.settings.addTo(command)
	flags.BoolVarP(&f.isVerbose, "verbose", "v", false, "also write the log of the Lambda to standard error")
	complete(command, "sink", func(ctx context.Context) []string { return sinkNames(ctx, f.settings) })
	complete(command, "min-severity", fixed(levels()))
	return command
}

// check returns the threshold of --min-severity, 0 without it, and the first mistake in the flags.
func (f replayFlags) check(args []string) (finding.Threshold, error) {
	ways := 0
	for _, is := range []bool{f.queueURL != "", f.isGuardDuty, len(args) > 0} {
		if is {
			ways++
		}
	}
	switch {
	case ways != 1:
		return 0, errors.New("say what to replay: one of --queue-url, --guardduty, or files (- for standard input)")
	case f.isGuardDuty && f.since <= 0:
		return 0, errors.New("--guardduty needs --since, such as --since 24h")
	case f.since < 0 || f.limit < 0:
		return 0, errors.New("--since and --limit are not negative")
	case !f.isGuardDuty && (f.region != "" || f.detectorID != "" || f.minSeverity != ""):
		return 0, errors.New("--region, --detector-id and --min-severity go with --guardduty")
	}
	if f.minSeverity == "" {
		return 0, nil
	}
	threshold, err := finding.ParseThreshold(f.minSeverity)
	if err != nil {
		return 0, fmt.Errorf("--min-severity: %w", err)
	}
	return threshold, nil
}

func replay(ctx context.Context, s streams, f replayFlags, args []string) error {
	threshold, err := f.check(args)
	if err != nil {
		return usageError{err}
	}
	files, err := sources(args)
	if err != nil {
		return usageError{err}
	}
	var reader *queue.Reader
	if f.queueURL != "" {
		if reader, err = queue.NewReader(f.queueURL); err != nil {
			return usageError{fmt.Errorf("--queue-url: %w", err)}
		}
	}
	forOthers := overlay{}
	settings, err := forOthers.over(f.settings)
	if err != nil {
		return usageError{err}
	}
	defer forOthers.restore()
	options := app.Options{Settings: settings, DefaultSinks: onLaptop, Replay: true, Only: f.sink}
	if f.isVerbose {
		options.Log = s.err
	}
	handler, err := app.Load(ctx, options)
	if err != nil {
		return configurationError(err)
	}
	total := totals{handler: handler, err: s.err}
	r := &replayer{flags: f, threshold: threshold, out: s.out, totals: total, progress: newProgress(s.err)}
	return r.run(func() error {
		switch {
		case reader != nil:
			return r.queue(ctx, reader)
		case f.isGuardDuty:
			return r.guardDuty(ctx)
		}
		eachDocument(s.in, files, func(name string, document []byte, err error) { r.document(ctx, name, document, err) })
		return nil
	})
}

// run runs a replay and says what has come of it.
func (r *replayer) run(replay func() error) error {
	err := replay()
	r.progress.clear()
	if !r.flags.isDryRun {
		r.print()
	}
	if err != nil {
		fmt.Fprintf(r.err, "tocsin: %v\n", err)
	}
	if err != nil || r.failed {
		return errFailed
	}
	return nil
}

// replayer is one replay on its way.
type replayer struct {
	flags replayFlags
	// threshold is that of --min-severity; 0 lets everything through.
	threshold finding.Threshold
	out       io.Writer
	totals
	progress *progress
	done     int
}

// isFull reports whether the limit is reached.
func (r *replayer) isFull() bool { return r.flags.limit > 0 && r.done >= r.flags.limit }

// document replays one event file.
func (r *replayer) document(ctx context.Context, name string, document []byte, readErr error) {
	switch {
	case r.isFull():
	case readErr != nil:
		r.unreadable(name, readErr)
	case r.isUnwanted(document):
	case r.flags.isDryRun:
		r.done++
		r.show(name, document, nil)
	default:
		r.done++
		r.send(ctx, name, document)
	}
}

// send sends a payload in place of the bar, and reports whether nothing is left to be done.
func (r *replayer) send(ctx context.Context, name string, payload []byte) (isDone bool) {
	r.progress.clear()
	return r.totals.send(ctx, name, payload)
}

// guardDuty replays what the GuardDuty API has.
func (r *replayer) guardDuty(ctx context.Context) error {
	q := guarddutyapi.Query{
		Region: r.flags.region, DetectorID: r.flags.detectorID, Since: time.Now().Add(-r.flags.since), MinSeverity: float64(r.threshold),
	}
	full := errors.New("the limit is reached")
	err := guarddutyapi.Each(ctx, q, func(f json.RawMessage) error {
		if r.isFull() {
			return full
		}
		r.document(ctx, fmt.Sprintf("finding %d", r.done+1), f, nil)
		r.progress.show(r.done, 0)
		return nil
	})
	if errors.Is(err, full) {
		return nil
	}
	return err
}

// isOlder reports whether a finding is older than --since asks for, as far as its time is known.
func (r *replayer) isOlder(f finding.Finding) bool {
	at := f.Version().Updated
	return r.flags.since > 0 && !at.IsZero() && at.Before(time.Now().Add(-r.flags.since))
}

// isUnwanted reports whether every finding of a document is too old or too mild, as the API reads
// by whole numbers. What holds none, or cannot be read, is not passed over in silence.
func (r *replayer) isUnwanted(document []byte) bool {
	opened, err := events.Open(events.Table(), document)
	if err != nil {
		return false
	}
	isUnwanted := false
	for _, record := range opened.Records {
		if record.Err != nil {
			return false
		}
		for _, f := range events.Parse(events.Table(), record.Envelope) {
			if isUnwanted = r.isOlder(f) || !f.Severity.AtLeast(r.threshold); !isUnwanted {
				return false
			}
		}
	}
	return isUnwanted
}

// show prints one line for each finding of a payload: what a replay would send.
func (r *replayer) show(name string, payload []byte, attributes map[string]string) {
	r.progress.clear()
	about := ""
	if sink := attributes[deadletter.AttrSink]; sink != "" {
		about = "  for " + plain(sink)
		if reason := attributes[deadletter.AttrReason]; reason != "" { // a large event leaves no room for it
			attempts, _ := strconv.Atoi(attributes[deadletter.AttrAttempts])
			kind := plain(attributes[deadletter.AttrKind])
			about += fmt.Sprintf(": %s, %s after %s", kind, plain(reason), counted(attempts, "attempt"))
		}
	} else if reason := cmp.Or(
		attributes[deadletter.AttrReason], attributes["ERROR_MESSAGE"], attributes["ERROR_CODE"],
	); reason != "" {
		about = "  " + plain(reason) // EventBridge says so why it could not hand an event over
	}
	opened, err := events.Open(events.Table(), payload)
	if err != nil {
		fmt.Fprintf(r.out, "%s: %v%s\n", name, err, about)
		return
	}
	for _, record := range opened.Records {
		if record.Err != nil {
			fmt.Fprintf(r.out, "%s: %v%s\n", name, record.Err, about)
		}
		for _, f := range events.Parse(events.Table(), record.Envelope) {
			fmt.Fprintf(r.out, "%s: %s %s in %s %s%s\n", name, f.Severity, plain(f.Type), plain(f.Account.ID), plain(f.Region), about)
		}
	}
}
