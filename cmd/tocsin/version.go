package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func versionCommand(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say the version, the commit and its date",
		Args:  noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(s.out, "tocsin version", command.Root().Version)
			return err
		},
	}
}
