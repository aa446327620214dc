package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/pkg/secret/fill"
)

func secretCommand(s streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "secret",
		Short: "Fill the secrets that the configuration refers to",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(secretSetCommand(s))
	return command
}

func secretSetCommand(s streams) *cobra.Command {
	var files settingFiles
	command := &cobra.Command{
		Use:   "set INSTANCE[.SETTING]",
		Short: "Put a value into the secret that a sink's setting refers to",
		Long: `Set asks for the value without showing it, or reads it from standard input, and checks that it looks as the sink
needs it. Then it stores it in Secrets Manager, in the secret whose ARN the configuration has in the value's place: of
a reference with #key it changes that key alone. It makes no secret, and shows no value.`,
		Example: `  tocsin secret set slack --config tocsin.yaml
  pass show slack/webhook | tocsin secret set oncall.WEBHOOK_URL --env-file prod.env`,
		Args: oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			forOthers := overlay{}
			settings, err := forOthers.over(files)
			if err != nil {
				return usageError{err}
			}
			defer forOthers.restore()
			found, err := app.FindSecret(cmd.Context(), app.Options{Settings: settings, DefaultSinks: onLaptop}, args[0])
			if err != nil {
				return configurationError(err)
			}
			return setSecret(cmd.Context(), s, found)
		},
	}
	files.addTo(command)
	return command
}

func setSecret(ctx context.Context, s streams, found app.SecretSetting) error {
	value, err := askSecretly(ctx, s, found.Variable)
	if err != nil {
		return err
	}
	if err := found.Check(ctx, value); err != nil {
		return usageError{fmt.Errorf("%w\nnothing was written", err)}
	}
	if err := fill.Put(ctx, found.Place, value); err != nil {
		return fmt.Errorf("%s: %s: %w", found.Variable, reference(found.Place), err)
	}
	fmt.Fprintf(s.out, "stored in %s; a running function reads it within an hour, and at once when its sink is refused with the old one\n",
		reference(found.Place))
	return nil
}

// reference is the text by which a configuration refers to a place.
func reference(place secret.Place) string {
	if place.Key == "" {
		return place.ARN
	}
	return place.ARN + "#" + place.Key
}

// askSecretly reads a value: from a terminal a line that is not shown, or else all that there is.
func askSecretly(ctx context.Context, s streams, what string) (string, error) {
	var text []byte
	var err error
	if terminal, ok := s.in.(*os.File); ok && term.IsTerminal(int(terminal.Fd())) {
		fmt.Fprintf(s.err, "%s (it is not shown): ", what)
		text, err = lineOf(ctx, int(terminal.Fd()))
		fmt.Fprintln(s.err)
	} else {
		text, err = io.ReadAll(io.LimitReader(s.in, maxSecret+1))
	}
	switch {
	case err != nil:
		return "", fmt.Errorf("the value cannot be read: %w", err)
	case len(text) > maxSecret:
		return "", usageError{fmt.Errorf("%s: the value is longer than %d bytes", what, maxSecret)}
	}
	return strings.TrimSpace(string(text)), nil
}

// lineOf reads a line from a terminal that does not show it. When ctx ends, the terminal shows again
// what is typed.
func lineOf(ctx context.Context, terminal int) ([]byte, error) {
	before, err := term.GetState(terminal)
	if err != nil {
		return nil, err
	}
	type line struct {
		text []byte
		err  error
	}
	read := make(chan line, 1)
	go func() { // it ends with the line, or with the program
		text, err := term.ReadPassword(terminal)
		read <- line{text, err}
	}()
	select {
	case got := <-read:
		return got.text, got.err
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), term.Restore(terminal, before))
	}
}
