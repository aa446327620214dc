package formatter

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // Lambda's image for functions like this one has no zones

	"github.com/tocsin-sec/tocsin/formatter/lang"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

// Style is how the messages of one sink read: which facts in which order, the operator's templates,
// tags, runbook, mention and language. It is built and checked once at start. The zero value is the
// default style, in English.
type Style struct {
	fields   []field
	title    *ownTemplate
	body     *ownTemplate
	tags     []string
	runbook  string
	mentions mentions
	language *language
	// zone is the operator's time zone, or nil where times stand in UTC alone.
	zone *time.Location
	// hasParts says that the facts know what their parts are.
	hasParts bool
	// hasActs says that messages have buttons.
	hasActs bool
}

// WithParts returns the style for a channel that sets the parts of facts each in its own way: without it
// a fact has one part, which costs less to make.
func (s Style) WithParts() Style {
	s.hasParts = true
	return s
}

// Values of SHOW_TAGS that are no tag's key.
const (
	allTags = "*"
	noTags  = "none"
)

// NewStyle builds a style from its settings, each a text as an operator writes it; get gives the
// text of a setting such as "FIELDS" and the variable that it stands in, and an empty text means
// the default. parse reads one mention of MENTION as a channel writes it. words are the words of the
// sources by language code, tables such as lang/en.txt. The error joins one error for each mistake,
// which begins with the variable's name and shows no value.
func NewStyle(
	get func(setting string) (variable, text string), parse func(mention string) (Mention, error), words map[string]string,
) (Style, error) {
	s := Style{language: newLanguage(english, words)}
	s.mentions.from, _ = finding.ParseThreshold("high")
	var mistakes []error
	for _, setting := range []struct {
		name string
		read func(text string) error
	}{
		{"FIELDS", s.readFields},
		{"TITLE_TEMPLATE", func(text string) (err error) { s.title, err = compile(text); return err }},
		{"BODY_TEMPLATE", func(text string) (err error) { s.body, err = compile(text); return err }},
		{"SHOW_TAGS", s.readTags},
		{"RUNBOOK_URL", s.readRunbook},
		{"MENTION", func(text string) (err error) { s.mentions.all, err = parseMentions(text, parse); return err }},
		{"MENTION_MIN_SEVERITY", s.readMentionSeverity},
		{"MESSAGE_LANG", func(text string) (err error) { s.language, err = languageOf(text, words); return err }},
		{"TIME_ZONE", s.readZone},
	} {
		variable, text := get(setting.name)
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		for _, err := range singles(setting.read(text)) {
			mistakes = append(mistakes, fmt.Errorf("%s: %w", variable, err))
		}
	}
	if len(s.fields) == 0 {
		s.fields = defaultFields()
	}
	return s, errors.Join(mistakes...)
}

// singles returns the errors that err joins, or itself.
func singles(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// readFields reads the names of facts. Its error joins one for each entry that is none, by its place:
// the text is not shown.
func (s *Style) readFields(text string) error {
	known := allFields()
	var mistakes []error
	for i, name := range strings.Split(text, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		wrong := func(format string, args ...any) {
			mistakes = append(mistakes, fmt.Errorf("entry %d: "+format, append([]any{i + 1}, args...)...))
		}
		isNamed := func(f field) bool { return f.name == name }
		at := slices.IndexFunc(known, isNamed)
		switch {
		case at < 0 && strings.ContainsAny(name, " \t\n;"):
			wrong("a comma stands between the names of facts, such as resource,count")
		case at < 0 && suggest.Word(name, Fields()) != "":
			wrong("not the name of a fact; did you mean %s?", suggest.Word(name, Fields()))
		case at < 0:
			wrong("not the name of a fact; there are: %s", strings.Join(Fields(), ", "))
		case slices.ContainsFunc(s.fields, isNamed):
			wrong("%s is named twice", name)
		default:
			s.fields = append(s.fields, known[at])
		}
	}
	return errors.Join(mistakes...)
}

func (s *Style) readTags(text string) error {
	for key := range strings.SplitSeq(text, ",") {
		if key = strings.TrimSpace(key); key != "" {
			s.tags = append(s.tags, key)
		}
	}
	if slices.Contains(s.tags, noTags) {
		if len(s.tags) > 1 {
			return fmt.Errorf("%s stands alone, or not at all", noTags)
		}
		s.tags = []string{}
	}
	return nil
}

// shownTags returns the keys of the tags to show.
func (s Style) shownTags() []string {
	if s.tags == nil {
		return []string{"Name", "Owner", "Environment", "Team"}
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

func (s *Style) readZone(text string) error {
	zone, err := time.LoadLocation(text)
	switch {
	case err != nil || text == "Local": // which is another one on each machine
		return errors.New("not the name of a time zone; want one as the IANA writes it, such as Europe/Berlin or Asia/Tokyo")
	case text != "UTC": // stands in each message anyway
		s.zone = zone
	}
	return nil
}

// languageOf returns the language that MESSAGE_LANG names.
func languageOf(text string, words map[string]string) (*language, error) {
	codes := slices.Sorted(maps.Keys(lang.Files()))
	code := strings.ToLower(text)
	if !slices.Contains(codes, code) {
		return nil, fmt.Errorf("want one of: %s", strings.Join(codes, ", "))
	}
	return newLanguage(code, words), nil
}
