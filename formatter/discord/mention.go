package discord

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/formatter"
)

// ParseMention reads one mention of a user or a role as Discord writes it: <@80351110224678912>,
// <@!80351110224678912>, <@&165511591545143296>.
// https://docs.discord.com/developers/reference#message-formatting
func ParseMention(token string) (formatter.Mention, bool) {
	inner, isOpen := strings.CutPrefix(token, "<@")
	inner, isClosed := strings.CutSuffix(inner, ">")
	m := formatter.Mention{Kind: formatter.MentionUser, ID: strings.TrimPrefix(inner, "!")}
	if role, isRole := strings.CutPrefix(inner, "&"); isRole {
		m = formatter.Mention{Kind: formatter.MentionGroup, ID: role}
	}
	return m, isOpen && isClosed && isSnowflake(m.ID)
}

// isSnowflake reports whether text is an id as Discord makes them: a number of 64 bits, of which
// those since 2015 have 17 digits and more.
// https://docs.discord.com/developers/reference#snowflakes
func isSnowflake(text string) bool {
	isNoDigit := func(r rune) bool { return r < '0' || r > '9' }
	return len(text) >= 15 && len(text) <= 20 && !strings.ContainsFunc(text, isNoDigit)
}

// mentionsOf returns the mentions that are within the limit, each of them whole and once, and whom
// the message may call: them and nobody else. What Discord has no form of is left out.
func mentionsOf(all []formatter.Mention) (string, allowed) {
	may := allowed{Parse: []string{}, Users: []string{}, Roles: []string{}}
	var texts []string
	left := maxMention + 1 // no blank follows the last
	for _, mention := range all {
		text := mentionText(mention)
		if text == "" || slices.Contains(texts, text) {
			continue
		}
		if left -= utf8.RuneCountInString(text) + 1; left < 0 {
			break
		}
		texts = append(texts, text)
		switch mention.Kind {
		case formatter.MentionUser:
			may.Users = append(may.Users, mention.ID)
		case formatter.MentionGroup:
			may.Roles = append(may.Roles, mention.ID)
		default:
			may.Parse = []string{"everyone"} // which stands for @here, too
		}
	}
	return strings.Join(texts, " "), may
}

// mentionText returns a mention as Discord writes it, or "" for one that Discord has no form of.
func mentionText(m formatter.Mention) string {
	switch {
	case m.Kind == formatter.MentionUser && isSnowflake(m.ID):
		return "<@" + m.ID + ">"
	case m.Kind == formatter.MentionGroup && isSnowflake(m.ID):
		return "<@&" + m.ID + ">"
	case m.ID != "":
		return ""
	case m.Kind == formatter.MentionHere:
		return "@here"
	case m.Kind == formatter.MentionEveryone, m.Kind == formatter.MentionChannel:
		return "@everyone" // who can see the channel
	}
	return ""
}
