package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/simulation"
	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/sinks"
)

func simulateCommand(s streams) *cobra.Command {
	o := simulation.Options{}
	var files settingFiles
	command := &cobra.Command{
		Use:   "simulate",
		Short: "Play days of findings and show what people would get",
		Long: `Simulate makes a realistic stream of GuardDuty findings and plays it through Tocsin's own router, ledger, digests
and delivery, on a clock that runs as fast as the machine can, and nothing is sent. It prints, for each sink, how
many publications there were and how many messages people got.

Without --config and --env-file the sinks have the default settings. With one of them they are yours, with their
thresholds, conditions, repeats, rates and digests; the mutes of today are in force all the time; the findings are of
the accounts in your configuration first, and where the file has groups of accounts the messages are summed up by
group too. The findings have no tags, and are of one region, eu-west-1.

The profiles are: steady (findings that come and go), incident (six accounts in ten are hit within twenty minutes,
for half a day), samples (somebody generates GuardDuty's sample findings).`,
		Example: `  tocsin simulate --profile incident
  tocsin simulate --config tocsin.yaml --days 30 --profile steady --seed 7`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(files.names()) > 0 {
				configuration, err := configured(cmd.Context(), s, files)
				if err != nil {
					return err
				}
				o.Configuration = configuration
				if named := len(configuration.Accounts); named > 0 && !cmd.Flags().Changed("accounts") {
					o.Accounts = named
				}
			}
			return simulate(cmd.Context(), s, o)
		},
	}
	flags := command.Flags()
	files.addTo(command)
	flags.IntVar(&o.Accounts, "accounts", 500, "how many accounts; of a configuration that names accounts, as many as those")
	flags.IntVar(&o.Days, "days", 7, "how many days")
	flags.StringVar(&o.Profile, "profile", "incident", strings.Join(simulation.Profiles(), ", "))
	flags.Uint64Var(&o.Seed, "seed", 1, "the same seed gives the same stream")
	complete(command, "profile", fixed(simulation.Profiles()))
	return command
}

// configured returns the configuration of the files, with sinks that count.
func configured(ctx context.Context, s streams, files settingFiles) (*simulation.Configuration, error) {
	handler, restore, err := loadDryRun(ctx, s, files, &app.DryRun{})
	if err != nil {
		return nil, err
	}
	defer restore()
	effective, err := handler.Effective(ctx)
	if err != nil {
		return nil, configurationError(err)
	}
	if effective.MutesUnread != nil {
		fmt.Fprintln(s.err, "tocsin: nothing is muted, since the mutes cannot be read:", effective.MutesUnread)
	}
	forOthers := overlay{}
	settings, err := forOthers.over(files)
	if err != nil {
		return nil, usageError{err}
	}
	defer forOthers.restore()
	groups, err := app.AccountGroups(ctx, app.Options{Settings: settings})
	if err != nil {
		return nil, configurationError(err)
	}
	c := &simulation.Configuration{
		Mutes: mute.Active(effective.Mutes, time.Now()), DigestEvery: effective.DigestEvery, HasLedger: effective.Ledger != config.LedgerOff,
		Accounts: handler.AccountNames(ctx), Groups: groups,
	}
	table := sinks.Table()
	for _, sink := range effective.Sinks {
		vendor := table[slices.IndexFunc(table, func(kind sinks.Type) bool { return kind.Name == sink.Type })]
		c.Sinks = append(c.Sinks, simulation.Sink{
			Route: sink.Route, Repeat: sink.Repeat, Rate: sink.Rate, VendorRate: vendor.Rate, DigestAfter: sink.DigestAfter,
			Latency: simulation.Latency,
		})
	}
	return c, nil
}

func simulate(ctx context.Context, s streams, o simulation.Options) error {
	result, err := simulation.Run(ctx, o)
	if err != nil {
		return usageError{err}
	}
	printSimulation(s.out, result)
	printGroups(s.out, result)
	for _, sink := range result.Sinks {
		if sink.Lost > 0 {
			return errFailed
		}
	}
	return nil
}

// printGroups writes a table of the messages about each group of accounts, by sink.
func printGroups(w io.Writer, r simulation.Result) {
	if len(r.Groups) == 0 {
		return
	}
	head := []string{"messages about"}
	for _, sink := range r.Sinks {
		head = append(head, sink.Name)
	}
	rows := [][]string{head}
	for _, group := range r.Groups {
		row := []string{cmp.Or(group.Name, "accounts of no group")}
		for _, sink := range r.Sinks {
			row = append(row, fmt.Sprint(group.Messages[sink.Name]))
		}
		rows = append(rows, row)
	}
	fmt.Fprintln(w)
	printTable(w, rows)
}

// printSimulation writes the table, which is also one in Markdown.
func printSimulation(w io.Writer, r simulation.Result) {
	fmt.Fprintf(w, "%d accounts, %d days, %s, seed %d: %d publications\n\n", r.Options.Accounts, r.Options.Days, r.Options.Profile, r.Options.Seed, r.Events)
	rows := [][]string{{"sink", "to be sent", "messages", "of them digests", "in digests", "nothing new", "lost", "ratio", "longest wait", "of a critical one", "most in a minute"}}
	sent, all := 0, 0
	for _, k := range r.Sinks {
		if sent = max(sent, k.In); r.Options.Configuration != nil { // each sink is sent something else
			all += k.In
		}
		row := []string{k.Name}
		for _, n := range []int{k.In, k.Messages, k.Digests, k.Digested, k.Repeats, k.Lost} {
			row = append(row, fmt.Sprint(n))
		}
		rows = append(rows, append(row, fmt.Sprintf("%.1f %%", 100*k.Ratio()), seconds(k.Longest), seconds(k.LongestCritical), fmt.Sprint(k.MostInMinute)))
	}
	sent = max(sent, all)
	rows = append(rows, []string{"one message for each", fmt.Sprint(sent), fmt.Sprint(sent), "0", "0", "0", "?", "100.0 %", "", "", ""})
	printTable(w, rows)
}

// printTable writes rows as a table of Markdown, the first one as its head.
func printTable(w io.Writer, rows [][]string) {
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
