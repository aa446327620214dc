package discord

import (
	"errors"
	"strings"

	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// endpoint is a webhook's URL in its parts, whose bytes are sent as they were given.
type endpoint struct {
	// path is all before the query, without a slash at its end; id is the webhook's, which is no
	// secret.
	path, id string
	// query are the parameters but wait; thread is the thread's id, or "".
	query  []string
	thread string
}

// parse reads the URL of a webhook. The error says what is wrong and shows no part of the URL.
//
// Discord's own are https://discord.com/api/webhooks/{id}/{token}, also with discordapp.com, with
// ptb. or canary. before the host, and with /v10 or another version behind /api. A proxy's ends in
// the same way.
func (e *endpoint) parse(url string) error {
	if err := httpsend.CheckURL(url); err != nil {
		return err
	}
	const remedy = "; give all of the webhook's URL: .../api/webhooks/{id}/{token}"
	path, query, _ := strings.Cut(url, "?")
	path = strings.TrimSuffix(path, "/")
	_, rest, _ := strings.Cut(path, "/webhooks/")
	id, token, _ := strings.Cut(rest, "/")
	switch {
	case strings.HasSuffix(token, "/slack") || strings.HasSuffix(token, "/github"):
		return errors.New("is that for messages of Slack's or GitHub's form; remove /slack or /github from its end")
	case !isSnowflake(id) || token == "" || strings.Contains(token, "/"):
		return errors.New("is not that of a Discord webhook" + remedy)
	}
	*e = endpoint{path: path, id: id}
	for parameter := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(parameter, "=")
		switch {
		case parameter == "" || name == "wait": // without it there is no proof
			continue
		case name == "thread_id" && !isSnowflake(value):
			return errors.New("has a thread_id that is no thread's id; give the id that Copy Thread ID gives")
		case name == "thread_id":
			e.thread = value
		}
		e.query = append(e.query, parameter)
	}
	return nil
}

// isSnowflake reports whether text is an id of Discord's, which is a number of 64 bits.
// https://docs.discord.com/developers/reference#snowflakes
func isSnowflake(text string) bool {
	isNoDigit := func(r rune) bool { return r < '0' || r > '9' }
	return text != "" && len(text) <= 20 && !strings.ContainsFunc(text, isNoDigit)
}

// place names where the webhook's messages stand: only the same webhook can edit them, and only in
// the same thread.
func (e endpoint) place() string {
	if e.thread == "" {
		return e.id
	}
	return e.id + "/" + e.thread
}

// post is where messages are posted: with wait=true Discord says whether it has kept them.
func (e endpoint) post() string {
	return e.path + "?" + strings.Join(append(e.query[:len(e.query):len(e.query)], "wait=true"), "&")
}

// edit is where the message of the given id is edited.
func (e endpoint) edit(id string) string {
	url := e.path + "/messages/" + id
	if len(e.query) > 0 {
		url += "?" + strings.Join(e.query, "&")
	}
	return url
}
