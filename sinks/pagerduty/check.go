package pagerduty

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

const (
	// keyLength is how many characters a routing key has.
	// https://developer.pagerduty.com/docs/send-alert-event
	keyLength     = 32
	defaultRegion = "us"
)

// regions returns the Events API of each region of PagerDuty's.
// https://support.pagerduty.com/main/docs/service-regions
func regions() map[string]string {
	return map[string]string{
		defaultRegion: "https://events.pagerduty.com/v2/", "eu": "https://events.eu.pagerduty.com/v2/",
	}
}

// check returns every mistake in the settings; prefix is what their variables begin with.
func (c Config) check(ctx context.Context, prefix string) error {
	var mistakes []error
	add := func(setting string, err error) {
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s: %w", setting, err))
		}
	}
	if !c.RoutingKey.IsSet() {
		add("ROUTING_KEY", errors.New("is not set; "+whereKey))
	}
	add("ROUTING_KEY", credential.CheckPlain(ctx, c.RoutingKey, checkKey))
	if _, isKnown := regions()[c.Region]; !isKnown && c.Region != "" {
		add("REGION", errors.New("is no region of PagerDuty's; want us or eu (the account's address has .eu. in it)"))
	}
	if c.ApiURL != "" {
		add("API_URL", checkAPI(c, prefix))
	}
	return errors.Join(mistakes...)
}

// whereKey says where the key is to be had.
const whereKey = "give the integration key of an integration Events API V2 (in PagerDuty, the service's Integrations tab)"

// checkKey says whether text can be a routing key. The error shows nothing of it.
func checkKey(text string) error {
	isOdd := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}
	if len(text) != keyLength || strings.ContainsFunc(text, isOdd) {
		return errors.New("is not a routing key, which has 32 letters and digits; " + whereKey + ", and no key of the REST API")
	}
	return nil
}

// isOrchestration reports whether a key is that of an event orchestration or a ruleset, which take no
// change events. https://developer.pagerduty.com/docs/events-api-v2-overview
func isOrchestration(key string) bool { return strings.HasPrefix(key, "R") }

func checkAPI(c Config, prefix string) error {
	switch {
	case c.Region != "":
		return fmt.Errorf("stands beside %sREGION; remove one of them", prefix)
	case strings.Contains(c.ApiURL, "?"):
		return errors.New("has a query; give the address that enqueue is added to, such as https://events.pagerduty.com/v2/")
	}
	return httpsend.CheckURL(c.ApiURL) //nolint:wrapcheck // it is said of the setting
}
