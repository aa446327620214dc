package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/mute"
	"github.com/tocsin-sec/tocsin/pkg/mutelist"
)

func muteListCommand(s streams) *cobra.Command {
	var flags muteFlags
	var history bool
	command := &cobra.Command{
		Use:   "list",
		Short: "Show the mutes of MUTES and of the table, and what is left of them",
		Long: `List shows the mutes that stand in MUTES, and those of the table where LEDGER=dynamodb. With --history it shows what
was done with those of the table in the last months, and by whom.`,
		Example: `  tocsin mute list --config tocsin.yaml`,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			handler, restore, err := flags.load(cmd.Context(), s)
			if err != nil {
				return err
			}
			defer restore()
			if history {
				return listHistory(cmd.Context(), s, handler)
			}
			all, err := mutesOf(cmd.Context(), s, handler)
			if err == nil || len(all) > 0 {
				printMutes(s.out, all, time.Now())
			}
			return err
		},
	}
	flags.addTo(command)
	command.Flags().BoolVar(&history, "history", false, "show what was done with the mutes of the table, and by whom")
	return command
}

// mutesOf returns the mutes of MUTES and, where there is one, those of the table. What is wrong with
// one of the table is shown. Of a table that cannot be read it returns those of MUTES, and the error.
func mutesOf(ctx context.Context, s streams, handler *app.App) ([]mute.Mute, error) {
	effective, err := handler.Effective(ctx)
	if err != nil {
		return nil, configurationError(err)
	}
	if effective.MutesUnread != nil {
		return nil, fmt.Errorf("MUTES: %w", effective.MutesUnread)
	}
	if effective.Ledger != config.LedgerDynamoDB {
		return effective.Mutes, nil
	}
	kept, err := handler.MuteTable(ctx)
	if err != nil {
		return effective.Mutes, err
	}
	entries, _, err := kept.Load(ctx)
	if err != nil {
		return effective.Mutes, fmt.Errorf("the mutes of the table cannot be read: %w", err)
	}
	all := slices.Clone(effective.Mutes)
	for _, entry := range entries {
		m, err := entry.Mute()
		if err != nil {
			fmt.Fprintf(s.err, "tocsin: the mute %q of the table: %v\n", entry.Name, err)
			continue
		}
		m.From = mute.FromTable
		all = append(all, m)
	}
	return all, nil
}

func printMutes(w io.Writer, all []mute.Mute, now time.Time) {
	if len(all) == 0 {
		fmt.Fprintln(w, "there are no mutes")
		return
	}
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { fmt.Fprintln(columns, strings.Join(cells, "\t")) }
	row("NAME", "LEFT", "UNTIL", "IN", "BY", "REASON", "WHEN")
	for _, m := range all {
		in := "MUTES"
		if m.From != "" {
			in = m.From
		}
		row(plain(m.Name), left(m, now), m.End, in, plain(m.By), plain(m.Reason), plain(conditionOf(mute.EntryOf(m))))
	}
	_ = columns.Flush() // to the terminal
}

// conditionOf returns the condition of a mute on one line, and whether it is for critical findings too.
func conditionOf(entry mute.Entry) string {
	when := strings.Join(strings.Fields(entry.When), " ")
	if entry.EvenCritical {
		when += " (even critical)"
	}
	return when
}

// listHistory shows what was done with the mutes of the table.
func listHistory(ctx context.Context, s streams, handler *app.App) error {
	kept, err := handler.MuteTable(ctx)
	if err != nil {
		return usageError{err}
	}
	deeds, err := kept.History(ctx)
	if err != nil {
		return fmt.Errorf("the history of the table cannot be read: %w", err)
	}
	for _, d := range deeds {
		what := fmt.Sprintf("until %s: %s (%s)", d.Mute.Until, conditionOf(d.Mute), d.Mute.Reason)
		if d.What == mutelist.Ended {
			what = fmt.Sprintf("made by %s (%s)", d.Mute.By, d.Mute.Reason)
		}
		fmt.Fprintln(s.out, plain(fmt.Sprintf("%s  %s  %q by %s, %s", d.At.Format(time.RFC3339), d.What, d.Mute.Name, d.By, what)))
	}
	return nil
}

func muteExportCommand(s streams) *cobra.Command {
	var flags muteFlags
	command := &cobra.Command{
		Use:   "export",
		Short: "Print the mutes as YAML, as MUTES takes them",
		Long: `Export prints the mutes of MUTES and of the table that have not ended, for a file that MUTES names: so what was muted
in a hurry comes with the next deployment. Where two have one name, the one of the table gets another.`,
		Example: `  tocsin mute export --env-file prod.env > mutes.yaml`,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			handler, restore, err := flags.load(cmd.Context(), s)
			if err != nil {
				return err
			}
			defer restore()
			all, err := mutesOf(cmd.Context(), s, handler)
			if err != nil {
				return err
			}
			text, err := exported(mute.Active(all, time.Now()))
			if err != nil {
				return err
			}
			_, err = s.out.Write(text)
			return err
		},
	}
	flags.addTo(command)
	return command
}

// exported returns mutes as a list in which each has a name of its own.
func exported(all []mute.Mute) ([]byte, error) {
	names := map[string]bool{}
	var entries []mute.Entry
	for _, m := range all {
		entry := mute.EntryOf(m)
		if names[entry.Name] {
			entry.Name = mute.NameOf(entry.Name, names)
		}
		names[entry.Name] = true
		entries = append(entries, entry)
	}
	return mute.YAML(entries)
}
