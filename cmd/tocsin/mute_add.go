package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/mute"
)

// newMute is a mute as the flags of tocsin mute add say it.
type newMute struct {
	mute.Entry
	// span is how long it lasts, where no end is given.
	span age
}

func muteAddCommand(s streams) *cobra.Command {
	var flags muteFlags
	var wanted newMute
	command := &cobra.Command{
		Use:   "add [NAME]",
		Short: "Mute findings from now on, until an end",
		Long: `Add writes a mute to the table, which a running function knows within a minute. The condition is one of MUTES, and is
judged as there. A mute has an end, 90 days from now at the most, and a reason; without a name it is called by that.
Critical findings, and those of unknown severity, are sent nevertheless, unless you say --even-critical.`,
		Example: `  tocsin mute add load-tests --when 'account == "444455556666"' --for 2h --reason 'load tests of the shop'
  tocsin mute add --when 'cidr(actor.ip, "192.0.2.0/24")' --until 2026-12-01 --reason 'the scanner of the audit' --config tocsin.yaml`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := cobra.MaximumNArgs(1)(cmd, args); err != nil {
				return usageError{fmt.Errorf("%w; a condition or a reason with blanks stands in quotes", err)}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			wanted.Name = strings.Join(args, "")
			handler, restore, err := flags.load(cmd.Context(), s)
			if err != nil {
				return err
			}
			defer restore()
			return addMute(cmd.Context(), s, handler, wanted)
		},
	}
	flags.addTo(command)
	set := command.Flags()
	set.StringVar(&wanted.When, "when", "", "the condition under which a finding is held back (required)")
	set.StringVar(&wanted.Reason, "reason", "", "why, in a line (required)")
	set.StringVar(&wanted.Until, "until", "", "the end: a day, which ends with it in UTC, or a time with its zone such as 2026-12-01T18:00:00+01:00")
	set.Var(&wanted.span, "for", "how long it lasts, such as 2h or 7d, in place of --until")
	set.StringVar(&wanted.By, "by", whoRunsIt(), "who says so")
	set.BoolVar(&wanted.EvenCritical, "even-critical", false, "hold back critical findings too, and those of unknown severity")
	return command
}

// addMute judges a mute and writes it to the table.
func addMute(ctx context.Context, s streams, handler *app.App, wanted newMute) error {
	kept, err := handler.MuteTable(ctx)
	if err != nil {
		return usageError{err}
	}
	all, err := mutesOf(ctx, s, handler)
	if err != nil {
		return err
	}
	now := kept.Now()
	m, err := wanted.read(handler, all, now)
	if err != nil {
		return usageError{err}
	}
	if err := kept.Add(ctx, mute.EntryOf(m)); err != nil {
		return err
	}
	sayAdded(s.out, m, now)
	return nil
}

func sayAdded(w io.Writer, m mute.Mute, now time.Time) {
	m.From = mute.FromTable
	fmt.Fprintf(w, "muted by %s: %s; a running function knows within a minute\n", plain(m.String()), left(m, now))
	for _, warning := range mute.Warnings([]mute.Mute{m}, now) {
		fmt.Fprintln(w, "warning:", plain(warning))
	}
	fmt.Fprintf(w, "end it before with: tocsin mute end '%s'\n", plain(m.Name))
}

// read returns the mute that is wanted beside all that there are. The error joins one error for each
// mistake.
func (n newMute) read(handler *app.App, all []mute.Mute, now time.Time) (mute.Mute, error) {
	var mistakes []error
	switch {
	case n.Until != "" && n.span != 0:
		mistakes = append(mistakes, errors.New("--until and --for both say the end; give one of them"))
	case n.Until == "" && n.span <= 0:
		mistakes = append(mistakes, errors.New("a mute has an end: --until 2026-12-01, or --for 2h"))
	}
	if n.Until == "" {
		n.Until = now.Add(time.Duration(n.span)).UTC().Truncate(time.Second).Format(time.RFC3339)
	}
	if strings.TrimSpace(n.By) == "" {
		mistakes = append(mistakes, errors.New("--by: is missing, and the system does not say who you are"))
	}
	names := map[string]bool{}
	for _, other := range mute.Active(all, now) {
		names[other.Name] = true
	}
	if n.Name == "" && n.Reason != "" {
		n.Name = mute.NameOf(n.Reason, names)
	} else if names[strings.TrimSpace(n.Name)] {
		mistakes = append(mistakes, errors.New("NAME: there is a mute of this name; choose another, or end that first"))
	}
	m, err := n.Mute()
	for _, mistake := range app.Mistakes(err) {
		if key := mistake.Error(); !strings.HasPrefix(key, "name: is missing") { // it is made of the reason
			mistakes = append(mistakes, fmt.Errorf("--%w", mistake))
		}
	}
	if m.When != nil {
		for _, mistake := range app.Mistakes(handler.JudgeMute(m)) {
			mistakes = append(mistakes, fmt.Errorf("--when: %w", mistake))
		}
	}
	return m, errors.Join(append(mistakes, checkEnd(m, now))...)
}

// checkEnd says what is wrong with the end of a mute that is to be made.
func checkEnd(m mute.Mute, now time.Time) error {
	switch {
	case m.Until.IsZero(): // which is a mistake of its own
		return nil
	case !now.Before(m.Until):
		return errors.New("--until: is over already")
	case m.Until.Sub(now) > mute.Longest:
		return errors.New("the end is more than 90 days away; what is never to be sent is better left out by WHEN, " +
			"and what is muted for long stands in MUTES")
	}
	return nil
}
