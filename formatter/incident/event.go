package incident

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// PagerDuty's limits. https://developer.pagerduty.com/docs/events-api-v2-overview (size) and
// https://developer.pagerduty.com/docs/send-alert-event (characters)
const (
	maxEvent   = 512_000 // bytes of the whole event
	maxSummary = 1_024   // characters
	maxDedup   = 255     // characters
	// keyRoom is what the routing key takes in the event, in bytes; it is no part of what is
	// rendered here.
	keyRoom = 64
	// maxName bounds the fields for which PagerDuty states no limit, in characters.
	maxName = 255
)

// Action is what an event asks PagerDuty to do.
type Action string

// The actions. A change calls nobody: it is shown beside the alerts of a service.
const (
	Trigger     Action = "trigger"
	Acknowledge Action = "acknowledge"
	Resolve     Action = "resolve"
	Change      Action = ""
)

// Event is what an event of PagerDuty's holds beside the message.
type Event struct {
	Action Action
	// DedupKey is the name by which PagerDuty knows the alert; a change has none.
	DedupKey string
	// Time is when the source said it; zero is unknown.
	Time time.Time
}

type event struct {
	Action    Action  `json:"event_action,omitempty"`
	DedupKey  string  `json:"dedup_key,omitempty"`
	Payload   payload `json:"payload"`
	Client    string  `json:"client,omitempty"`
	ClientURL string  `json:"client_url,omitempty"`
	Links     []link  `json:"links,omitempty"`
}

type payload struct {
	Summary       string  `json:"summary"`
	Source        string  `json:"source"`
	Severity      string  `json:"severity,omitempty"`
	Timestamp     string  `json:"timestamp,omitempty"`
	Component     string  `json:"component,omitempty"`
	Group         string  `json:"group,omitempty"`
	Class         string  `json:"class,omitempty"`
	CustomDetails details `json:"custom_details,omitempty"`
}

type link struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

// RenderEvent returns the message as the JSON of an event for PagerDuty's Events API v2, without the
// routing key, which is a secret. What does not fit goes in the order of Message.Smaller; the
// minimal form has no details, and always fits.
// https://developer.pagerduty.com/docs/send-alert-event
func RenderEvent(m formatter.Message, e Event) []byte {
	for !m.Minimal {
		if body := encodedEvent(m, e); len(body) <= maxEvent-keyRoom {
			return body
		}
		smaller, ok := m.Smaller()
		if !ok {
			m.Minimal = true
			break
		}
		m = smaller
	}
	return encodedEvent(m, e)
}

func encodedEvent(m formatter.Message, e Event) []byte {
	encoded, err := json.Marshal(eventOf(m, e))
	if err != nil {
		return nil // texts alone cannot fail
	}
	return encoded
}

func eventOf(m formatter.Message, e Event) event {
	result := event{
		Action: e.Action, DedupKey: cut(e.DedupKey, maxDedup), Links: linksOf(m),
		Payload: payload{
			Summary: cut(cmp.Or(m.Line(between), tocsin), maxSummary), Source: sourceOf(m), Timestamp: timestamp(e.Time),
		},
	}
	if !m.Minimal {
		result.Payload.CustomDetails = detailsOf(m)
	}
	if e.Action == Change { // which has none of the rest
		return result
	}
	result.Payload.Severity = severityOf(m)
	result.Payload.Component, result.Payload.Class = cut(m.Source, maxName), cut(m.Type, maxName)
	result.Payload.Group = cut(joined(" / ", m.Account, m.Region), maxName)
	result.Client = tocsin
	if len(result.Links) > 0 {
		result.ClientURL = result.Links[0].Href
	}
	return result
}

// tocsin is who sends it.
const tocsin = "Tocsin"

// sourceOf returns what is affected, which PagerDuty wants of every event: the resource, else where
// it is, else who says so.
func sourceOf(m formatter.Message) string {
	return cut(cmp.Or(m.Target, m.Account, m.Region, m.Source, tocsin), maxName)
}

// severityOf returns PagerDuty's word for how bad it is. A level that is unknown may be any, so it
// is the highest; what calls for no work is the lowest.
func severityOf(m formatter.Message) string {
	const critical, high, warning, info = "critical", "error", "warning", "info"
	if m.IsOver || m.Kind.CallsNobody() {
		return info
	}
	switch m.Level {
	case finding.LevelLow:
		return info
	case finding.LevelMedium, finding.LevelUntriaged:
		return warning
	case finding.LevelHigh:
		return high
	default:
		return critical
	}
}

// timestamp returns a time in the form of ISO 8601, and "" for one that no clock shows.
func timestamp(t time.Time) string {
	const firstYear, lastYear = 2000, 9999
	t = t.UTC()
	if t.Year() < firstYear || t.Year() > lastYear {
		return ""
	}
	return t.Format(time.RFC3339)
}

// linksOf returns the links, all of them over https: those of the message, and those of the findings
// in a digest. The minimal form has the first.
func linksOf(m formatter.Message) []link {
	var all []link
	add := func(l formatter.Link, text string) {
		if strings.HasPrefix(l.URL, "https://") {
			all = append(all, link{l.URL, cut(text, maxName)})
		}
	}
	for _, l := range m.Links {
		add(l, l.Label)
	}
	if m.Minimal {
		return all[:min(len(all), 1)]
	}
	for _, entry := range m.Entries {
		add(entry.Link, entry.Line(between))
	}
	return all
}

// joined joins the texts that are not empty.
func joined(separator, one, other string) string {
	if one == "" || other == "" {
		return one + other
	}
	return one + separator + other
}

// SizesOfEvent measures an event as PagerDuty does, with room for the routing key.
func SizesOfEvent(body []byte) ([]notify.Size, error) {
	var e struct {
		DedupKey string `json:"dedup_key"`
		Payload  struct{ Summary string }
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, fmt.Errorf("measuring the event: %w", err)
	}
	return []notify.Size{
		{What: "bytes of the event", Value: len(body) + keyRoom, Limit: maxEvent},
		{What: "characters of the summary", Value: length(e.Payload.Summary), Limit: maxSummary},
		{What: "characters of the dedup key", Value: length(e.DedupKey), Limit: maxDedup},
	}, nil
}
