// Package interaction is what Slack sends when somebody presses a button of a message or fills in a modal, and
// what it is answered: who proves to be Slack, what was pressed, the modals, the message as it is afterwards, and
// the calls of the Web API that go with it.
//
// It links neither the sink nor what makes messages: the function that answers has three seconds, the start of
// a cold environment among them.
//
// https://docs.slack.dev/interactivity/handling-user-interaction
package interaction

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync"

	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// Type is what SINKS calls the type of sink whose messages have the buttons.
const Type = "slack"

// Config is what an instance needs so that its buttons can be answered; each field is a variable under the
// instance's prefix. Their meaning is that of the sink's own settings.
type Config struct {
	// BotToken is the bot's token, SigningSecret what Slack signs its requests with; both are secrets.
	BotToken      secret.Ref `split_words:"true"`
	SigningSecret secret.Ref `split_words:"true"`
	// Channel is the id of the channel in which the messages stand.
	Channel string
	// ApiURL is where the Web API is; empty means https://slack.com/api/.
	ApiURL string `split_words:"true"` //nolint:revive,staticcheck // envconfig makes API_URL of this spelling alone
}

// Check returns every mistake in the settings, joined; each begins with the name of the setting without its
// prefix, and shows no value.
func (c Config) Check() error {
	var mistakes []error
	add := func(setting, mistake string) { mistakes = append(mistakes, fmt.Errorf("%s: %s", setting, mistake)) }
	if !c.BotToken.IsSet() {
		add("BOT_TOKEN", "is not set; buttons are answered in the name of the bot that has posted them")
	}
	switch {
	case !c.SigningSecret.IsSet():
		add("SIGNING_SECRET", "is not set; without it nobody can tell Slack's requests from others (in the app's settings, Basic Information, Signing Secret)")
	case !c.SigningSecret.IsReference():
		add("SIGNING_SECRET", "stands here in plain text; put it into Secrets Manager, and the secret's ARN here")
	}
	if !regexp.MustCompile(`^[CGD][A-Z0-9]{7,}$`).MatchString(c.Channel) {
		add("CHANNEL", "is not the id of a channel, such as C0123ABCD")
	}
	if c.ApiURL != "" {
		if err := httpsend.CheckURL(c.ApiURL); err != nil {
			add("API_URL", err.Error())
		}
	}
	return errors.Join(mistakes...)
}

// checkToken says whether a text can be the token of a bot. The error shows nothing of it.
// https://docs.slack.dev/authentication/tokens/
func checkToken(text string) error {
	if !regexp.MustCompile(`^xoxb-[!-~]+$`).MatchString(text) {
		return errors.New("is not the token of a bot, which begins with xoxb-")
	}
	return nil
}

// Keys are the secrets of an instance, as they were read last. A zero one proves nothing, and opens nothing.
type Keys struct{ signing, token string }

// ReadKeys reads both secrets, side by side; of one that cannot be had, the last good value stays, or none. An
// error says which could not be read, and shows no value.
func (c Config) ReadKeys(ctx context.Context, again bool) (Keys, error) {
	var keys Keys
	var signing, token error
	var both sync.WaitGroup
	both.Go(func() {
		keys.signing, signing = readKey(ctx, c.SigningSecret, again, func(string) error { return nil })
	})
	both.Go(func() { keys.token, token = readKey(ctx, c.BotToken, again, checkToken) })
	both.Wait()
	return keys, errors.Join(of("SIGNING_SECRET", signing), of("BOT_TOKEN", token))
}

func of(setting string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", setting, err)
}

// readKey reads one secret. An error beside a value says that the value is an old one.
func readKey(ctx context.Context, from secret.Ref, again bool, check func(string) error) (string, error) {
	var stale error
	if again {
		_, stale = from.Refresh(ctx)
	}
	text, err := from.Value(ctx)
	if err == nil {
		err = check(text)
	}
	if err != nil {
		return "", err
	}
	return text, stale
}

// CanProve reports whether the signing secret is known.
func (k Keys) CanProve() bool { return k.signing != "" }

// AreWhole reports whether both secrets are known.
func (k Keys) AreWhole() bool { return k.signing != "" && k.token != "" }
