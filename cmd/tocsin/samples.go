package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/tocsin-sec/tocsin/pkg/samples"
)

func samplesCommand(s streams) *cobra.Command {
	var (
		findingType    string
		list, showcase bool
		options        samples.Options
	)
	command := &cobra.Command{
		Use:   "samples",
		Short: "Write sample events, one on each line",
		Long: `Samples writes EventBridge events of the project's own making, marked as samples as GuardDuty
marks its own: one for every active GuardDuty finding type, or for those that are asked for.`,
		Example: `  tocsin samples --list
  tocsin samples --type 'Trojan:EC2/DNSDataExfiltration' | tocsin send
  tocsin samples --showcase | tocsin send`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			types := samples.Types()
			oneType := command.Flags().Changed("type")
			switch {
			case oneType && showcase:
				return usageError{errors.New("--type and --showcase exclude each other")}
			case oneType:
				types = []string{findingType}
			case showcase:
				types = samples.Showcase()
			}
			options.Time = time.Now().UTC()
			if _, err := samples.Event(types[0], options); err != nil {
				return usageError{err}
			}
			if list {
				for _, t := range types {
					fmt.Fprintln(s.out, t)
				}
				return nil
			}
			return writeSamples(s, types, options)
		},
	}
	flags := command.Flags()
	flags.StringVar(&findingType, "type", "", "only this finding type")
	flags.BoolVar(&showcase, "showcase", false, "only a handful of telling ones")
	flags.BoolVar(&list, "list", false, "list the finding types instead of writing events")
	flags.StringVar(&options.Account, "account", "", "the account id in the events (default 111122223333)")
	flags.StringVar(&options.Region, "region", "", "the region in the events (default eu-central-1)")
	return command
}

func writeSamples(s streams, types []string, options samples.Options) error {
	for _, t := range types {
		event, err := samples.Event(t, options)
		if err != nil {
			return usageError{err}
		}
		if _, err := fmt.Fprintf(s.out, "%s\n", event); err != nil {
			return fmt.Errorf("writing samples: %w", err)
		}
	}
	return nil
}
