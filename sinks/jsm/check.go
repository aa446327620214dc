package jsm

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// Where alerts are taken. Opsgenie has its own path; everything else is taken for Atlassian's.
const (
	defaultHost    = "api.atlassian.com"
	atlassianPath  = "/jsm/ops/integration/v2/alerts"
	opsgenieDomain = ".opsgenie.com"
	opsgeniePath   = "/v2/alerts"
)

const whereKey = "give the key of an API integration (in Jira Service Management: Operations, the team, Integrations, Add " +
	"integration, API)"

// checkKey says what is wrong with the setting.
func (c Config) checkKey(ctx context.Context) error {
	if !c.ApiKey.IsSet() {
		return errors.New("API_KEY: is not set; " + whereKey)
	}
	if err := credential.CheckPlain(ctx, c.ApiKey, checkKey); err != nil {
		return fmt.Errorf("API_KEY: %w", err)
	}
	return nil
}

// checkKey says whether text can be the key of an integration, as which UUIDs are given out. The error
// shows nothing of it.
func checkKey(text string) error {
	const least, most = 20, 100
	if len(text) < least || len(text) > most || strings.ContainsFunc(text, isNoKeyRune) {
		return errors.New("is not the key of an integration, which has letters, digits and hyphens; " + whereKey +
			", without GenieKey, and no API token of a person")
	}
	return nil
}

func isNoKeyRune(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-'
}

// alertsAt returns the address of all alerts on a host, which is given by its name or by a URL.
func alertsAt(host string) (string, error) {
	switch {
	case host == "":
		host = "https://" + defaultHost
	case !strings.Contains(host, "://"):
		if strings.ContainsAny(host, "/?#@") {
			return "", errors.New("HOST: is no host's name; give one, such as api.opsgenie.com, or all of a URL from https:// on")
		}
		host = "https://" + host
	}
	if err := httpsend.CheckURL(host); err != nil {
		return "", fmt.Errorf("HOST: %w", err)
	}
	u, err := url.Parse(host)
	if err != nil || u.RawQuery != "" || u.ForceQuery {
		return "", errors.New("HOST: has a query; give a host's name or a URL without one")
	}
	name := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if strings.HasSuffix(name, ".atlassian.net") {
		return "", errors.New("HOST: is that of a site; alerts of all sites go to api.atlassian.com: leave it out")
	}
	address := strings.TrimRight(host, "/")
	switch {
	case strings.Trim(u.Path, "/") != "":
		return address, nil
	case strings.HasSuffix(name, opsgenieDomain):
		return address + opsgeniePath, nil
	}
	return address + atlassianPath, nil
}
