package card

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter"
)

// maxMentions is how many bytes the mentions of a card take. MENTION has at most 1,000 characters,
// which never need more; a message of another making can lose some.
const maxMentions = 9_000

// entity says who is meant by a text of the card: the text with its tags, and the name to show.
// https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format#mention-support-within-adaptive-cards
type entity struct {
	Type      string    `json:"type"`
	Text      string    `json:"text"`
	Mentioned mentioned `json:"mentioned"`
}

type mentioned struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// call is a user to call by a sign-in name, and the name to show.
type call struct{ id, name string }

func (c call) text() string { return "<at>" + c.name + "</at>" }

// ParseMention reads one mention as Teams writes it, with a user's sign-in name: <at>ann@example.com</at>.
func ParseMention(token string) (formatter.Mention, bool) {
	rest, isOpened := strings.CutPrefix(token, "<at>")
	id, isClosed := strings.CutSuffix(rest, "</at>")
	return formatter.Mention{Kind: formatter.MentionUser, ID: id}, isOpened && isClosed && isSignInName(id)
}

// isSignInName reports whether text has the form of a user's sign-in name, of at most 64 characters
// before the @ and 48 behind it.
// https://learn.microsoft.com/entra/identity/hybrid/connect/plan-connect-userprincipalname
func isSignInName(text string) bool {
	name, domain, _ := strings.Cut(text, "@")
	return len(name) <= 64 && len(domain) <= 48 &&
		regexp.MustCompile(`^[A-Za-z0-9'._!#^~+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`).MatchString(text)
}

// calls returns the users to call, each of them once, with names that differ.
func calls(mentions []formatter.Mention) []call {
	var all []call
	seen, left := map[string]bool{}, maxMentions
	for _, m := range mentions {
		id := strings.ToLower(m.ID)
		if m.Kind != formatter.MentionUser || !isSignInName(m.ID) || seen[id] {
			continue
		}
		seen[id] = true
		name := nameOf(m.ID)
		for i := 2; seen[name]; i++ {
			name = nameOf(m.ID) + " " + strconv.Itoa(i)
		}
		seen[name] = true
		if left -= len(encodedCall(call{m.ID, name})); left < 0 {
			break
		}
		all = append(all, call{m.ID, name})
	}
	return all
}

// encodedCall is about what a call takes in the JSON of a card.
func encodedCall(c call) string {
	return c.text() + ` {"type":"mention","text":"` + c.text() + `","mentioned":{"id":"` + c.id + `","name":"` + c.name + `"}},`
}

// nameOf returns the name in a sign-in name, without the characters that Markdown reads in the block
// of the mentions.
func nameOf(id string) string {
	name, _, _ := strings.Cut(id, "@")
	plain := strings.Map(func(r rune) rune {
		if strings.ContainsRune("'_!#^~+", r) {
			return ' '
		}
		return r
	}, name)
	if plain = strings.Join(strings.Fields(plain), " "); plain != "" {
		return plain
	}
	return "user"
}

// mentionBlock is the text that holds the mentions. Teams knows them in a TextBlock alone, which
// holds nothing else.
func mentionBlock(all []call) element {
	var texts []string
	for _, c := range all {
		texts = append(texts, c.text())
	}
	return element{Type: "TextBlock", Text: strings.Join(texts, " "), Wrap: true}
}

func entities(all []call) []entity {
	var list []entity
	for _, c := range all {
		list = append(list, entity{"mention", c.text(), mentioned{c.id, c.name}})
	}
	return list
}
