package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/tocsin-sec/tocsin/pkg/app"
)

func configCommand(s streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "config",
		Short: "Make a file of the configuration, and the schema of such files",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(convertCommand(s), schemaCommand(s))
	return command
}

func convertCommand(s streams) *cobra.Command {
	var files settingFiles
	var out string
	command := &cobra.Command{
		Use:   "convert",
		Short: "Write the variables, or an environment file, as tocsin.yaml",
		Long: `Convert writes the configuration that stands in variables as a file, for --config, and for CONFIG in Lambda. It
has the same meaning. Secrets that stand in the variables stand in the file: put them into Secrets Manager, and their
ARNs in their place, before the file goes anywhere.`,
		Example: `  tocsin config convert --env-file prod.env --out tocsin.yaml`,
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			forOthers := overlay{}
			settings, err := forOthers.over(files)
			if err != nil {
				return usageError{err}
			}
			defer forOthers.restore()
			text, err := app.Convert(app.Options{Settings: settings, DefaultSinks: onLaptop})
			if err != nil {
				return configurationError(err)
			}
			if out == "" {
				_, err = s.out.Write(text)
				return err
			}
			return os.WriteFile(out, text, 0o600) // it may hold secrets
		},
	}
	command.Flags().StringVar(&files.env, "env-file", "", "a file of NAME=value lines that are put over the environment")
	command.Flags().StringVar(&out, "out", "", "write to this file, which nobody else may read")
	return command
}

func schemaCommand(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Write the JSON Schema of tocsin.yaml, by which editors complete it",
		Long: `Schema writes the JSON Schema of the configuration's file. An editor with YAML support completes the file and
underlines what is wrong when its first line is:

  # yaml-language-server: $schema=tocsin.schema.json`,
		Example: `  tocsin config schema > tocsin.schema.json`,
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			text, err := app.Schema(app.Options{})
			if err != nil {
				return err
			}
			_, err = s.out.Write(text)
			return err
		},
	}
}
