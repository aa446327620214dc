package telegram

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter/telegram"
	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// check returns where to post, or every mistake in the settings.
func (c Config) check(ctx context.Context) (telegram.Post, error) {
	var mistakes []error
	add := func(setting string, err error) {
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s: %w", setting, err))
		}
	}
	if !c.BotToken.IsSet() {
		add("BOT_TOKEN", errors.New("is not set; give the token that @BotFather gave for the bot"))
	}
	add("BOT_TOKEN", credential.CheckPlain(ctx, c.BotToken, checkToken))
	post, err := parseChat(c.ChatId)
	add("CHAT_ID", err)
	if c.ApiURL != "" {
		add("API_URL", checkAPI(c.ApiURL))
	}
	return post, errors.Join(mistakes...)
}

// checkToken says whether text can be the token of a bot. The error shows nothing of it.
// https://core.telegram.org/bots/api#authorizing-your-bot
func checkToken(text string) error {
	if !regexp.MustCompile(`^[0-9]{1,20}:[A-Za-z0-9_-]{10,}$`).MatchString(text) {
		return errors.New("is not the token of a bot, which is a number, a colon and letters (ask @BotFather for /token)")
	}
	return nil
}

// parseChat reads the chat, and the topic where there is one. The first topic of a forum, General,
// has the number 1 and is posted to without one.
func parseChat(text string) (telegram.Post, error) {
	const remedy = "give the chat's number, such as -1001234567890 for a group, or @ and the name of a public one; " +
		"put / and its number behind it for a topic"
	if text == "" {
		return telegram.Post{}, errors.New("is not set; " + remedy)
	}
	chat, topic, hasTopic := strings.Cut(text, "/")
	if !regexp.MustCompile(`^(-?[1-9][0-9]{0,18}|@[A-Za-z][A-Za-z0-9_]{3,31})$`).MatchString(chat) {
		return telegram.Post{}, errors.New("is not that of a chat; " + remedy)
	}
	post := telegram.Post{Chat: chat}
	if !hasTopic {
		return post, nil
	}
	number, err := strconv.ParseInt(topic, 10, 64)
	if err != nil || number < 1 || topic[0] == '+' {
		return telegram.Post{}, errors.New("names a topic that is no number (the link to a message of it is t.me/c/{chat}/{topic}/{message})")
	}
	if number > 1 {
		post.Thread = number
	}
	return post, nil
}

// checkAPI says whether text is the address of a Bot API. The error shows no part of it.
func checkAPI(text string) error {
	if err := httpsend.CheckURL(text); err != nil {
		return err
	}
	// A host may be named bot.example.com, and a path /bot-api.
	if regexp.MustCompile(`\?|[^/]/bot(/|$|[0-9]*:)`).MatchString(text) {
		return errors.New("is more than the server's address; leave out /bot, the token and what follows")
	}
	return nil
}
