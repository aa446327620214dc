package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/mute"
)

func checkCommand(s streams) *cobra.Command {
	var expect string
	var files settingFiles
	var update bool
	var now live
	command := &cobra.Command{
		Use:   "check [FILE|DIRECTORY]...",
		Short: "Check the configuration, and what it makes of a folder of events",
		Long: `Check reads the configuration with its conditions and mutes, and says what is in force. Over event files it says
what becomes of each finding at each sink, each finding as if it came by itself: nothing is sent, and there are no
digests. First come the sums, the sinks that got nothing, and the findings that no sink takes. With --expect it compares
that with a file, prints the difference and fails if there is one; --update writes the file. That is for the continuous
integration of your own configuration.

With --live it also reads every secret, asks every destination whether it would take a message, without sending one, and
looks at the deployment: with --stack at all that is in the stack, with the variables of its function beneath those given
here, and else at what the variables and --queue-url name. docs/check.md says what is asked, and the rights for it.

Exit code: 0 all is as it should be, 1 a difference or an event that is not readable, or with --live a fault or something
that could not be looked at, 2 a mistake in the configuration or the command line.`,
		Example: `  tocsin check
  tocsin check events/ --expect expected.txt --update
  tocsin check --env-file tocsin.env events/ --expect expected.txt
  tocsin check --live --stack Tocsin
  tocsin check --live --config tocsin.yaml --json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case update && expect == "":
				return usageError{errors.New("--update writes the file that --expect names; give that too")}
			case now.mistake(args) != nil:
				return usageError{now.mistake(args)}
			case now.isOn && expect == "":
				return checkLive(cmd.Context(), s, files, now)
			case expect != "" && len(args) == 0:
				return usageError{errors.New("--expect compares what becomes of events; name their files or folder too")}
			}
			handler, restore, err := loadDryRun(cmd.Context(), s, files, &app.DryRun{Single: true})
			if err != nil {
				return err
			}
			defer restore()
			return check(cmd.Context(), s, args, checked{handler, expect, update})
		},
	}
	files.addTo(command)
	now.addTo(command)
	command.Flags().StringVar(&expect, "expect", "", "compare with this file")
	command.Flags().BoolVar(&update, "update", false, "write the file of --expect")
	return command
}

// checked is what is to be checked, and the file that the outcomes are compared with or written to.
type checked struct {
	*app.App
	expect string
	update bool
}

func check(ctx context.Context, s streams, args []string, c checked) error {
	var files []string
	if len(args) > 0 {
		var err error
		if files, err = sources(args); err != nil {
			return usageError{err}
		}
	}
	effective, err := c.Effective(ctx)
	if err != nil {
		return configurationError(err)
	}
	var got []string
	sums := newMatrix(c.SinkNames())
	failed := runDry(ctx, s, files, dryRun{c.App, func(e explanation) {
		got = append(got, outcomeLines(e)...)
		sums.add(e)
	}})
	if len(files) > 0 {
		sums.print(s.out)
	}
	printEffective(s.out, effective)
	switch {
	case c.expect == "":
		for _, line := range got {
			fmt.Fprintln(s.out, line)
		}
		return failed
	case c.update:
		return errors.Join(failed, writeOutcomes(s.out, c.expect, got))
	default:
		return errors.Join(failed, compareOutcomes(s.out, c.expect, got))
	}
}

// printEffective says what is in force.
func printEffective(w io.Writer, e app.Effective) {
	fmt.Fprintf(w, "the configuration is good; ledger: %s\n", e.Ledger)
	for _, warning := range mute.Warnings(e.Mutes, time.Now()) {
		fmt.Fprintln(w, "  warning:", plain(warning))
	}
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, sink := range e.Sinks {
		when := "all"
		if sink.When != "" {
			when = sink.Variable + "=" + strings.Join(strings.Fields(sink.When), " ")
		}
		if sink.Route.IsDefault {
			when += ", and what no other sink takes"
		}
		fmt.Fprintf(columns, "  sink %s\t(%s)\tfrom %s\trepeats: %s\t%s\n", sink.Name, sink.Type, sink.MinSeverity, sink.Repeat, when)
	}
	_ = columns.Flush() // to the terminal
	for _, sink := range e.Sinks {
		var all []string
		for _, setting := range sink.InForce {
			all = append(all, setting.Name+" "+setting.Text)
		}
		fmt.Fprintf(w, "  %s: %s\n", sink.Name, plain(strings.Join(all, "; ")))
	}
	for _, sink := range e.Sinks {
		for _, note := range sink.Notes {
			fmt.Fprintf(w, "  note on sink %s: %s\n", sink.Name, note)
		}
	}
	printActions(w, e)
	if e.FallbackSink != "" {
		fmt.Fprintf(w, "  fallback %s: is told when another sink takes nothing, and when it works again\n", e.FallbackSink)
	}
	for _, source := range slices.Sorted(maps.Keys(e.SourceSeverity)) {
		fmt.Fprintf(w, "  source %s: severity %s where none is stated\n", source, e.SourceSeverity[source])
	}
	if e.MutesUnread != nil {
		fmt.Fprintln(w, "  mutes: nothing is muted while they cannot be read:", e.MutesUnread)
	}
	now := time.Now()
	for _, m := range e.Mutes {
		fmt.Fprintf(w, "  mute %s: %s\n", m, left(m, now))
	}
}

// printActions says what people may do by buttons, where there are some.
func printActions(w io.Writer, e app.Effective) {
	if !e.Actions.AreOn {
		return
	}
	who, archive := plain(e.Actions.Allow), "off"
	if strings.Trim(who, ", ") == "" {
		who = "nobody, since ACTIONS_ALLOW is not set"
	}
	if e.Actions.Archive {
		archive = "on"
	}
	fmt.Fprintf(w, "  buttons: everybody who reads a message may acknowledge; to mute and to archive: %s; archiving %s\n", who, archive)
}

// left says how long a mute still lasts.
func left(m mute.Mute, now time.Time) string {
	switch hours := int(m.Until.Sub(now).Hours()); {
	case !now.Before(m.Until):
		return "ended"
	case hours < 2:
		return fmt.Sprintf("%d minutes left", int(m.Until.Sub(now).Minutes()))
	case hours < 48:
		return fmt.Sprintf("%d hours left", hours)
	default:
		return fmt.Sprintf("%d days left", hours/24)
	}
}

// outcomeLines returns what becomes of a finding at each sink: one line each.
func outcomeLines(e explanation) []string {
	var lines []string
	for _, sink := range e.Sinks {
		line := fmt.Sprintf("%s | %s | %s | %s | %s", e.Document, e.Type, e.Finding, sink.Sink, sink.Outcome)
		if sink.Rule != "" {
			line += " by " + sink.Rule
		}
		lines = append(lines, plain(line))
	}
	return lines
}

// headline begins a file of expected outcomes.
const headline = "# What becomes of each finding at each sink; tocsin check --update writes it."

// writeOutcomes writes the file of --expect.
func writeOutcomes(w io.Writer, file string, got []string) error {
	text := strings.Join(append([]string{headline}, got...), "\n") + "\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil { //nolint:gosec // for others to read
		return fmt.Errorf("%q: %w", file, errors.Unwrap(err))
	}
	fmt.Fprintf(w, "%s written to %s\n", counted(len(got), "outcome"), file)
	return nil
}

// compareOutcomes prints the difference to the file of --expect.
func compareOutcomes(w io.Writer, file string, got []string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return usageError{fmt.Errorf("%q: %w; --update writes it", file, errors.Unwrap(err))}
	}
	var want []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			want = append(want, line)
		}
	}
	changes := difference(want, got)
	for _, line := range changes {
		fmt.Fprintln(w, line)
	}
	if len(changes) > 0 {
		return errFailed
	}
	fmt.Fprintf(w, "%s as expected\n", counted(len(got), "outcome"))
	return nil
}

// difference returns the lines that are missing, after "- ", and those that are new, after "+ ", in
// their order. It is that of the longest common run of lines.
func difference(want, got []string) []string {
	want, got = withoutCommonEnds(want, got)
	longest := longestRuns(want, got)
	var changes []string
	i, j := 0, 0
	for i < len(want) && j < len(got) {
		switch {
		case want[i] == got[j]:
			i, j = i+1, j+1
		case longest[i+1][j] >= longest[i][j+1]:
			changes, i = append(changes, "- "+want[i]), i+1
		default:
			changes, j = append(changes, "+ "+got[j]), j+1
		}
	}
	for _, line := range want[i:] {
		changes = append(changes, "- "+line)
	}
	for _, line := range got[j:] {
		changes = append(changes, "+ "+line)
	}
	return changes
}

// withoutCommonEnds returns both without the lines that they begin and end with alike.
func withoutCommonEnds(want, got []string) (restOfWant, restOfGot []string) {
	for len(want) > 0 && len(got) > 0 && want[0] == got[0] {
		want, got = want[1:], got[1:]
	}
	for len(want) > 0 && len(got) > 0 && want[len(want)-1] == got[len(got)-1] {
		want, got = want[:len(want)-1], got[:len(got)-1]
	}
	return want, got
}

// longestRuns returns, for each pair of places, the length of the longest run of lines that want
// and got have in common from there on.
func longestRuns(want, got []string) [][]int {
	longest := make([][]int, len(want)+1)
	for i := range longest {
		longest[i] = make([]int, len(got)+1)
	}
	for i := len(want) - 1; i >= 0; i-- {
		for j := len(got) - 1; j >= 0; j-- {
			if want[i] == got[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	return longest
}
