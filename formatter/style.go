package formatter

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

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
	fields   []field
	title    *ownTemplate
	body     *ownTemplate
	tags     []string
	runbook  string
	mentions mentions
	language language
	english  language // for what is said in English whatever the language
	sources  map[string]string
}

// Values of SHOW_TAGS that are no tag's key.
const (
	allTags = "*"
	noTags  = "none"
)

// NewStyle builds a style from its settings, each a text as an operator writes it; get gives the text of
// a setting such as "FIELDS" and the variable that it stands in, and an empty text means the default.
// parse reads MENTION, which is written in the syntax of a channel; its errors show no value. words are the
// words of the sources by language code, tables such as lang/en.txt. The error joins one error for each
// mistake, which begins with the variable's name and does not show its value.
func NewStyle(
	get func(setting string) (variable, text string), parse func(mentions string) ([]Mention, error), words map[string]string,
) (Style, error) {
	s := Style{english: english().with(words).indexed(), sources: words}
	readMention := func(text string) (err error) {
		s.mentions.all, err = parse(text)
		s.mentions.from, _ = finding.ParseThreshold("high") // MENTION_MIN_SEVERITY is read next
		return err
	}
	var mistakes []error
	for _, setting := range []struct {
		name string
		read func(text string) error
	}{
		{SettingFields, s.readFields}, {SettingTitleTemplate, s.readTitle}, {SettingBodyTemplate, s.readBody}, {SettingShowTags, s.readTags}, {SettingRunbookURL, s.readRunbook},
		{SettingMention, readMention}, {SettingMentionMinSeverity, s.readMentionSeverity}, {SettingLang, s.readLanguage},
	} {
		variable, text := get(setting.name)
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if err := setting.read(text); err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s: %w", variable, err))
		}
	}
	if len(s.fields) == 0 {
		s.fields = usualFields()
	}
	return s, errors.Join(mistakes...)
}

func (s *Style) readFields(text string) error {
	known := allFields()
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		isNamed := func(f field) bool { return f.name == name }
		at := slices.IndexFunc(known, isNamed)
		if at < 0 {
			return fmt.Errorf("not the name of a fact; there are: %s", strings.Join(Fields(), ", "))
		}
		if slices.ContainsFunc(s.fields, isNamed) {
			return fmt.Errorf("%s is named twice", name)
		}
		s.fields = append(s.fields, known[at])
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

func (s *Style) readMentionSeverity(text string) (err error) {
	s.mentions.from, err = finding.ParseThreshold(text)
	return err
}

func (s *Style) readLanguage(text string) error {
	var codes []string
	for _, l := range languages() {
		if strings.EqualFold(text, l.code) {
			s.language = l.with(s.sources).indexed()
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
