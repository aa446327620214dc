package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/mutelist"
)

func muteCommand(s streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "mute",
		Short: "Mute findings now, without a deployment, and end that again",
		Long: `Mutes hold findings back for a while. Those of MUTES come with a deployment; those that are made here stand in the
ledger's table (LEDGER=dynamodb, LEDGER_TABLE), which a running function reads at most once a minute.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(muteAddCommand(s), muteListCommand(s), muteEndCommand(s), muteExportCommand(s))
	return command
}

// muteFlags say where the mutes are.
type muteFlags struct {
	files settingFiles
	table string
}

func (f *muteFlags) addTo(command *cobra.Command) {
	f.files.addTo(command)
	command.Flags().StringVar(&f.table, "table", "", "the ledger's table, in place of LEDGER_TABLE")
}

// load builds an App that sends nothing, over the settings and the table. restore is to be called
// after it was used.
func (f *muteFlags) load(ctx context.Context, s streams) (handler *app.App, restore func(), err error) {
	forOthers := overlay{}
	settings, err := forOthers.over(f.files)
	if err != nil {
		return nil, nil, usageError{err}
	}
	if f.table != "" {
		named := config.Texts(map[string]string{"LEDGER": config.LedgerDynamoDB, "LEDGER_TABLE": f.table})
		settings = config.Over(named, settings)
	}
	handler, err = app.Load(ctx, app.Options{
		Settings: settings, DefaultSinks: onLaptop, FlushesAtEnd: true, DryRun: new(app.DryRun), Log: troubleIn{s.err},
	})
	if err != nil {
		forOthers.restore()
		return nil, nil, configurationError(err)
	}
	return handler, forOthers.restore, nil
}

// oneName is for commands that take the name of one thing.
func oneName(command *cobra.Command, args []string) error {
	if err := cobra.ExactArgs(1)(command, args); err != nil {
		return usageError{err}
	}
	return nil
}

// whoRunsIt is the name of the user, as the system has it.
func whoRunsIt() string {
	for _, name := range []string{"USER", "USERNAME"} {
		if user := os.Getenv(name); user != "" {
			return user
		}
	}
	return ""
}

func muteEndCommand(s streams) *cobra.Command {
	var flags muteFlags
	var by string
	command := &cobra.Command{
		Use:     "end NAME",
		Short:   "End a mute of the table now",
		Long:    `End takes a mute off the table. The history says who did it: tocsin mute list --history.`,
		Example: `  tocsin mute end load-tests --env-file prod.env`,
		Args:    oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			handler, restore, err := flags.load(cmd.Context(), s)
			if err != nil {
				return err
			}
			defer restore()
			kept, err := handler.MuteTable(cmd.Context())
			if err != nil {
				return usageError{err}
			}
			ended, err := kept.End(cmd.Context(), args[0], by)
			if errors.Is(err, mutelist.ErrNoSuchMute) {
				err = fmt.Errorf("%w; tocsin mute list shows those that there are, and one of MUTES ends with a deployment", err)
			}
			if ended.Name != "" {
				fmt.Fprintf(s.out, "the mute %q is ended; a running function knows within a minute\n", plain(ended.Name))
			}
			return err
		},
	}
	flags.addTo(command)
	command.Flags().StringVar(&by, "by", whoRunsIt(), "who ends it")
	return command
}
