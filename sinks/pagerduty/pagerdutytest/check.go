package pagerdutytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// PagerDuty's limits. https://developer.pagerduty.com/docs/send-alert-event
const (
	maxEvent   = 512_000 // bytes
	maxSummary = 1_024   // characters
	maxDedup   = 255     // characters
	keyLength  = 32      // characters
)

type event struct {
	RoutingKey string `json:"routing_key"`
	Action     string `json:"event_action"`
	DedupKey   string `json:"dedup_key"`
	Payload    struct {
		Summary   string
		Source    string
		Severity  string
		Timestamp string
		Component string
		Group     string
		Class     string
		Details   map[string]any `json:"custom_details"`
	}
	Client    string
	ClientURL string `json:"client_url"`
	Links     []struct{ Href, Text string }
}

// Check returns why PagerDuty would refuse the body of an alert event, whosever key it has.
func Check(body []byte) error { return problem(body, false) }

// CheckChange does the same for a change event.
func CheckChange(body []byte) error { return problem(body, true) }

func problem(body []byte, isChange bool) error {
	if len(body) > maxEvent {
		return fmt.Errorf("%d bytes", len(body))
	}
	if _, mistakes := read(body, isChange); len(mistakes) > 0 {
		return errors.New(strings.Join(mistakes, "; "))
	}
	return nil
}

// read returns an event, and what PagerDuty would say is wrong with it.
func read(body []byte, isChange bool) (event, []string) {
	var e event
	if err := json.Unmarshal(body, &e); err != nil {
		return e, []string{"Invalid JSON"}
	}
	mistakes := keyMistakes(e.RoutingKey)
	wrong := func(is bool, format string, values ...any) {
		if is {
			mistakes = append(mistakes, fmt.Sprintf(format, values...))
		}
	}
	characters := len(utf16.Encode([]rune(e.Payload.Summary)))
	isAlone := e.Action == "acknowledge" || e.Action == "resolve" // which the key is enough for
	wrong(e.Payload.Summary == "" && !isAlone, "'payload.summary' is missing or blank")
	wrong(characters > maxSummary, "'payload.summary' has %d characters", characters)
	for _, link := range e.Links {
		wrong(!strings.HasPrefix(link.Href, "https://"), "'links' has one that is not https")
	}
	if text := e.Payload.Timestamp; text != "" {
		_, err := time.Parse(time.RFC3339, text)
		wrong(err != nil, "'payload.timestamp' is not ISO 8601")
	}
	if isChange {
		wrong(e.Action != "" || e.DedupKey != "" || e.Payload.Severity != "", "a change has no action, key or severity")
		wrong(strings.HasPrefix(e.RoutingKey, "R"), "'routing_key' is one of a ruleset, which takes no change events")
		return e, mistakes
	}
	wrong(!slices.Contains([]string{"trigger", "acknowledge", "resolve"}, e.Action), "'event_action' is none of trigger, acknowledge, resolve")
	wrong(len(e.DedupKey) > maxDedup, "'dedup_key' has %d characters", len(e.DedupKey))
	wrong(e.DedupKey == "" && e.Action != "trigger", "'dedup_key' is missing or blank")
	if e.Action == "trigger" {
		wrong(e.Payload.Source == "", "'payload.source' is missing or blank")
		wrong(!slices.Contains([]string{"critical", "error", "warning", "info"}, e.Payload.Severity),
			"'payload.severity' is none of critical, error, warning, info")
	}
	return e, mistakes
}

// keyMistakes are PagerDuty's own words: https://github.com/blockpane/tenderduty/issues/10
func keyMistakes(key string) []string {
	var mistakes []string
	if len(key) != keyLength {
		mistakes = append(mistakes, "Length of 'routing_key' is incorrect (should be 32 characters)")
	}
	isOdd := func(r rune) bool { return !strings.ContainsRune("0123456789abcdefghijklmnopqrstuvwxyz", r|0x20) }
	if strings.ContainsFunc(key, isOdd) {
		mistakes = append(mistakes, "'routing_key' cannot contain non-alphanumeric characters.")
	}
	return mistakes
}
