package main

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// builtFrom is the commit and its date that make has found, a blank between them, for builds that
// the Go tool chain stamps with none.
var builtFrom string //nolint:gochecknoglobals // the linker sets variables only: https://pkg.go.dev/cmd/link

// version returns what the program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = new(debug.BuildInfo)
	}
	return versionOf(info, builtFrom)
}

// versionOf returns the version, the commit and its date in words. What the Go tool chain has stamped
// into the program counts before what make has found:
// https://pkg.go.dev/runtime/debug#BuildSetting
func versionOf(info *debug.BuildInfo, found string) string {
	commit, date, _ := strings.Cut(found, " ")
	changed := ""
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			commit = setting.Value
		case "vcs.time":
			date = setting.Value
		case "vcs.modified":
			if setting.Value == "true" {
				changed = ", with changes that are not committed"
			}
		}
	}
	release := info.Main.Version
	if release == "" || release == "(devel)" {
		release = "unreleased"
	}
	if commit == "" {
		return release + " (the commit is unknown: build with make, or with -buildvcs=true)"
	}
	day, _, _ := strings.Cut(date, "T")
	return fmt.Sprintf("%s (commit %s of %s%s)", release, commit[:min(len(commit), 12)], cmp.Or(day, "an unknown date"), changed)
}

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
