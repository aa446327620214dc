package telegram

import (
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
)

// byNumber is what a mention of somebody by number begins with:
// https://core.telegram.org/bots/api#formatting-options
const byNumber = "tg://user?id="

// byName is what the link to somebody with a name begins with.
const byName = "t.me/"

// ParseMention reads one mention of a user: t.me/name, or tg://user?id=123456789 for somebody who has
// no name. There is none of a group of people, nor of all. A bare @name is none: people of other
// channels write so what their channel has another form of, and would be called by nobody.
func ParseMention(token string) (formatter.Mention, bool) {
	m := formatter.Mention{Kind: formatter.MentionUser, ID: token}
	if name, found := strings.CutPrefix(token, byName); found {
		m.ID = "@" + name
		return m, isName(m.ID)
	}
	return m, numberOf(token) > 0
}

// isName reports whether a text is @ and a user's name: 5 to 32 letters, digits and underscores, of
// which the first is a letter. https://core.telegram.org/method/account.checkUsername
func isName(text string) bool {
	name, found := strings.CutPrefix(text, "@")
	isOther := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_'
	}
	return found && len(name) >= 5 && len(name) <= 32 && !strings.ContainsFunc(name, isOther) && name[0] != '_' && !isDigit(rune(name[0]))
}

// numberOf returns the number in tg://user?id=123456789, or 0.
func numberOf(text string) int64 {
	digits, found := strings.CutPrefix(text, byNumber)
	if !found || digits == "" || !isDigit(rune(digits[0])) {
		return 0
	}
	number, err := strconv.ParseInt(digits, 10, 53) // a number has at most 52 bits
	if err != nil {
		return 0
	}
	return number
}

// mentions adds a line with the mentions that are within the limit, each of them whole. What Telegram
// has no form of is left out.
func (w *writer) mentions(all []formatter.Mention) {
	const maxCalled = maxEntities / 4 // which leaves the message its own
	left, called, separator := maxMention, 0, "\n"
	for _, m := range all {
		if m.Kind != formatter.MentionUser || called == maxCalled {
			continue
		}
		text, number := m.ID, numberOf(m.ID)
		if number > 0 {
			text = strconv.FormatInt(number, 10)
		} else if !isName(text) {
			continue
		}
		if left -= len(text) + 1; left < 0 {
			return
		}
		called++
		w.raw(separator)
		if number > 0 {
			w.mark(entity{Type: "text_mention", User: &user{number}}, text)
		} else {
			w.raw(text) // Telegram finds the name by itself
		}
		separator = " "
	}
}
