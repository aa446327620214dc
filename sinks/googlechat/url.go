package googlechat

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// whereURL says where a webhook's URL is found.
const whereURL = "in the space's menu, Apps & integrations, Webhooks, Copy link"

// checkURL says whether raw can be a webhook's URL: one that httpsend takes, of a space's messages,
// with key and token, and with none of what the sink adds. The error shows no part of it.
func checkURL(raw string) error {
	if err := httpsend.CheckURL(raw); err != nil {
		return err
	}
	u, err := url.Parse(raw)
	if err != nil {
		return errors.New("is not a URL") // the error of net/url shows it
	}
	space, isSpace := strings.CutPrefix(u.EscapedPath(), "/v1/spaces/")
	space, isMessages := strings.CutSuffix(space, "/messages")
	if !isSpace || !isMessages || space == "" || strings.Contains(space, "/") {
		return errors.New("is not that of a webhook, which ends in /v1/spaces/, the space, and /messages?key=...&token=...; " +
			"copy it again: " + whereURL)
	}
	query := u.Query()
	for _, name := range []string{"key", "token"} {
		if query.Get(name) == "" {
			return fmt.Errorf("has no %s, without which it posts nothing; copy all of it again (it holds & and no &amp;): %s", name, whereURL)
		}
	}
	for _, name := range []string{"threadKey", "messageReplyOption", "requestId", "messageId"} {
		if query.Has(name) {
			return fmt.Errorf("holds %s; remove it: the sink keeps the messages about a finding together by itself", name)
		}
	}
	return nil
}
