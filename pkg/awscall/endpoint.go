package awscall

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// Endpoint returns the endpoint that the settings name for a service, or "" where they leave it to
// the region. sdk is the SDK's name for the service. It is what the SDK's own clients find: the
// environment goes before the file, and in each the service's own before the one for all.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
func Endpoint(ctx context.Context, settings aws.Config, sdk string) string {
	for _, source := range settings.ConfigSources {
		if s, ok := source.(interface {
			GetIgnoreConfiguredEndpoints(ctx context.Context) (bool, bool, error)
		}); ok {
			if ignored, found, err := s.GetIgnoreConfiguredEndpoints(ctx); err == nil && found && ignored {
				return ""
			}
		}
	}
	for _, source := range settings.ConfigSources {
		if s, ok := source.(interface {
			GetServiceBaseEndpoint(ctx context.Context, sdk string) (string, bool, error)
		}); ok {
			if named, found, err := s.GetServiceBaseEndpoint(ctx, sdk); err == nil && found {
				return named
			}
		}
		if environment, ok := source.(config.EnvConfig); ok && environment.BaseEndpoint != "" {
			return environment.BaseEndpoint
		}
	}
	return aws.ToString(settings.BaseEndpoint)
}
