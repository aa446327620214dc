package slack

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// check returns every mistake in the settings. prefix is what their variables begin with; it stands
// before each error in the end, and here where an error names another variable.
func (c Config) check(ctx context.Context, prefix string) error {
	var mistakes []error
	add := func(setting string, err error) {
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s: %w", setting, err))
		}
	}
	switch {
	case c.WebhookURL.IsSet() && c.BotToken.IsSet():
		add("BOT_TOKEN", fmt.Errorf("stands beside %sWEBHOOK_URL; remove one of them: "+
			"the sink posts by a webhook or as a bot", prefix))
	case c.WebhookURL.IsSet():
		add("WEBHOOK_URL", credential.CheckPlain(ctx, c.WebhookURL, httpsend.CheckURL))
		add("CHANNEL", unused(c.Channel, prefix))
		add("API_URL", unused(c.ApiURL, prefix))
		if c.SigningSecret.IsSet() {
			add("SIGNING_SECRET", fmt.Errorf("gives messages buttons, which a webhook's cannot have; remove it, or set %[1]sBOT_TOKEN "+
				"and %[1]sCHANNEL in place of %[1]sWEBHOOK_URL", prefix))
		}
	case c.BotToken.IsSet():
		add("BOT_TOKEN", credential.CheckPlain(ctx, c.BotToken, checkToken))
		add("CHANNEL", checkChannel(c.Channel))
		if c.ApiURL != "" {
			add("API_URL", httpsend.CheckURL(c.ApiURL))
		}
		add("SIGNING_SECRET", credential.CheckPlain(ctx, c.SigningSecret, CheckSigningSecret))
	case c.Channel != "" || c.ApiURL != "" || c.SigningSecret.IsSet():
		add("BOT_TOKEN", fmt.Errorf("is not set; a bot needs its token (xoxb-...) beside %sCHANNEL", prefix))
		add("CHANNEL", checkChannel(c.Channel))
	default:
		add("WEBHOOK_URL", fmt.Errorf("is not set; give the URL of an incoming webhook, or set "+
			"%[1]sBOT_TOKEN and %[1]sCHANNEL to post as a bot", prefix))
	}
	add("ICON_EMOJI", checkIcon(c.IconEmoji))
	return errors.Join(mistakes...)
}

// unused refuses a bot's setting beside a webhook.
func unused(value, prefix string) error {
	if value == "" {
		return nil
	}
	return fmt.Errorf("is a bot's setting, and a webhook has a channel of its own; remove it, or set %[1]sBOT_TOKEN "+
		"in place of %[1]sWEBHOOK_URL", prefix)
}

// checkToken says whether text can be the token of a bot. The error shows nothing of it.
// https://docs.slack.dev/authentication/tokens/
func checkToken(text string) error {
	if !regexp.MustCompile(`^xoxb-[!-~]+$`).MatchString(text) {
		return errors.New("is not the token of a bot, which begins with xoxb- " +
			"(in the app's settings, OAuth & Permissions, Bot User OAuth Token)")
	}
	return nil
}

// CheckSigningSecret says whether text can be the signing secret of an app. The error shows nothing of it.
// https://docs.slack.dev/authentication/verifying-requests-from-slack/
func CheckSigningSecret(text string) error {
	if !regexp.MustCompile(`^[0-9A-Za-z]{16,128}$`).MatchString(text) {
		return errors.New("is not the signing secret of an app, which is one word of letters and digits " +
			"(in the app's settings, Basic Information, App Credentials, Signing Secret)")
	}
	return nil
}

// checkChannel says whether text is the id of a channel: public or private (C, or G for old private
// ones), or a conversation with one person (D).
// https://docs.slack.dev/reference/objects/conversation-object/
func checkChannel(text string) error {
	const remedy = "give the channel's id, such as C0123ABCD: in Slack, open the channel's details; " +
		"the id is at the end of the About tab"
	switch {
	case text == "":
		return errors.New("is not set; " + remedy)
	case !regexp.MustCompile(`^[CGD][A-Z0-9]{7,}$`).MatchString(text):
		return errors.New("is not a channel's id (a name can change hands); " + remedy)
	}
	return nil
}

func checkIcon(icon string) error {
	if icon != "" && !regexp.MustCompile(`(?s)^:.+:$`).MatchString(icon) {
		return errors.New("an emoji's name stands between colons (:rotating_light:)")
	}
	return nil
}

// Notes says what has to be so elsewhere for the buttons of the messages to do anything.
func (b *bot) Notes(context.Context) []string {
	if !b.hasButtons {
		return nil
	}
	return []string{"its messages have buttons, since SIGNING_SECRET is set: in the app's settings switch on Interactivity, with the URL of " +
		"the function that answers them as Request URL (cdk: -c actions=true)"}
}
