package slack

import (
	"errors"
	"fmt"
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

// ParseMentions reads mentions as Slack writes them, separated by spaces. The error shows no text.
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
	return len(m.ID) > 1 && len(m.ID) <= 32 && strings.Trim(m.ID, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// mentionsText returns the mentions that are within the limit, each of them whole. ParseMentions
// takes no longer list, so that it is a message of another making that loses some.
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
