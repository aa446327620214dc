package awssend

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// errNoRegion says that a region cannot be a part of a host's name. It does not show it.
var errNoRegion = errors.New("the region is not the name of one; see AWS_REGION")

// findEndpoint returns where the service is, without a slash at the end: where the AWS settings say,
// as the SDK's clients do, else the region's own endpoint. That is the one for IPv4, unless they ask
// for the dual stack.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
func (c *Client) findEndpoint(ctx context.Context) (string, error) {
	if given := awscall.Endpoint(ctx, c.settings, c.service.SDK); given != "" {
		return c.checked(given)
	}
	if c.service.Endpoint != "" {
		return c.checked(c.service.Endpoint)
	}
	region := c.settings.Region
	if region == "" {
		return "", nil
	}
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-"
	if len(region) > 63 || strings.Trim(region, letters) != "" || strings.Trim(region, "-") != region {
		return "", errNoRegion
	}
	host, suffix := c.service.Host, finding.PartitionOf(region).DNSSuffix
	isDual, isValidated := c.usesDualStack(ctx), c.service.IsValidated && strings.HasPrefix(region, "us-gov-")
	if isDual {
		suffix = finding.PartitionOf(region).DualStackSuffix
	}
	if c.usesFIPS(ctx) && (isDual || !isValidated) {
		host += "-fips"
	}
	return "https://" + host + "." + region + "." + suffix, nil
}

// checked returns an endpoint that somebody has given, as its host is signed.
func (c *Client) checked(given string) (string, error) {
	u, err := url.Parse(given)
	var reason error
	if c.service.CheckURL != nil {
		reason = c.service.CheckURL(given)
	}
	switch {
	case reason != nil:
	case err != nil:
		reason = errors.New("is not a URL")
	case u.RawQuery != "" || u.ForceQuery:
		reason = errors.New("must not hold a query")
	default:
		if u.Scheme == "https" && u.Port() == "443" {
			u.Host = strings.TrimSuffix(u.Host, ":443")
		}
		return strings.TrimSuffix(u.String(), "/"), nil
	}
	return "", fmt.Errorf("the endpoint of %s (AWS_ENDPOINT_URL_%s or AWS_ENDPOINT_URL) %w", c.service.Name, strings.ToUpper(c.service.SDK), reason)
}

// usesFIPS reports whether the settings ask for the endpoints with validated cryptography.
func (c *Client) usesFIPS(ctx context.Context) bool {
	type setting interface {
		GetUseFIPSEndpoint(ctx context.Context) (aws.FIPSEndpointState, bool, error)
	}
	for _, source := range c.settings.ConfigSources {
		if s, ok := source.(setting); ok {
			if state, found, err := s.GetUseFIPSEndpoint(ctx); err == nil && found {
				return state == aws.FIPSEndpointStateEnabled
			}
		}
	}
	return false
}

// usesDualStack reports whether the settings ask for the endpoints that IPv6 leads to as well.
func (c *Client) usesDualStack(ctx context.Context) bool {
	type setting interface {
		GetUseDualStackEndpoint(ctx context.Context) (aws.DualStackEndpointState, bool, error)
	}
	for _, source := range c.settings.ConfigSources {
		if s, ok := source.(setting); ok {
			if state, found, err := s.GetUseDualStackEndpoint(ctx); err == nil && found {
				return state == aws.DualStackEndpointStateEnabled
			}
		}
	}
	return false
}
