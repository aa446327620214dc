package interaction

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/formatter/lang"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Words are what the buttons, the modals and the answers say, in one language.
type Words struct{ own, english map[string]string }

// NewWords returns the words of a language, such as "en", and the codes of those that there are; ok is false
// where it is none of them. The empty code is English.
func NewWords(code string) (words Words, codes []string, ok bool) {
	files := lang.Files()
	if code == "" {
		code = lang.English
	}
	text, ok := files[code]
	words = Words{english: lang.Read(files[lang.English])}
	if words.own = words.english; code != lang.English {
		words.own = lang.Read(text)
	}
	return words, slices.Sorted(maps.Keys(files)), ok
}

func (w Words) of(key string) string {
	if text := w.own[key]; text != "" {
		return text
	}
	return w.english[key]
}

// Denied says that somebody may not do what they have asked for.
func (w Words) Denied() string { return w.of("tell.denied") }

// Undecided says that nobody could say just now whether they may.
func (w Words) Undecided() string { return w.of("tell.undecided") }

// TakenAlready says that somebody else has the finding.
func (w Words) TakenAlready(by notify.Person) string {
	return strings.ReplaceAll(w.of("tell.taken"), "{}", person(by))
}

// TakenByNobody says that there was nothing to give back.
func (w Words) TakenByNobody() string { return w.of("tell.nobody") }

// Late says that a modal could not be opened.
func (w Words) Late() string { return w.of("tell.late") }

// taken returns the line that says who has a finding, and since when: Slack shows the time in the reader's own zone.
// https://docs.slack.dev/messaging/formatting-message-text/#date-formatting
func (w Words) taken(t notify.Taken) string {
	at := t.At.UTC()
	date := "<!date^" + strconv.FormatInt(at.Unix(), 10) + "^{date_short_pretty} {time}|" + at.Format("2006-01-02 15:04 UTC") + ">"
	return strings.NewReplacer("{who}", person(t.By), "{at}", date).Replace(w.of("taken"))
}

// person returns how a text of Slack's names somebody: by their id, of which Slack makes the name that they
// have now, or else by the name as we know it, in which nothing calls anybody.
// https://docs.slack.dev/messaging/formatting-message-text/#mentioning-users
func person(p notify.Person) string {
	if isID(p.ID) {
		return "<@" + p.ID + ">"
	}
	return escaped(oneLine(p.String(), maxName))
}

// escaped disarms the three characters that Slack reads.
// https://docs.slack.dev/messaging/formatting-message-text/#escaping
func escaped(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}
