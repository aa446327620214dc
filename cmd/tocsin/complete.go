package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/sinks"
)

// complete has a shell offer the values of a flag; "tocsin completion" says how a shell is told.
func complete(command *cobra.Command, flag string, values func(ctx context.Context) []string) {
	err := command.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		isOther := func(value string) bool { return !strings.HasPrefix(value, begun) }
		return slices.DeleteFunc(slices.Clone(values(cmd.Context())), isOther), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	})
	if err != nil {
		panic(fmt.Sprintf("completion of --%s: %v", flag, err)) // there is no such flag: a mistake of the program
	}
}

// fixed returns what offers the same values always.
func fixed(values []string) func(context.Context) []string {
	return func(context.Context) []string { return values }
}

// levels returns the words that a severity can be given by, the least urgent first.
func levels() []string {
	var all []string
	for level := finding.LevelLow; level <= finding.LevelCritical; level++ {
		all = append(all, level.String())
	}
	return all
}

// sinkNames returns the instances of the configuration, where it can be read, and then the types of
// sink that none of them is called by.
func sinkNames(ctx context.Context, files settingFiles) []string {
	var all []string
	if handler, restore, err := loadDryRun(ctx, streams{out: io.Discard, err: io.Discard}, files, new(app.DryRun)); err == nil {
		all = handler.SinkNames()
		restore()
	}
	for _, kind := range sinks.Table() {
		if !slices.Contains(all, kind.Name) {
			all = append(all, kind.Name)
		}
	}
	return all
}
