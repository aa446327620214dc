package teams

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// What is wrong with URLs that can be sent to. None of it shows the URL.
var (
	errNotSet = errors.New("is not set; give the URL of a webhook that you have made in Teams, under Workflows")
	// errConnector: https://devblogs.microsoft.com/microsoft365dev/retirement-of-office-365-connectors-within-microsoft-teams/
	errConnector = errors.New("is that of an Office 365 connector, which Microsoft has switched off; " +
		"make a webhook in Teams, under Workflows, and give its URL")
	// errLogic: https://github.com/caronc/apprise/issues/1172
	errLogic = errors.New("is one of logic.azure.com, where flows are no longer reached since 30 November 2025; " +
		"open the flow's trigger and copy its URL again")
	errEntity = errors.New("holds &amp; in place of &; copy it again from the flow's trigger, and not from a page's source")
	// errNoSignature: https://github.com/caronc/apprise/issues/1316
	errNoSignature = errors.New("has no sig, so that the flow asks its callers to sign in; " +
		"set \"Who can trigger the flow\" to Anyone in the flow's trigger, save, and copy the URL again, all of it")
)

// check returns what is wrong with the settings.
func (c Config) check(ctx context.Context) error {
	if !c.WebhookURL.IsSet() {
		return errNotSet
	}
	return credential.CheckPlain(ctx, c.WebhookURL, checkURL) //nolint:wrapcheck // New says of what setting it is
}

// checkURL says what is wrong with the URL of a webhook; the error shows no part of it. The hosts of
// Teams' clouds are not listed anywhere, so that any host counts that is not known to be dead.
func checkURL(raw string) error {
	if err := httpsend.CheckURL(raw); err != nil {
		return err
	}
	u, err := url.Parse(raw)
	if err != nil {
		return errors.New("is not a URL")
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	switch {
	case strings.HasSuffix(host, ".webhook.office.com"), host == "outlook.office.com", host == "outlook.office365.com":
		return errConnector
	case strings.HasSuffix(host, ".logic.azure.com"):
		return errLogic
	case strings.Contains(u.RawQuery, "&amp;"):
		return errEntity
	case !isSigned(u.RawQuery):
		return errNoSignature
	}
	return nil
}

// isSigned reports whether a query has a signature.
func isSigned(query string) bool {
	for part := range strings.SplitSeq(query, "&") {
		if signature, ok := strings.CutPrefix(part, "sig="); ok && signature != "" {
			return true
		}
	}
	return false
}
