package slack

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
)

// starts returns how Slack writes whom a message calls, by kind: this, an id of a user or a group,
// and ">".
// https://docs.slack.dev/messaging/formatting-message-text/#mentioning-users
func starts() map[formatter.MentionKind]string {
	return map[formatter.MentionKind]string{
		formatter.MentionEveryone: "<!everyone",
		formatter.MentionHere:     "<!here",
		formatter.MentionChannel:  "<!channel",
		formatter.MentionUser:     "<@",
		formatter.MentionGroup:    "<!subteam^",
	}
}

// ParseMention reads one mention as Slack writes it: <!channel>, <!here>, <!everyone>, <@U012AB3CD>,
// <!subteam^S012AB3CD>.
func ParseMention(token string) (formatter.Mention, bool) {
	for kind, start := range starts() {
		rest, isOfKind := strings.CutPrefix(token, start)
		id, isClosed := strings.CutSuffix(rest, ">")
		if mention := (formatter.Mention{Kind: kind, ID: id}); isOfKind && isClosed && hasValidID(mention) {
			return mention, true
		}
	}
	return formatter.Mention{}, false
}

// hasValidID reports whether a user or a group has an id of Slack's, and no other has one.
func hasValidID(m formatter.Mention) bool {
	if m.Kind != formatter.MentionUser && m.Kind != formatter.MentionGroup {
		return m.ID == ""
	}
	return regexp.MustCompile(`^[A-Z][A-Z0-9]{1,31}$`).MatchString(m.ID)
}

// mentionsText returns the mentions that are within the limit, each of them whole. A
// Style takes no longer list, so that it is a message of another making that loses some.
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
	start, isKnown := starts()[m.Kind]
	if !isKnown || !hasValidID(m) {
		return ""
	}
	return start + m.ID + ">"
}
