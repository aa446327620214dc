package action

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Allowed says who may do what not everybody may. Its zero value is nobody.
type Allowed struct {
	// Users are ids of people, Groups ids of groups of them.
	Users, Groups []string
}

// ParseAllowed reads a list such as "U012AB3CD,S0614TZR7": ids of Slack users, which begin with U or W, and of user
// groups, which begin with S. The error joins one error for each mistake and shows no value.
func ParseAllowed(text string) (Allowed, error) {
	var a Allowed
	var mistakes []error
	place := 0
	for entry := range strings.SplitSeq(text, ",") {
		place++
		switch entry = strings.TrimSpace(entry); {
		case entry == "":
		case !isID(entry):
			mistakes = append(mistakes, fmt.Errorf("entry %d is no id of a Slack user (U012AB3CD) or user group (S0614TZR7); "+
				"a profile has \"Copy member ID\", and Slack's usergroups.list the groups", place))
		case entry[0] == 'S':
			a.Groups = append(a.Groups, entry)
		default:
			a.Users = append(a.Users, entry)
		}
	}
	return a, errors.Join(mistakes...)
}

// isID reports whether a text has the form of a Slack user's or user group's id.
func isID(text string) bool {
	isOther := func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') }
	return len(text) >= 3 && len(text) <= 32 && strings.ContainsRune("UWS", rune(text[0])) && !strings.ContainsFunc(text, isOther)
}

// NeedsLeave reports whether an action is for those alone who are allowed to; whoever reads a message may
// take its finding on, and give it back.
func NeedsLeave(what string) bool {
	return what != notify.ActAcknowledge && what != notify.ActGiveBack
}

// HasUser reports whether a person is named.
func (a Allowed) HasUser(id string) bool { return slices.Contains(a.Users, id) }
