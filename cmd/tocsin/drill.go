package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/eventbus"
	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/drill"
	"github.com/tocsin-sec/tocsin/pkg/queue"
	"github.com/tocsin-sec/tocsin/pkg/queueurl"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

// drillFlags are the flags of tocsin drill.
type drillFlags struct {
	settings  settingFiles
	sink      string
	queue     string
	bus, rule string
	isVerbose bool
}

func drillCommand(s streams) *cobra.Command {
	var f drillFlags
	command := &cobra.Command{
		Use:   "drill [--sink NAME | --queue URL | --rule NAME [--bus NAME]]",
		Short: "Send a fire drill: to the sinks, into the queue, or by a rule",
		Long: `Drill sends a message that is marked as a drill, over as much of the way of a finding as you say.

By itself it runs the handler of the Lambda here, with the configuration of the environment, and says the drill to
the sinks that accept drills (DRILL=true, or <INSTANCE>_DRILL=true); with --sink to that one, whether it does or not.
With --queue it puts the drill into the queue of a deployment, whose function says it to the sinks that accept
drills there. With --rule it puts the drill on the bus, for the rule of that name, as the schedule of a deployment
does: that alone shows that the rule works, and counts when the drills are checked. A rule takes drills where the
CDK app was deployed with the option drill.

A queue or a bus has the drill once this ends; what becomes of it there, the log of the function says.

Exit code: 0 it was sent, 1 it was not, 2 usage, a mistake in the configuration, or no sink accepts drills.`,
		Example: `  tocsin drill --env-file prod.env
  tocsin drill --sink oncall
  tocsin drill --queue "$URL"
  tocsin drill --rule tocsin-findings`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context(), s) },
	}
	flags := command.Flags()
	flags.StringVar(&f.sink, "sink", "", "say it to this sink only, whether it accepts drills or not")
	flags.StringVar(&f.queue, "queue", "", "the URL of a deployment's queue to put the drill into")
	flags.StringVar(&f.rule, "rule", "", "the name of the rule that the drill is for")
	flags.StringVar(&f.bus, "bus", "", "with --rule: the name or the ARN of the rule's bus (default \"default\")")
	f.settings.addTo(command)
	flags.BoolVarP(&f.isVerbose, "verbose", "v", false, "also write the log of the Lambda to standard error")
	complete(command, "sink", func(ctx context.Context) []string { return sinkNames(ctx, f.settings) })
	return command
}

func (f drillFlags) run(ctx context.Context, s streams) error {
	isHere := f.sink != "" || f.isVerbose || f.settings != settingFiles{}
	switch {
	case f.queue != "" && f.rule != "":
		return usageError{errors.New("--queue and --rule exclude each other")}
	case f.bus != "" && f.rule == "":
		return usageError{errors.New("--bus is that of a rule; name it with --rule")}
	case isHere && (f.queue != "" || f.rule != ""):
		return usageError{errors.New("--sink, --verbose and files of settings are for a drill that is sent from here, without --queue and --rule")}
	}
	now := time.Now()
	round := "by-hand-" + now.UTC().Format("20060102T150405Z") + "-" + rand.Text()[:8]
	ctx, cancel := context.WithTimeout(ctx, documentTime)
	defer cancel()
	switch {
	case f.queue != "":
		return f.intoQueue(ctx, s, round, now)
	case f.rule != "":
		return f.byRule(ctx, s, round, now)
	}
	return f.here(ctx, s, round, now)
}

// intoQueue puts the drill into the queue of a deployment.
func (f drillFlags) intoQueue(ctx context.Context, s streams, round string, now time.Time) error {
	if _, err := queueurl.Parse(f.queue); err != nil {
		return usageError{errors.New("--queue: is not the URL of a queue; that of a stack is its output TocsinQueueUrl")}
	}
	record, err := drill.ByHand(round, now)
	if err != nil {
		return err
	}
	if err := queue.Put(ctx, f.queue, string(record)); err != nil {
		return fmt.Errorf("the queue of --queue: %w", err)
	}
	fmt.Fprintf(s.out, "the drill %s is in the queue\n", round)
	return nil
}

// byRule puts the drill on the bus on which the rule stands.
func (f drillFlags) byRule(ctx context.Context, s streams, round string, now time.Time) error {
	name := f.bus
	if name == "" {
		name = "default"
	}
	bus, err := eventbus.Parse(name)
	if err != nil {
		return usageError{fmt.Errorf("--bus: %w", err)}
	}
	if !drill.IsRule(f.rule) {
		return usageError{errors.New("--rule: is not the name of a rule; those of a stack are in its output TocsinDrilledRules")}
	}
	detail, err := drill.Drill{Rule: f.rule, Round: round, At: now.UTC().Format(time.RFC3339)}.Detail()
	if err != nil {
		return err
	}
	id, err := bus.Put(ctx, eventbus.Event{Source: drill.Source, DetailType: drill.DetailType, Detail: string(detail)})
	if err != nil {
		return fmt.Errorf("the bus %s: %w", name, err)
	}
	fmt.Fprintf(s.out, "the drill %s is on the bus %s as the event %s; it comes if the rule %s takes it\n", round, name, plain(id), f.rule)
	return nil
}

// here says the drill to the sinks of the configuration.
func (f drillFlags) here(ctx context.Context, s streams, round string, now time.Time) error {
	forOthers := overlay{}
	settings, err := forOthers.over(f.settings)
	if err != nil {
		return usageError{err}
	}
	defer forOthers.restore()
	// What is not delivered is no letter for a dead-letter queue: somebody sits here and sees it.
	options := app.Options{Settings: settings, DefaultSinks: onLaptop, Only: f.sink, AllDrill: f.sink != "", Replay: true}
	if f.isVerbose {
		options.Log = s.err
	}
	handler, err := app.Load(ctx, options)
	if err != nil {
		return configurationError(err)
	}
	record, err := drill.ByHand(round, now)
	if err != nil {
		return err
	}
	r, err := handler.Handle(ctx, record)
	if err != nil {
		return err
	}
	return sayDrilled(s, r)
}

// sayDrilled says what has become of a drill at each sink.
func sayDrilled(s streams, r report.Report) error {
	results := map[string]delivery.Result{}
	for _, said := range r.Records[0].Said {
		results[r.Sinks[said.Sink]] = said.Result
	}
	if len(results) == 0 {
		return usageError{errors.New("no sink accepts drills; set DRILL=true, or that of an instance, or name one with --sink")}
	}
	hasFailed := false
	for _, sink := range r.Sinks {
		result, isSaid := results[sink]
		isSent := result.Outcome == delivery.Delivered || result.Outcome == delivery.Degraded
		hasFailed = hasFailed || isSaid && !isSent
		switch {
		case !isSaid:
			fmt.Fprintf(s.err, "  %s: accepts no drills\n", sink)
		case result.Err != nil:
			fmt.Fprintf(s.err, "  %s: %s: %v\n", sink, result.Outcome, result.Err)
		default:
			fmt.Fprintf(s.err, "  %s: %s\n", sink, result.Outcome)
		}
	}
	if hasFailed {
		return errFailed
	}
	return nil
}
