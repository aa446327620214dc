package telegram

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
)

// errNoMessage says that the first message is gone, or is edited no more.
var errNoMessage = errors.New("the first message cannot be edited")

// tokenRemedy says what to do about a token that is wrong.
const tokenRemedy = " (BOT_TOKEN is not valid: ask @BotFather for /token and give what it says)" //nolint:gosec // it is none

// maxDelay is the longest wait that is believed.
const maxDelay = 24 * time.Hour

// answer is what a method of the Bot API says. https://core.telegram.org/bots/api#making-requests
type answer struct {
	OK     bool `json:"ok"`
	Result struct {
		MessageID int64 `json:"message_id"`
	} `json:"result"`
	Description string `json:"description"`
	// Parameters say what can be done about an error:
	// https://core.telegram.org/bots/api#responseparameters
	Parameters struct {
		// RetryAfter is in seconds.
		RetryAfter float64 `json:"retry_after"`
		MigrateTo  int64   `json:"migrate_to_chat_id"`
	} `json:"parameters"`
}

// read returns what a response says; its zero value is one that nobody can read.
func read(response httpsend.Response) answer {
	var a answer
	if json.Unmarshal(response.Body, &a) != nil {
		return answer{}
	}
	return a
}

// proof returns the message's number, if Telegram has taken it. An error shows words that we know: a
// response can repeat the request.
func (a answer) proof(response httpsend.Response) (int64, error) {
	if response.Status == http.StatusOK && a.OK && a.Result.MessageID > 0 {
		return a.Result.MessageID, nil
	}
	switch response.Status / 100 {
	case 2: // the message may well stand in the chat, and the next answer would be the same
		return 0, notify.PermanentSink(
			fmt.Errorf("status %d without the number of a message (see that API_URL is that of a Bot API)", response.Status))
	case 4:
		return 0, a.refusal(response)
	}
	return 0, httpsend.Fault(response)
}

// refusal returns the error that a status of 400 to 499 stands for.
func (a answer) refusal(response httpsend.Response) error {
	if response.Status == http.StatusTooManyRequests {
		seconds := min(max(a.Parameters.RetryAfter, 0), maxDelay.Seconds())
		delay := max(time.Duration(seconds*float64(time.Second)), response.Delay())
		return notify.RetryAfter(fmt.Errorf("status %d", response.Status), delay)
	}
	if response.Status == http.StatusNotFound && a.Description != "" {
		return notify.PermanentSink(fmt.Errorf("status %d: there is no bot with this token%s", response.Status, tokenRemedy))
	}
	known, ok := find(a.Description)
	if !ok {
		return httpsend.Fault(response)
	}
	err := httpsend.ByStatus(response.Status, fmt.Errorf("status %d: %s%s", response.Status, known.words, known.remedy))
	switch {
	case known.isGone:
		return fmt.Errorf("%w: %w", errNoMessage, err)
	case known.kind == notify.Unacceptable:
		return notify.PermanentMessage(err)
	}
	return notify.PermanentSink(err)
}

// fault is an error of Telegram's.
type fault struct {
	// words stand in Telegram's description of it.
	words string
	kind  notify.ErrorKind
	// isGone says that the message to edit is no more, or is edited no more.
	isGone bool
	// remedy says what to do about those that a set-up begins with.
	remedy string
}

// find returns the error that a description is about. Telegram gives errors no names, and says of
// its descriptions that they are for people, and may change.
func find(description string) (fault, bool) {
	description = strings.ToLower(description)
	for _, one := range faults() {
		if strings.Contains(description, strings.ToLower(one.words)) {
			return one, true
		}
	}
	return fault{}, false
}

// faults lists the errors of sendMessage and editMessageText, as the Bot API's own server words them:
// https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp
// https://core.telegram.org/method/messages.sendMessage#possible-errors
func faults() []fault {
	const rights = " (let the bot post there: make it a member, or an administrator of a channel)"
	var all []fault
	for _, words := range []string{
		"message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID", "message identifier is not specified",
		"MESSAGE_AUTHOR_REQUIRED", "MESSAGE_EDIT_TIME_EXPIRED",
	} {
		all = append(all, fault{words: words, isGone: true})
	}
	for _, words := range []string{
		"message text is empty", "text must be non-empty", "message is too long", "MESSAGE_TOO_LONG", "can't parse", "ENTITY_", "ENTITIES_",
		"wrong HTTP URL", "must be encoded in UTF-8", "message must be non-empty",
	} {
		all = append(all, fault{words: words, kind: notify.Unacceptable})
	}
	broken := func(remedy string, words ...string) {
		for _, word := range words {
			all = append(all, fault{words: word, kind: notify.Broken, remedy: remedy})
		}
	}
	broken(" (check CHAT_ID, and add the bot to the chat)", "chat not found")
	broken("",
		"chat_id is empty", "group chat was deactivated", "group chat was deleted", "CHAT_RESTRICTED", "bot was blocked by the user",
		"user is deactivated", "can't send messages to bots", "can't send messages to the user",
	)
	broken(" (check CHAT_ID)", "PEER_ID_INVALID")
	broken(" (put the new number in CHAT_ID)", "upgraded to a supergroup")
	broken(" (check the topic behind / in CHAT_ID)", "message thread not found")
	broken(" (open the topic again, or let the bot manage topics)", "TOPIC_CLOSED")
	broken(" (give another topic in CHAT_ID)", "TOPIC_DELETED")
	broken(rights,
		"not enough rights", "have no rights to send a message", "need administrator rights", "CHAT_WRITE_FORBIDDEN",
		"CHAT_ADMIN_REQUIRED", "CHAT_SEND_PLAIN_FORBIDDEN", "CHANNEL_PRIVATE", "bot was kicked", "bot is not a member",
	)
	broken(" (that person has to write to the bot first)", "can't initiate conversation")
	broken(tokenRemedy, "unauthorized")
	return all
}
