package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/simulation"
)

func simulateCommand(s streams) *cobra.Command {
	o := simulation.Options{}
	command := &cobra.Command{
		Use:   "simulate",
		Short: "Play days of findings and show what people would get",
		Long: `Simulate makes a realistic stream of GuardDuty findings and plays it through Tocsin's own router, ledger, digests
and delivery, on a clock that runs as fast as the machine can and with no network. It prints, for each sink, how
many publications there were and how many messages people got.

The sinks have the default settings; the profiles are: steady (findings that come and go), incident (six accounts
in ten are hit within twenty minutes, for half a day), samples (somebody generates GuardDuty's sample findings).`,
		Example: `  tocsin simulate --profile incident
  tocsin simulate --accounts 20 --days 30 --profile steady --seed 7`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return simulate(cmd.Context(), s, o) },
	}
	flags := command.Flags()
	flags.IntVar(&o.Accounts, "accounts", 500, "how many accounts")
	flags.IntVar(&o.Days, "days", 7, "how many days")
	flags.StringVar(&o.Profile, "profile", "incident", strings.Join(simulation.Profiles(), ", "))
	flags.Uint64Var(&o.Seed, "seed", 1, "the same seed gives the same stream")
	return command
}

func simulate(ctx context.Context, s streams, o simulation.Options) error {
	result, err := simulation.Run(ctx, o)
	if err != nil {
		return usageError{err}
	}
	printSimulation(s.out, result)
	for _, sink := range result.Sinks {
		if sink.Lost > 0 {
			return errFailed
		}
	}
	return nil
}

// printSimulation writes the table, which is also one in Markdown.
func printSimulation(w io.Writer, r simulation.Result) {
	fmt.Fprintf(w, "%d accounts, %d days, %s, seed %d: %d publications\n\n", r.Options.Accounts, r.Options.Days, r.Options.Profile, r.Options.Seed, r.Events)
	rows := [][]string{{"sink", "to be sent", "messages", "of them digests", "in digests", "nothing new", "lost", "ratio", "longest wait", "of a critical one", "most in a minute"}}
	sent := 0
	for _, k := range r.Sinks {
		sent = max(sent, k.In)
		row := []string{k.Name}
		for _, n := range []int{k.In, k.Messages, k.Digests, k.Digested, k.Repeats, k.Lost} {
			row = append(row, fmt.Sprint(n))
		}
		rows = append(rows, append(row, fmt.Sprintf("%.1f %%", 100*k.Ratio()), seconds(k.Longest), seconds(k.LongestCritical), fmt.Sprint(k.MostInMinute)))
	}
	rows = append(rows, []string{"one message for each", fmt.Sprint(sent), fmt.Sprint(sent), "0", "0", "0", "?", "100.0 %", "", "", ""})
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len(cell))
		}
	}
	for n, row := range rows {
		for i, cell := range row {
			fmt.Fprintf(w, "| %-*s ", widths[i], cell)
		}
		fmt.Fprintln(w, "|")
		if n == 0 {
			for _, width := range widths {
				fmt.Fprint(w, "|", strings.Repeat("-", width+2))
			}
			fmt.Fprintln(w, "|")
		}
	}
}

// seconds returns a wait in tenths of a second; nothing for none.
func seconds(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
