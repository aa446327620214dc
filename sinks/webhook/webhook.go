// Package webhook sends findings as JSON to any HTTP API: signed as Standard Webhooks says, in the
// documented form or in one of the operator's own.
//
// https://www.standardwebhooks.com
package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/json"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// maxBody is the longest body, in bytes. Standard Webhooks names no limit; this is what a queue, a
// gateway or a function behind the receiver takes at the least.
const maxBody = 256 << 10

// Config is what can be set; each field is a variable under the instance's prefix.
type Config struct {
	// URL is where to send to. What stands in it is often the whole permission, so it is a secret.
	URL secret.Ref
	// Secret signs the messages: "whsec_..." or, while it is being changed, two with a space between
	// them. Without it messages are not signed.
	Secret secret.Ref
	// PayloadTemplate is a Go template of the body over the documented JSON; empty means that JSON.
	PayloadTemplate string `split_words:"true"`
	// Method is POST, PUT or PATCH; empty means POST.
	Method string
	// Headers are further header fields, one on each line or with "|" between them. Whole words of
	// them can be references to secrets.
	Headers secret.Ref
	// Success says which answers prove that a message was taken; empty means any 2xx.
	Success string
}

// Traits returns what the sink says of itself. The receiver is a program: it takes several messages
// at once, says by itself when they are too many, and can count by itself, so that there are
// neither a rate nor digests unless the operator wants them.
func Traits() traits.Traits {
	return traits.Traits{
		Concurrency: 8, Rate: 0, DigestAfter: 0,
		Needs:        [][]string{{"URL"}},
		Placeholders: map[string]string{"URL": "https://webhook.example/preview"},
		Mixed:        map[string]func(string, func(string) bool) ([]string, error){"HEADERS": References},
	}
}

// Sink sends to one address. It is safe for concurrent use.
type Sink struct {
	client   *httpsend.Client
	instance string
	url      secret.Ref
	keys     secret.Ref
	payload  *payload // nil for the documented JSON
	method   string
	headers  *headers
	success  success
	style    formatter.Style
	now      func() time.Time
}

// New builds the sink. Its error joins one error for each mistake, which begins with the setting's
// name and shows no value.
func New(ctx context.Context, instance string, c Config, style formatter.Style) (*Sink, error) {
	s := &Sink{
		client: httpsend.New(), instance: instance, url: c.URL, keys: c.Secret, headers: &headers{text: c.Headers},
		style: style, now: time.Now,
	}
	var mistakes []error
	add := func(setting string, err error) {
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s: %w", setting, err))
		}
	}
	var err error
	if c.URL.IsSet() {
		add("URL", credential.CheckPlain(ctx, c.URL, httpsend.CheckURL))
	} else {
		add("URL", errors.New("is not set; give the address to send to, from https:// on"))
	}
	add("SECRET", credential.CheckPlain(ctx, c.Secret, func(text string) error {
		_, err := signingKeys(text)
		return err
	}))
	if c.PayloadTemplate != "" {
		s.payload, err = payloadOf(c.PayloadTemplate)
		add("PAYLOAD_TEMPLATE", err)
	}
	s.method, err = methodOf(c.Method)
	add("METHOD", err)
	add("HEADERS", credential.CheckPlain(ctx, c.Headers, s.headers.set))
	s.success, err = successOf(c.Success)
	add("SUCCESS", err)
	s.success.prefix = strings.ToUpper(instance) + "_"
	if len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	return s, nil
}

func methodOf(text string) (string, error) {
	switch text {
	case "":
		return http.MethodPost, nil
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		return text, nil
	}
	return "", errors.New("is none of POST, PUT and PATCH")
}

// Notify sends one message. Which answers prove that it was taken, SUCCESS says. There is no
// receipt: an API of which nothing is known has no name for the message that an update could use.
func (s *Sink) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return notify.Receipt{}, fmt.Errorf("not sent to the webhook: %w", err)
	}
	request, err := s.request(ctx, n)
	if err != nil {
		return notify.Receipt{}, err
	}
	answer, err := s.client.Post(ctx, request)
	if err == nil {
		err = s.success.fault(answer)
	}
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("sending to the webhook: %w", err)
	}
	return notify.Receipt{}, nil
}

// request returns the request that holds a notification, signed now.
func (s *Sink) request(ctx context.Context, n notify.Notification) (httpsend.Request, error) {
	at := attempt{at: s.now()}
	at.id = s.messageID(n, at.at)
	body, err := s.body(n, at.id)
	if err != nil {
		return httpsend.Request{}, notify.PermanentMessage(err)
	}
	at.body = body
	url, err := s.url.Value(ctx)
	if err != nil {
		return httpsend.Request{}, fmt.Errorf("the webhook's URL cannot be had: %w", err)
	}
	header, err := s.headers.fill(ctx)
	if err != nil {
		return httpsend.Request{}, err
	}
	keys, err := s.keys.Value(ctx)
	if err != nil {
		return httpsend.Request{}, fmt.Errorf("the webhook's secret cannot be had: %w", err)
	}
	if s.keys.IsSet() {
		if err := at.sign(header, keys); err != nil {
			return httpsend.Request{}, notify.PermanentSink(fmt.Errorf("SECRET: %w", err))
		}
	}
	kind := header.Get("Content-Type")
	if kind == "" {
		kind = "application/json"
	}
	return httpsend.Request{URL: url, Method: s.method, ContentType: kind, Body: body, Header: header}, nil
}

// body returns what is sent of a notification, whose message has the given id.
func (s *Sink) body(n notify.Notification, id string) ([]byte, error) {
	if s.payload == nil {
		return json.Document(n, maxBody)
	}
	return s.payload.render(n, &occasion{n: n, style: s.style, messageID: id})
}

// messageID returns the id of a message: the same for each attempt, in another process and after a
// redrive. Only heartbeats are told apart by their time, since nothing else differs in them.
func (s *Sink) messageID(n notify.Notification, now time.Time) string {
	id := "msg_" + n.MessageID(s.instance)
	if len(n.Findings) == 0 {
		id += fmt.Sprintf("_%d", now.Unix())
	}
	return id
}

// Refresh reads again what is a reference.
func (s *Sink) Refresh(ctx context.Context) (changed bool, err error) {
	var failed []error
	for _, ref := range append(s.headers.references(), s.url, s.keys) {
		isNew, err := ref.Refresh(ctx)
		changed = changed || isNew
		failed = append(failed, err)
	}
	if changed {
		return true, nil
	}
	return false, errors.Join(failed...)
}

// Notes says what the settings leave open.
func (s *Sink) Notes(context.Context) []string {
	var notes []string
	if !s.keys.IsSet() && !s.headers.text.IsSet() {
		notes = append(notes, "messages are not signed, so that their receiver cannot know who sends them; set "+s.success.prefix+"SECRET")
	}
	if s.success.isDefault() {
		notes = append(notes, "any answer of 2xx counts as delivered; where the API's answer says more, ask for it in "+s.success.prefix+"SUCCESS")
	}
	return notes
}

// Preview returns the body that would be sent.
func (s *Sink) Preview(n notify.Notification) (notify.Preview, error) {
	body, err := s.body(n, s.messageID(n, s.now()))
	return notify.Preview{
		Form: notify.FormJSON, Body: body, Sizes: []notify.Size{{What: "bytes of the body", Value: len(body), Limit: maxBody}},
	}, err
}
