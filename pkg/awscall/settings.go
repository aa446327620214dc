// Package awscall holds what every client of an AWS service needs before it can make a call.
package awscall

import (
	"context"
	"errors"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// ErrSettings says that the AWS settings could not be loaded. The SDK's own error is left out, since it can show a part
// of a file.
var ErrSettings = errors.New("the AWS settings of this environment cannot be read; see AWS_PROFILE and AWS_CONFIG_FILE")

// Settings are the AWS settings of the environment: region, where the credentials come from, endpoints. Its zero value
// is ready for use. It is safe for concurrent use.
type Settings struct {
	// Region is used in place of the environment's region; empty leaves it at that.
	Region string

	mu     sync.Mutex
	loaded *aws.Config
}

// Load returns the settings. They are loaded once; a load that fails is tried again at the next call, since a file that
// cannot be read now may be whole a moment later. The error is ErrSettings.
func (s *Settings) Load(ctx context.Context) (aws.Config, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loaded == nil {
		settings, err := config.LoadDefaultConfig(ctx, config.WithRegion(s.Region))
		if err != nil {
			return aws.Config{}, ErrSettings
		}
		s.loaded = &settings
	}
	return s.loaded.Copy(), nil
}
