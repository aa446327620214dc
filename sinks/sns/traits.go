package sns

import (
	"context"
	"fmt"
	"strings"

	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// Traits returns what the sink says of itself.
func Traits() traits.Traits {
	return traits.Traits{
		Concurrency: callsAtOnce * maxTogether, DigestAfter: traits.Readable,
		Needs:        [][]string{{"TOPIC_ARN"}},
		Placeholders: map[string]string{"TOPIC_ARN": "arn:aws:sns:eu-central-1:111122223333:preview"},
		Grants:       []traits.Grant{{Name: "PublishAlerts", Actions: []string{"sns:Publish"}, Setting: "TOPIC_ARN"}},
		Makes:        []traits.Resource{{Kind: traits.Topic, Setting: "TOPIC_ARN"}},
	}
}

// Check judges the settings as New does, without the AWS settings of this machine.
func (c Config) Check(context.Context, string) error {
	if _, err := topicRegion(strings.TrimSpace(c.TopicARN)); err != nil {
		return fmt.Errorf("TOPIC_ARN: %w", err)
	}
	return nil
}
