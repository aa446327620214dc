package interaction

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// publicAPI is where the Web API is, but for GovSlack.
const publicAPI = "https://slack.com/api/"

// API is the Web API of Slack. It is safe for concurrent use.
type API struct {
	client  *httpsend.Client
	address string
}

// NewAPI returns the Web API at an address; empty stands for the public one.
func NewAPI(address string) *API {
	return &API{client: httpsend.New(), address: strings.TrimSuffix(cmp.Or(address, publicAPI), "/") + "/"}
}

// ErrLate says that a modal can no longer be opened: whoever pressed waits no more.
var ErrLate = errors.New("the time to open a modal is over")

// Open opens a modal for whoever has pressed.
// https://docs.slack.dev/reference/methods/views.open/
func (a *API) Open(ctx context.Context, k Keys, trigger string, view json.RawMessage) error {
	body := members{{"trigger_id", quoted(trigger)}, {"view", view}}.JSON()
	_, err := a.call(ctx, k, "views.open", request{kind: "application/json; charset=utf-8", body: body})
	return err
}

// Update puts another text in the place of a message of the bot's.
// https://docs.slack.dev/reference/methods/chat.update/
func (a *API) Update(ctx context.Context, k Keys, body []byte) error {
	_, err := a.call(ctx, k, "chat.update", request{kind: "application/json; charset=utf-8", body: body})
	return err
}

// Members returns the ids of those who are in a user group.
// https://docs.slack.dev/reference/methods/usergroups.users.list/
func (a *API) Members(ctx context.Context, k Keys, group string) ([]string, error) {
	form := url.Values{"usergroup": {group}}
	said, err := a.call(ctx, k, "usergroups.users.list", request{kind: "application/x-www-form-urlencoded", body: []byte(form.Encode())})
	return said.Users, err
}

// request is the body of a call, and the media type of it.
type request struct {
	kind string
	body []byte
}

// answer is what a method says. https://docs.slack.dev/apis/web-api/#responses
type answer struct {
	OK    bool     `json:"ok"`
	Error string   `json:"error"`
	Users []string `json:"users"`
}

// call asks a method once. An error shows Slack's own word alone: an answer can repeat the request.
func (a *API) call(ctx context.Context, k Keys, method string, r request) (answer, error) {
	if k.token == "" {
		return answer{}, fmt.Errorf("%s: the bot's token is not known", method)
	}
	response, err := a.client.Post(ctx, httpsend.Request{
		URL: a.address + method, ContentType: r.kind, Body: r.body, Header: http.Header{"Authorization": {"Bearer " + k.token}},
	})
	if err != nil {
		return answer{}, fmt.Errorf("%s: %w", method, err)
	}
	var said answer
	err = json.Unmarshal(response.Body, &said)
	switch {
	case err == nil && response.Status == http.StatusOK && said.OK:
		return said, nil
	case err == nil && slices.Contains([]string{"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"}, said.Error):
		return answer{}, fmt.Errorf("%s: %w (%s)", method, ErrLate, said.Error)
	case err == nil && isWord(said.Error):
		return answer{}, fmt.Errorf("%s: %s", method, said.Error)
	}
	return answer{}, fmt.Errorf("%s: status %d", method, response.Status)
}

// isWord reports whether a text has the form of an error's name, which no secret has.
func isWord(text string) bool {
	isOther := func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' }
	return text != "" && len(text) <= 60 && !strings.ContainsFunc(text, isOther)
}

// errForeign says that an answer would go to somebody else.
var errForeign = errors.New("the address for an answer is none of Slack's; nothing was sent there")

// Tell says something to whoever has pressed, and to nobody else. It goes to the hosts of Slack's alone.
// https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
func (a *API) Tell(ctx context.Context, address, text string) error {
	if !a.isSlack(address) {
		return errForeign
	}
	body, err := encode(object{"response_type": "ephemeral", "replace_original": false, "text": text})
	if err != nil {
		return err
	}
	response, err := a.client.Post(ctx, httpsend.Request{URL: address, ContentType: "application/json; charset=utf-8", Body: body})
	if err != nil {
		return fmt.Errorf("the answer to whoever has pressed: %w", err)
	}
	if response.Status != http.StatusOK {
		return fmt.Errorf("the answer to whoever has pressed: status %d", response.Status)
	}
	return nil
}

// isSlack reports whether an address is of the host of the Web API, or of the one beside it that takes messages.
func (a *API) isSlack(address string) bool {
	to, err := url.Parse(address)
	if err != nil || to.User != nil {
		return false
	}
	api, err := url.Parse(a.address)
	if err != nil || to.Scheme != api.Scheme {
		return false
	}
	return to.Host == api.Host || to.Host == "hooks."+api.Host
}
