// Command tocsin runs Tocsin on a laptop: the same handler as in the Lambda, over files.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/version"
)

// The exit codes.
const (
	exitDone   = 0 // everything was done
	exitFailed = 1 // something was not delivered, not readable or not handed over
	exitUsage  = 2 // the command line or the configuration is wrong
)

// onLaptop stands for SINKS on a laptop where that is not set: the sink that needs nothing.
const onLaptop = "console"

// errFailed says that something failed and has been reported already.
var errFailed = errors.New("failed")

// usageError is a mistake in the command line.
type usageError struct{ error }

// configError is a mistake in the configuration.
type configError struct{ error }

// streams are the program's standard streams.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// run executes one command line and gives its exit code.
func run(ctx context.Context, args []string, s streams) int {
	root := &cobra.Command{
		Use:               "tocsin",
		Short:             "Turn security findings into messages people act on",
		Long:              "Tocsin turns AWS security findings into messages people act on.\nOn a laptop it runs the same code as in the Lambda.",
		Version:           version.Words(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: func(command *cobra.Command, _ []string) error { return emptyFlag(command) },
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetArgs(args)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(
		accountsCommand(s), sendCommand(s), explainCommand(s), previewCommand(s), checkCommand(s), configCommand(s), replayCommand(s),
		samplesCommand(s, events.Table()), simulateCommand(s), versionCommand(s),
		muteCommand(s), auditCommand(s), secretCommand(s), drillCommand(s),
	)

	command, err := root.ExecuteContextC(awscall.WithSettings(ctx, new(awscall.Settings)))
	var usage usageError
	var configuration configError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errFailed):
		return exitFailed
	case errors.As(err, &configuration):
		fmt.Fprintln(s.err, "tocsin:", err)
		fmt.Fprintln(s.err, "What each variable takes is in docs/configuration.md.")
		return exitUsage
	case errors.As(err, &usage):
		for mistake := range strings.SplitSeq(err.Error(), "\n") {
			fmt.Fprintln(s.err, "tocsin:", mistake)
		}
		fmt.Fprintf(s.err, "Run '%s --help' for how it is used.\n", command.CommandPath())
		return exitUsage
	default:
		fmt.Fprintln(s.err, "tocsin:", err)
		if _, _, unknown := root.Find(args); unknown != nil { // an error without a type: the arguments name no command
			return exitUsage
		}
		return exitFailed
	}
}

// emptyFlag returns an error where a flag that says what a command is about is given and empty. In a script
// that is a variable that was not set, and the command would do another thing than the one that was meant:
// drill the sinks from here in place of a queue, or find no fault with a stack that it never looked at.
func emptyFlag(command *cobra.Command) error {
	for _, name := range []string{"bus", "config", "day", "env-file", "expect", "queue", "queue-url", "rule", "sink", "stack"} {
		if flag := command.Flag(name); flag != nil && flag.Changed && flag.Value.String() == "" {
			return usageError{fmt.Errorf("--%s: is empty, as a variable of the shell is that was not set; give its value, or leave the flag out", name)}
		}
	}
	return nil
}

// noArguments is for commands that take flags only.
func noArguments(command *cobra.Command, args []string) error {
	if err := cobra.NoArgs(command, args); err != nil {
		return usageError{err}
	}
	return nil
}
