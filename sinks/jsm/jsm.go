// Package jsm sends alerts to Jira Service Management's Operations, or to Opsgenie, which takes the
// same. A finding is one alert: updates are its notes, and its end closes it.
//
// https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v1/api-group-integration-events/
// https://docs.opsgenie.com/docs/alert-api
package jsm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/incident"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// maxEnds is how many alerts are closed with one digest, the worst first: as many as fit into the
// time of one attempt. An end of what is not known there does nothing.
const maxEnds = 10

// Config is what can be set; each field is a variable under the instance's prefix.
type Config struct {
	// ApiKey is the key of an API integration, which is a secret.
	ApiKey secret.Ref `split_words:"true"` //nolint:revive,staticcheck // envconfig makes API_KEY of this spelling alone
	// Host is where the alerts are taken: a host's name or a URL; empty means api.atlassian.com.
	Host string
}

// Traits returns what the sink says of itself. The smallest plans take about 60 requests a minute.
// https://docs.opsgenie.com/docs/api-rate-limiting
func Traits() traits.Traits {
	return traits.Traits{
		Concurrency: 1, Rate: 1, DigestAfter: traits.Readable,
		Needs:        [][]string{{"API_KEY"}},
		Placeholders: map[string]string{"API_KEY": "00000000-0000-0000-0000-000000000000"},
		TakesActions: true,
	}
}

// Sink sends to one API integration.
type Sink struct {
	client *httpsend.Client
	key    secret.Ref
	// alerts is the address of all alerts, without a slash at its end.
	alerts   string
	instance string
	style    formatter.Style
}

// New builds the sink. The error joins one error for each mistake, which begins with the setting's
// name and shows no value.
func New(ctx context.Context, instance string, c Config, style formatter.Style) (*Sink, error) {
	alerts, hostErr := alertsAt(c.Host)
	if err := errors.Join(c.checkKey(ctx), hostErr); err != nil {
		return nil, err
	}
	return &Sink{client: httpsend.New(), key: c.ApiKey, alerts: alerts, instance: instance, style: style}, nil
}

// Notify creates, or counts up, the alert of what n is about, and says in a note what is new; the end
// of a finding closes its alert, and what somebody did about it is done to the alert that there is. The
// proof, and the receipt's id, is the id of the first request.
func (s *Sink) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return notify.Receipt{}, fmt.Errorf("not sent to Jira Service Management: %w", err)
	}
	key, err := credential.Read(ctx, s.key, "secret of the API key", checkKey)
	if err != nil {
		return notify.Receipt{}, err //nolint:wrapcheck // it says what is wrong
	}
	id, err := s.sendAll(ctx, key, n)
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("sending to Jira Service Management: %w", err)
	}
	return notify.Receipt{ID: id}, nil
}

// Refresh reads the API key again where it is a reference.
func (s *Sink) Refresh(ctx context.Context) (changed bool, err error) { return s.key.Refresh(ctx) }

// Preview returns the body of the first request: what creates the alert, or closes it.
func (s *Sink) Preview(n notify.Notification) (notify.Preview, error) {
	body := s.requests(n)[0].body
	sizes, err := incident.SizesOfAlert(body)
	return notify.Preview{Form: notify.FormJSON, Body: body, Sizes: sizes}, err
}

// Notes says that Opsgenie comes to its end. https://www.atlassian.com/software/opsgenie/migration
func (s *Sink) Notes(context.Context) []string {
	if !strings.Contains(s.alerts, opsgenieDomain) {
		return nil
	}
	return []string{"Opsgenie ends on 2027-04-05: move to Jira Service Management, and leave HOST out then"}
}

// request is one request about an alert.
type request struct {
	// path stands behind the address of all alerts.
	path string
	body []byte
	// isBeside says that there may be no such alert any more: then there is nothing to be done.
	isBeside bool
	// isExtra says that the service may not know what is asked for, and that nothing depends on it.
	isExtra bool
}

// requests returns what a notification asks for, in order: never nothing.
func (s *Sink) requests(n notify.Notification) []request {
	alias, m := s.alias(n), formatter.New(n, s.style)
	noted := func(what string) request {
		return request{path: actionPath(alias, what), body: incident.RenderNote(m), isBeside: true}
	}
	switch {
	case n.Kind == notify.KindAction:
		return acted(incident.ActOf(n), m, noted)
	case n.Kind == notify.KindResolved || n.Word.IsOver:
		return []request{noted("close")}
	}
	all := []request{{body: incident.RenderAlert(m, alias)}}
	if n.Kind == notify.KindUpdate || incident.IsEscalation(n) {
		// An alert that is open already is counted up and nothing else, so that nobody would see it.
		all = append(all, noted("notes"))
	}
	for _, end := range incident.Ends(n, maxEnds) {
		all = append(all, s.requests(end)...)
	}
	return all
}

// actionPath returns where something is asked for to be done to the open alert of an alias.
func actionPath(alias, what string) string { return "/" + alias + "/" + what + "?identifierType=alias" }

// acted returns what is asked for when somebody did something about a finding. Nothing of it creates an alert.
//
// Who did it stands in a note, and not in the field of the user: by that, whoever chose the name of another one
// for themselves would act there in their name. Atlassian documents no way to give an alert back by this API,
// though Opsgenie has one; so it is noted first.
// https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v1/api-group-integration-events/
// https://docs.opsgenie.com/docs/alert-api#unacknowledge-alert
func acted(act string, m formatter.Message, noted func(what string) request) []request {
	switch act {
	case notify.ActAcknowledge:
		return []request{noted("acknowledge")}
	case notify.ActGiveBack:
		back := noted("unacknowledge")
		back.body, back.isExtra = incident.RenderBy(m), true
		return []request{noted("notes"), back}
	}
	return []request{noted("notes")}
}

// alias returns the name of the alert. All messages about one finding have one; what is about several
// findings has that of the message. What Tocsin says of itself has one with what ends it. An alias holds
// for a whole site, where another instance may send to another team.
func (s *Sink) alias(n notify.Notification) string {
	switch n.Kind {
	case notify.KindNotice:
		if len(n.Findings) > 0 && !incident.IsEscalation(n) {
			return n.MessageID(s.instance)
		}
	case notify.KindDigest, notify.KindHeartbeat, notify.KindSummary:
		return n.MessageID(s.instance)
	case notify.KindFinding, notify.KindUpdate, notify.KindResolved, notify.KindAction:
	}
	return n.FindingID() + "-" + s.instance
}

// sendAll sends the requests of a notification, and returns the id of the first.
func (s *Sink) sendAll(ctx context.Context, key string, n notify.Notification) (string, error) {
	first := ""
	for i, r := range s.requests(n) {
		answer, err := s.client.Post(ctx, httpsend.Request{
			URL: s.alerts + r.path, ContentType: "application/json", Body: r.body,
			Header: http.Header{"Authorization": {"GenieKey " + key}},
		})
		if err != nil {
			return "", err //nolint:wrapcheck // the caller wraps it
		}
		id, err := read(answer, r)
		if err != nil {
			return "", err
		}
		if i == 0 {
			first = id
		}
	}
	return first, nil
}
