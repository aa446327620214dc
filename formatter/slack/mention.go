package slack

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
)

// How Slack writes whom a message calls:
// https://docs.slack.dev/messaging/formatting-message-text/#mentioning-users
const (
	everyone = "<!everyone>"
	here     = "<!here>"
	channel  = "<!channel>"
	user     = "<@"         // and an id, and ">"
	group    = "<!subteam^" // and an id, and ">"
)

// ParseMentions reads mentions as Slack writes them, separated by spaces. The error shows none of the text.
func ParseMentions(text string) ([]formatter.Mention, error) {
	if n := utf8.RuneCountInString(text); n > maxMention {
		return nil, fmt.Errorf("longer than %d characters (it has %d), which leaves a message no room; mention a user group "+
			"(<!subteam^S012AB3CD>) in place of its people", maxMention, n)
	}
	var all []formatter.Mention
	for token := range strings.FieldsSeq(text) {
		mention, ok := parseMention(token)
		if !ok {
			return nil, errors.New("want mentions as Slack writes them, separated by spaces: <!channel>, <!here>, <@U012AB3CD>, <!subteam^S012AB3CD>")
		}
		all = append(all, mention)
	}
	return all, nil
}

func parseMention(token string) (formatter.Mention, bool) {
	switch token {
	case everyone:
		return formatter.Mention{Kind: formatter.MentionEveryone}, true
	case here:
		return formatter.Mention{Kind: formatter.MentionHere}, true
	case channel:
		return formatter.Mention{Kind: formatter.MentionChannel}, true
	}
	mention := formatter.Mention{Kind: formatter.MentionUser}
	id, ok := strings.CutPrefix(token, user)
	if !ok {
		mention.Kind = formatter.MentionGroup
		if id, ok = strings.CutPrefix(token, group); !ok {
			return mention, false
		}
	}
	mention.ID, ok = strings.CutSuffix(id, ">")
	return mention, ok && isID(mention.ID)
}

// isID reports whether a text is an id of Slack's.
func isID(text string) bool {
	return len(text) > 1 && len(text) <= 32 && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// mentionsText returns the mentions that are within the limit, each of them whole. ParseMentions takes no longer list,
// so that it is a message of another making that loses some.
func mentionsText(all []formatter.Mention) string {
	var kept []string
	left := maxMention + 1 // no blank follows the last
	for _, mention := range all {
		text := mentionText(mention)
		if text == "" {
			continue
		}
		if left -= utf8.RuneCountInString(text) + 1; left < 0 {
			break
		}
		kept = append(kept, text)
	}
	return strings.Join(kept, " ")
}

// mentionText returns a mention as Slack writes it, or "" for one that Slack has no form of.
func mentionText(m formatter.Mention) string {
	switch m.Kind {
	case formatter.MentionEveryone:
		return everyone
	case formatter.MentionHere:
		return here
	case formatter.MentionChannel:
		return channel
	case formatter.MentionUser:
		return withID(user, m.ID)
	case formatter.MentionGroup:
		return withID(group, m.ID)
	}
	return ""
}

func withID(prefix, id string) string {
	if !isID(id) {
		return ""
	}
	return prefix + id + ">"
}
