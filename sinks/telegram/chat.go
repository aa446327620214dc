package telegram

import (
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// chat is a chat as one bot sees it. The numbers of messages are those of a bot, in a chat with a
// person and in a group, and those of the chat in a supergroup and in a channel: the same number is
// another message elsewhere. So does one method ask for messages by their numbers alone, and the
// other by the chat as well:
// https://core.telegram.org/method/messages.getMessages
// https://core.telegram.org/method/channels.getMessages
type chat struct {
	token string
	// name is the bot's number, which is no secret, and the chat as it was set.
	name string
	// moved is the number of the supergroup that the group has become; "" for none.
	moved string
}

// movedTo stands between a group and the supergroup that it has become.
const movedTo = ">"

func (s *Sink) chatOf(token string) chat {
	bot, _, _ := strings.Cut(token, ":")
	return chat{token: token, name: bot + "/" + s.chat}
}

// place is how a receipt names the chat.
func (c chat) place() string {
	if c.moved == "" {
		return c.name
	}
	return c.name + movedTo + c.moved
}

// find returns the number of the message that a receipt is of, and the chat in which it stands; 0
// for a message of another chat, of another bot, or of a sink that the instance had before.
func (c chat) find(receipt notify.Receipt) (int64, chat) {
	name, moved, isMoved := strings.Cut(receipt.Place, movedTo)
	id, err := strconv.ParseInt(receipt.ID, 10, 64)
	if isMoved && err == nil {
		_, err = strconv.ParseInt(moved, 10, 64)
	}
	if err != nil || id <= 0 || name != c.name {
		return 0, c
	}
	c.moved = moved
	return id, c
}
