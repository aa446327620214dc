// Package awscall is what every client of an AWS service has in common: the settings of the
// environment, whole requests, how often a call is made again, and errors that can be shown.
package awscall

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
)

// ErrSettings says that the AWS settings could not be loaded. The SDK's own error is left out,
// since it can show a part of a file.
var ErrSettings = errors.New("the AWS settings of this environment cannot be read; see AWS_PROFILE and AWS_CONFIG_FILE")

// Settings are the AWS settings of the environment: region, where the credentials come from,
// endpoints. One value serves all clients of a process: it is loaded once, and credentials are
// asked for once. Its zero value is ready for use. It is safe for concurrent use.
type Settings struct {
	mu     sync.Mutex
	loaded *aws.Config
}

// Client says what a client of a service needs beside the settings of the environment.
type Client struct {
	Region     string         // it is asked in place of the environment's region; empty leaves it at that
	Retries    Retries        // how often a call that fails is made again
	HTTPClient aws.HTTPClient // it is used in place of the SDK's own, and must not follow redirects
}

// contextKey is under which a context holds its Settings.
type contextKey struct{}

// WithSettings returns a context whose clients of AWS services all use the same settings.
func WithSettings(ctx context.Context, s *Settings) context.Context {
	return context.WithValue(ctx, contextKey{}, s)
}

// Config returns the settings that a client of a service is made of. They are those of ctx; a
// context without settings gets its own. They are loaded once; a load that fails is tried again at
// the next call, since a file may be whole a moment later. The error is ErrSettings.
func Config(ctx context.Context, c Client) (aws.Config, error) {
	shared, ok := ctx.Value(contextKey{}).(*Settings)
	if !ok {
		shared = new(Settings)
	}
	settings, err := shared.load(ctx, c.Region)
	if err != nil {
		return aws.Config{}, err
	}
	if c.HTTPClient != nil {
		settings.HTTPClient = whole{next: c.HTTPClient}
	}
	c.Retries.set(&settings)
	return settings, nil
}

// load returns a copy of the settings with the given region.
func (s *Settings) load(ctx context.Context, region string) (aws.Config, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loaded == nil {
		loaded, err := read(ctx, "")
		if err != nil {
			return aws.Config{}, err
		}
		s.loaded = &loaded
	}
	switch {
	case region == "" || region == s.loaded.Region:
		return s.loaded.Copy(), nil
	case s.loaded.Region == "":
		return read(ctx, region) // who asks for the credentials of a role needs a region too
	}
	settings := s.loaded.Copy()
	settings.Region = region
	return settings, nil
}

// idlePerHost keeps as many connections as findings that are under way at once ask the ledger's table by.
// The SDK keeps ten, so that a large batch would open others for most of its calls.
const idlePerHost = 32

// read reads the environment.
func read(ctx context.Context, region string) (aws.Config, error) {
	settings, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return aws.Config{}, ErrSettings
	}
	if settings.HTTPClient == nil { // it is left to each client, but where there is a bundle of certificates
		settings.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConnsPerHost = idlePerHost
		})
	}
	settings.HTTPClient = whole{next: settings.HTTPClient, follows: true}
	settings.Credentials = provider{settings.Credentials}
	return settings, nil
}
