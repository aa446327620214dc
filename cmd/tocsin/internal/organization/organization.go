// Package organization reads the accounts of an AWS organization and where they stand in it.
//
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
package organization

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
)

// region is where the API of Organizations is asked for when the environment names no region; it is
// the same organization from each one.
const region = "us-east-1"

// Account is an account of the organization.
type Account struct {
	ID, Name string
	// Path is the way to it through the organizational units, such as "Workloads/Prod"; empty at
	// the root, or when it was not asked for.
	Path string
	// IsActive is false for a suspended or a closing account.
	IsActive bool
}

// Accounts reads all accounts, in the order of AWS; withPaths also asks where each one stands,
// which takes a request or more for each. The error says what to do.
func Accounts(ctx context.Context, withPaths bool) ([]Account, error) {
	settings, err := awscall.Config(ctx, awscall.Client{})
	if err != nil {
		return nil, err
	}
	if settings.Region == "" {
		settings.Region = region
	}
	r := &reader{client: organizations.NewFromConfig(settings), units: map[string]string{}}
	var all []Account
	pages := organizations.NewListAccountsPaginator(r.client, &organizations.ListAccountsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fault(ctx, "ListAccounts", err)
		}
		for _, account := range page.Accounts {
			a := Account{
				ID: aws.ToString(account.Id), Name: aws.ToString(account.Name),
				IsActive: account.Status == types.AccountStatusActive,
			}
			if withPaths {
				if a.Path, err = r.path(ctx, a.ID); err != nil {
					return nil, err
				}
			}
			all = append(all, a)
		}
	}
	return all, nil
}

// reader asks for units once each.
type reader struct {
	client *organizations.Client
	units  map[string]string // names by id
}

// path returns the names of the units above a child, the topmost first.
func (r *reader) path(ctx context.Context, child string) (string, error) {
	path := ""
	for {
		output, err := r.client.ListParents(ctx, &organizations.ListParentsInput{ChildId: &child})
		if err != nil {
			return "", fault(ctx, "ListParents", err)
		}
		if len(output.Parents) == 0 || output.Parents[0].Type == types.ParentTypeRoot {
			return strings.TrimSuffix(path, "/"), nil
		}
		child = aws.ToString(output.Parents[0].Id)
		name, err := r.unit(ctx, child)
		if err != nil {
			return "", err
		}
		path = name + "/" + path
	}
}

func (r *reader) unit(ctx context.Context, id string) (string, error) {
	if name, known := r.units[id]; known {
		return name, nil
	}
	output, err := r.client.DescribeOrganizationalUnit(ctx, &organizations.DescribeOrganizationalUnitInput{OrganizationalUnitId: &id})
	if err != nil {
		return "", fault(ctx, "DescribeOrganizationalUnit", err)
	}
	r.units[id] = aws.ToString(output.OrganizationalUnit.Name)
	return r.units[id], nil
}

// fault returns why a call failed, and what to do about the most likely refusals.
func fault(ctx context.Context, call string, err error) error {
	failed := awscall.Explain(ctx, "Organizations", err)
	if failed.Code == "" {
		return fmt.Errorf("%s: %w", call, failed)
	}
	remedies := map[string]string{
		"AccessDeniedException": "; use credentials of the management account or of a delegated administrator, " +
			"with organizations:" + call,
		"AWSOrganizationsNotInUseException": "; this account is in no organization: write ACCOUNT_NAMES by hand",
	}
	return fmt.Errorf("%s: %s%s", call, failed.Code, remedies[failed.Code])
}
