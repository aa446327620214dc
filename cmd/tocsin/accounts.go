package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/organization"
)

// The formats of tocsin accounts.
const (
	formatJSON  = "json"
	formatPairs = "pairs"
)

// maxSecret is what a secret of Secrets Manager holds, in bytes:
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
const maxSecret = 65_536

func accountsCommand(s streams) *cobra.Command {
	var format string
	var withPaths, all bool
	command := &cobra.Command{
		Use:   "accounts",
		Short: "Print the names of your organization's accounts, ready for ACCOUNT_NAMES",
		Long: `Accounts reads the accounts of your AWS organization and prints their names as ACCOUNT_NAMES takes them: as JSON, for a
secret or for the CDK app's accountNames=@FILE, or as pairs, for the variable itself.

It needs credentials of the management account or of a delegated administrator, with organizations:ListAccounts;
with --ou also ListParents and DescribeOrganizationalUnit.`,
		Example: `  tocsin accounts > accounts.json
  make deploy ARGS="-c accountNames=@$PWD/accounts.json"
  aws secretsmanager create-secret --name tocsin/accounts --secret-string "$(tocsin accounts --ou)"
  ACCOUNT_NAMES="$(tocsin accounts --format pairs)" tocsin send event.json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != formatJSON && format != formatPairs {
				return usageError{errors.New("--format: want json or pairs")}
			}
			accounts, err := organization.Accounts(cmd.Context(), withPaths)
			if err != nil {
				return err
			}
			text, err := accountNames(accounts, format, all)
			if err != nil {
				return err
			}
			if len(text) > maxSecret {
				fmt.Fprintf(s.err, "tocsin: this is %d bytes, and a secret holds %d: leave out --ou, or accounts that never have findings\n", len(text), maxSecret)
			}
			if _, err := fmt.Fprintln(s.out, text); err != nil {
				return fmt.Errorf("writing the accounts: %w", err)
			}
			return nil
		},
	}
	flags := command.Flags()
	flags.StringVar(&format, "format", formatJSON, "json or pairs")
	flags.BoolVar(&withPaths, "ou", false, "put the path of organizational units before the name")
	flags.BoolVar(&all, "all", false, "also accounts that are suspended or being closed")
	complete(command, "format", fixed([]string{formatJSON, formatPairs}))
	return command
}

// nameOf returns what an account is called: its name, after the path of its units.
func nameOf(a organization.Account) string {
	name := strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, a.Name))
	if a.Path != "" {
		name = a.Path + "/" + name
	}
	return name
}

// accountNames returns the names of accounts as ACCOUNT_NAMES takes them.
func accountNames(accounts []organization.Account, format string, all bool) (string, error) {
	names := map[string]string{}
	var pairs []string
	for _, a := range accounts {
		if !a.IsActive && !all {
			continue
		}
		names[a.ID] = nameOf(a)
		pairs = append(pairs, a.ID+"="+names[a.ID])
		if format == formatPairs && strings.ContainsAny(names[a.ID], ",=") {
			return "", fmt.Errorf("the name of account %s has a comma or =, which pairs cannot hold; use --format json", a.ID)
		}
	}
	if format == formatPairs {
		return strings.Join(pairs, ","), nil
	}
	text, err := json.MarshalIndent(names, "", "  ")
	if err != nil {
		return "", fmt.Errorf("the accounts have no JSON form: %w", err)
	}
	return string(text), nil
}
