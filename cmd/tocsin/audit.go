package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	findingjson "github.com/tocsin-sec/tocsin/formatter/json"
	"github.com/tocsin-sec/tocsin/pkg/action"
)

func auditCommand(s streams) *cobra.Command {
	var flags muteFlags
	var day string
	var asJSON bool
	command := &cobra.Command{
		Use:   "audit",
		Short: "Show what people did about findings by buttons, and what they were not let do",
		Long: `Audit shows what people did about findings by pressing buttons on a day of UTC: who, what, about which finding, from
which message, and what came of it. It stands in the ledger's table (LEDGER=dynamodb, LEDGER_TABLE) for 400 days.`,
		Example: `  tocsin audit --day 2026-11-29 --table tocsin-ledger
  tocsin audit --json --config tocsin.yaml`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, err := dayOf(day, time.Now())
			if err != nil {
				return usageError{err}
			}
			handler, restore, err := flags.load(cmd.Context(), s)
			if err != nil {
				return err
			}
			defer restore()
			audit, err := handler.Audit(cmd.Context())
			if err != nil {
				return usageError{err}
			}
			deeds, err := audit.Of(cmd.Context(), at)
			if err != nil {
				return err
			}
			if len(deeds) == 0 && !asJSON {
				fmt.Fprintf(s.out, "nobody did anything on %s\n", at.UTC().Format(time.DateOnly))
			}
			showDeeds(s.out, deeds, asJSON)
			return nil
		},
	}
	flags.addTo(command)
	command.Flags().StringVar(&day, "day", "", "the day, such as 2026-11-29, in UTC; today where it is left out")
	command.Flags().BoolVar(&asJSON, "json", false, "one line of JSON for each action, as the table has it")
	return command
}

// dayOf reads a day; none is that of now.
func dayOf(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return now, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("--day: want a day such as %s", now.UTC().Format(time.DateOnly))
	}
	return day, nil
}

// showDeeds shows records, the earliest first.
func showDeeds(w io.Writer, deeds []action.Deed, asJSON bool) {
	for _, d := range deeds {
		if asJSON {
			if text, err := json.Marshal(d); err == nil { // texts and numbers only
				fmt.Fprintf(w, "%s\n", findingjson.Escape(text))
			}
			continue
		}
		fmt.Fprintln(w, plain(auditLine(d)))
	}
}

// auditLine returns one record in words.
func auditLine(d action.Deed) string {
	line := fmt.Sprintf("%s  %s  by %s  %s", d.At.UTC().Format(time.RFC3339), d.What, d.By, d.Subject.Key())
	if d.Mute.Name != "" {
		line += fmt.Sprintf("  mute %q", d.Mute.Name)
	}
	if d.Mute.Reason != "" {
		line += fmt.Sprintf(" (%s)", d.Mute.Reason)
	}
	return line + fmt.Sprintf("  from %s %s: %s", d.From.Sink, d.From.Message, d.Result)
}
