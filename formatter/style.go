package formatter

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// The settings of a style, as their variables are called without an instance's prefix.
const (
	SettingFields             = "FIELDS"
	SettingTitleTemplate      = "TITLE_TEMPLATE"
	SettingBodyTemplate       = "BODY_TEMPLATE"
	SettingShowTags           = "SHOW_TAGS"
	SettingRunbookURL         = "RUNBOOK_URL"
	SettingMention            = "MENTION"
	SettingMentionMinSeverity = "MENTION_MIN_SEVERITY"
	SettingLang               = "MESSAGE_LANG"
)

// Style is how the messages of one sink look: which facts in which order, the operator's templates,
// tags, runbook, mention and language. It is built and checked once at start. The zero value is the
// default style, in English.
type Style struct {
	fields   []string
	title    *ownTemplate
	body     *ownTemplate
	tags     []string
	runbook  string
	mention  mention
	language language
	english  language // for what is said in English whatever the language
}

// mention calls people in Slack, from a severity on.
type mention struct {
	text string
	from finding.Threshold
}

// Values of SHOW_TAGS that are no tag's key.
const (
	allTags = "*"
	noTags  = "none"
)

// NewStyle builds a style from its settings, each a text as an operator writes it; get gives the text of
// a setting such as "FIELDS" and the variable that it stands in, and an empty text means the default. The
// error joins one error for each mistake, which begins with the variable's name and does not show its
// value.
func NewStyle(get func(setting string) (variable, text string)) (Style, error) {
	s := Style{english: english().indexed()}
	var mistakes []error
	for _, setting := range []struct {
		name string
		read func(text string) error
	}{
		{SettingFields, s.readFields}, {SettingTitleTemplate, s.readTitle}, {SettingBodyTemplate, s.readBody}, {SettingShowTags, s.readTags}, {SettingRunbookURL, s.readRunbook},
		{SettingMention, s.readMention}, {SettingMentionMinSeverity, s.readMentionSeverity}, {SettingLang, s.readLanguage},
	} {
		variable, text := get(setting.name)
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if err := setting.read(text); err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s: %w", variable, err))
		}
	}
	return s, errors.Join(mistakes...)
}

func (s *Style) readFields(text string) error {
	for name := range strings.SplitSeq(text, ",") {
		switch name = strings.TrimSpace(name); {
		case name == "":
		case !slices.Contains(Fields(), name):
			return fmt.Errorf("not the name of a fact; there are: %s", strings.Join(Fields(), ", "))
		case slices.Contains(s.fields, name):
			return fmt.Errorf("%s is named twice", name)
		default:
			s.fields = append(s.fields, name)
		}
	}
	return nil
}

func (s *Style) readTitle(text string) (err error) {
	s.title, err = compile(text)
	return err
}

func (s *Style) readBody(text string) (err error) {
	s.body, err = compile(text)
	return err
}

func (s *Style) readTags(text string) error {
	for key := range strings.SplitSeq(text, ",") {
		if key = strings.TrimSpace(key); key != "" {
			s.tags = append(s.tags, key)
		}
	}
	if slices.Contains(s.tags, noTags) && len(s.tags) > 1 {
		return fmt.Errorf("%s stands alone, or not at all", noTags)
	}
	return nil
}

// shownTags gives the keys of the tags to show.
func (s Style) shownTags() []string {
	switch {
	case s.tags == nil:
		return []string{"Name", "Owner", "Environment", "Team"}
	case slices.Contains(s.tags, noTags):
		return nil
	}
	return s.tags
}

// placeholder stands for the finding's type in RUNBOOK_URL.
const placeholder = "{type}"

func (s *Style) readRunbook(text string) error {
	u, err := url.Parse(strings.ReplaceAll(text, placeholder, "type"))
	switch {
	case err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.ContainsAny(text, " <>\"|\\^`"):
		return errors.New("want an https URL without a password, such as https://wiki.example.com/runbooks/{type}")
	case strings.ContainsAny(strings.ReplaceAll(text, placeholder, ""), "{}"):
		return errors.New("the only placeholder is {type}")
	case strings.Contains(text[:len("https://")+strings.IndexAny(text[len("https://"):]+"/", "/?#")], placeholder):
		return errors.New("{type} may not stand in the host")
	}
	s.runbook = text
	return nil
}

func (s *Style) readMention(text string) error {
	if n := utf8.RuneCountInString(text); n > maxSlackMention {
		return fmt.Errorf("longer than %d characters (it has %d), which leaves a message no room; mention a user group "+
			"(<!subteam^S012AB3CD>) in place of its people", maxSlackMention, n)
	}
	for token := range strings.FieldsSeq(text) {
		if !isMention(token) {
			return errors.New("want mentions as Slack writes them, separated by spaces: <!channel>, <!here>, <@U012AB3CD>, <!subteam^S012AB3CD>")
		}
	}
	s.mention.text = text
	s.mention.from, _ = finding.ParseThreshold("high") // MENTION_MIN_SEVERITY is read next
	return nil
}

// isMention reports whether a text calls people in Slack:
// https://docs.slack.dev/messaging/formatting-message-text/#mentioning-users
func isMention(text string) bool {
	inner, ok := strings.CutPrefix(text, "<")
	if !ok || !strings.HasSuffix(inner, ">") {
		return false
	}
	switch inner = strings.TrimSuffix(inner, ">"); inner {
	case "!channel", "!here", "!everyone":
		return true
	}
	id, isUser := strings.CutPrefix(inner, "@")
	if !isUser {
		if id, ok = strings.CutPrefix(inner, "!subteam^"); !ok {
			return false
		}
	}
	return len(id) > 1 && len(id) <= 32 && strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

func (s *Style) readMentionSeverity(text string) (err error) {
	s.mention.from, err = finding.ParseThreshold(text)
	return err
}

func (s *Style) readLanguage(text string) error {
	var codes []string
	for _, l := range languages() {
		if strings.EqualFold(text, l.code) {
			s.language = l.indexed()
			return nil
		}
		codes = append(codes, l.code)
	}
	return fmt.Errorf("want one of: %s", strings.Join(codes, ", "))
}

// words gives the style's language.
func (s Style) words() language {
	if s.language.code == "" {
		return s.inEnglish()
	}
	return s.language
}

func (s Style) inEnglish() language {
	if s.english.code == "" {
		return english()
	}
	return s.english
}
