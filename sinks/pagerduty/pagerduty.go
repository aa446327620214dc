// Package pagerduty sends events to PagerDuty's Events API v2. A finding is one alert: updates fold
// into it, and its end resolves it.
//
// https://developer.pagerduty.com/docs/events-api-v2-overview
package pagerduty

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/incident"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// maxEnds is how many alerts are resolved with one digest, the worst first: as many as fit into the
// time of one attempt and stay far from PagerDuty's limit. It drops the end of what it does not know.
const maxEnds = 10

// Config is what can be set; each field is a variable under the instance's prefix.
type Config struct {
	// RoutingKey is the integration key of a service, which is a secret.
	RoutingKey secret.Ref `split_words:"true"`
	// Region is where the PagerDuty account is: us or eu; empty means us.
	Region string
	// ApiURL is where the Events API is, in place of that of a region: that of a gateway.
	ApiURL string `split_words:"true"` //nolint:revive,staticcheck // envconfig makes API_URL of this spelling alone
}

// Traits returns what the sink says of itself. PagerDuty takes about 120 events a minute for each
// integration key; half of that leaves room for another invocation beside this one.
// https://developer.pagerduty.com/docs/events-api-rate-limits
func Traits() traits.Traits {
	return traits.Traits{
		Concurrency: 1, Rate: 1, DigestAfter: traits.Readable,
		Needs:        [][]string{{"ROUTING_KEY"}},
		Placeholders: map[string]string{"ROUTING_KEY": strings.Repeat("0", keyLength)},
		TakesActions: true,
	}
}

// Sink sends to one integration of PagerDuty's.
type Sink struct {
	client *httpsend.Client
	key    secret.Ref
	// api is the address of the Events API, which ends in a slash.
	api      string
	instance string
	style    formatter.Style
}

// New builds the sink. The error joins one error for each mistake, which begins with the setting's
// name and shows no value.
func New(ctx context.Context, instance string, c Config, style formatter.Style) (*Sink, error) {
	if err := c.check(ctx, strings.ToUpper(instance)+"_"); err != nil {
		return nil, err
	}
	api := strings.TrimSuffix(cmp.Or(c.ApiURL, regions()[cmp.Or(c.Region, defaultRegion)]), "/") + "/"
	return &Sink{client: httpsend.New(), key: c.RoutingKey, api: api, instance: instance, style: style}, nil
}

// Notify sends one event, and with a digest the ends of the alerts that it tells of. PagerDuty's
// proof is the dedup key, which is the receipt's id.
func (s *Sink) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return notify.Receipt{}, fmt.Errorf("not sent to PagerDuty: %w", err)
	}
	key, err := credential.Read(ctx, s.key, "secret of the routing key", checkKey)
	if err != nil {
		return notify.Receipt{}, err //nolint:wrapcheck // it says what is wrong
	}
	event := s.eventOf(n)
	if event.Action == incident.Change && isOrchestration(key) {
		event = s.insteadOfChange(n)
	}
	err = s.send(ctx, key, event, s.render(n, event))
	for _, end := range incident.Ends(n, maxEnds) {
		if err == nil {
			event := s.eventOf(end)
			err = s.send(ctx, key, event, s.render(end, event))
		}
	}
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("sending to PagerDuty: %w", err)
	}
	return notify.Receipt{ID: event.DedupKey}, nil
}

// Refresh reads the routing key again where it is a reference.
func (s *Sink) Refresh(ctx context.Context) (changed bool, err error) { return s.key.Refresh(ctx) }

// Preview returns the event that would be sent, without the routing key: what is sent begins with
// that, and goes on as the preview does.
func (s *Sink) Preview(n notify.Notification) (notify.Preview, error) {
	body := s.render(n, s.eventOf(n))
	sizes, err := incident.SizesOfEvent(body)
	return notify.Preview{Form: notify.FormJSON, Body: body, Sizes: sizes}, err
}

// render returns the body of an event, without the routing key. What is told beside the alerts says which
// finding it is about.
func (s *Sink) render(n notify.Notification, e incident.Event) []byte {
	m := formatter.New(n, s.style)
	if n.Kind == notify.KindAction && e.Action == incident.Change {
		m = incident.Named(m, formatter.New(notify.Notification{Findings: n.Findings}, s.style))
	}
	return incident.RenderEvent(m, e)
}

// eventOf returns what an event asks for. Messages about one finding have one key; what is about
// several findings has that of the message. What Tocsin says of itself has one key with what ends it.
// A heartbeat, a summary, a digest of nothing but ends, and what somebody did about a finding, call
// nobody.
func (s *Sink) eventOf(n notify.Notification) incident.Event {
	e := incident.Event{Action: incident.Trigger, DedupKey: n.FindingID()}
	switch n.Kind {
	case notify.KindResolved:
		e.Action = incident.Resolve
	case notify.KindHeartbeat, notify.KindSummary:
		return incident.Event{Action: incident.Change}
	case notify.KindAction:
		if incident.ActOf(n) != notify.ActAcknowledge { // the API knows no other, nor the way back
			return incident.Event{Action: incident.Change}
		}
		e.Action = incident.Acknowledge
	case notify.KindDigest:
		if incident.HasEndsAlone(n) {
			return incident.Event{Action: incident.Change}
		}
		e.DedupKey = n.MessageID(s.instance)
	case notify.KindNotice:
		switch {
		case len(n.Findings) > 0 && !incident.IsEscalation(n):
			e.DedupKey = n.MessageID(s.instance)
		case n.Word.IsOver:
			e.Action = incident.Resolve
		}
	case notify.KindFinding, notify.KindUpdate:
	}
	if len(n.Findings) == 1 {
		e.Time = saidAt(&n.Findings[0])
	}
	return e
}

// insteadOfChange returns what takes the place of a change event where there can be none. For what somebody did
// about a finding it is one that PagerDuty takes and drops, since no alert has its key: one that it kept would
// be an alert.
func (s *Sink) insteadOfChange(n notify.Notification) incident.Event {
	e := incident.Event{Action: incident.Trigger, DedupKey: n.MessageID(s.instance)}
	if n.Kind == notify.KindAction {
		e.Action = incident.Acknowledge
	}
	return e
}

// saidAt returns when the source said it.
func saidAt(f *finding.Finding) time.Time {
	if f.Updated.IsZero() {
		return f.LastSeen
	}
	return f.Updated
}

// send sends one event, whose body lacks the routing key.
func (s *Sink) send(ctx context.Context, key string, e incident.Event, body []byte) error {
	path := "enqueue"
	if e.Action == incident.Change {
		path = "change/enqueue"
	}
	answer, err := s.client.Post(ctx, httpsend.Request{
		URL: s.api + path, ContentType: "application/json", Body: slices.Concat([]byte(`{"routing_key":"`+key+`",`), body[1:]),
	})
	if err != nil {
		return err //nolint:wrapcheck // the caller wraps it
	}
	return fault(answer, e.DedupKey)
}
