package eventbridge

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// Config is what can be set; each field is a variable under the instance's prefix.
type Config struct {
	// BusARN is the bus's ARN; its region is used whatever the function's.
	BusARN string `split_words:"true"`
}

// Traits returns what the sink says of itself. Rules read what it sends, so that it needs no digests.
func Traits() traits.Traits {
	return traits.Traits{
		Concurrency:  callsAtOnce * maxTogether,
		Needs:        [][]string{{"BUS_ARN"}},
		Placeholders: map[string]string{"BUS_ARN": "arn:aws:events:eu-central-1:111122223333:event-bus/preview"},
		Grants: []traits.Grant{{
			Name: "PutEvents", Actions: []string{putEvents, describeEventBus}, Setting: "BUS_ARN",
		}},
	}
}

// Check judges the settings as New does, without the AWS settings of this machine.
func (c Config) Check(context.Context, string) error {
	if _, err := c.region(); err != nil {
		return fmt.Errorf("BUS_ARN: %w", err)
	}
	return nil
}

func (c Config) busARN() string { return strings.TrimSpace(c.BusARN) }

// region checks the bus's ARN (arn:partition:events:region:account:event-bus/name) and gives its
// region.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html
func (c Config) region() (string, error) {
	const example = "such as arn:aws:events:eu-west-1:111122223333:event-bus/security"
	arn := c.busARN()
	found := regexp.MustCompile(`^arn:aws[a-z-]*:events:([a-z]+(?:-[a-z]+)+-[0-9]+):[0-9]{12}:event-bus/[/.\-_A-Za-z0-9]{1,256}$`).FindStringSubmatch(arn)
	switch {
	case arn == "":
		return "", errors.New("is not set; give the ARN of an EventBridge bus, " + example)
	case found != nil:
		return found[1], nil
	case strings.Contains(arn, ":event-busv2/"):
		return "", errors.New("is the ARN of a bus of the newer kind (event-busv2), which takes no events of this call; " +
			"give that of a classic bus, " + example)
	case strings.Contains(arn, ":rule/"):
		return "", errors.New("is the ARN of a rule; give that of its bus, " + example)
	}
	return "", errors.New("is not the ARN of an EventBridge bus, " + example)
}
