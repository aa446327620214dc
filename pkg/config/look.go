package config

import (
	"reflect"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/setting"
)

// look are the settings of how an instance's messages look, which findings it is told of, and when again. Their
// texts are read here and understood by the packages that know what can stand in them.
type look struct {
	When               string
	Repeat             string
	Fields             string
	TitleTemplate      string `split_words:"true"`
	BodyTemplate       string `split_words:"true"`
	ShowTags           string `split_words:"true"`
	RunbookURL         string `split_words:"true"`
	Mention            string
	MentionMinSeverity string `split_words:"true"`
	MessageLang        string `split_words:"true"`
}

// readLook gives the texts of the variables that begin with the prefix of an instance, by the names of
// their settings.
func readLook(source Source, instance string) map[string]string {
	var own look
	_ = source.Decode(instance, &own) // fields of text cannot fail
	texts := map[string]string{}
	structure := reflect.ValueOf(own)
	for _, field := range setting.Fields(structure.Type()) {
		texts[field.Name] = structure.Field(field.Index).String()
	}
	return texts
}

// text is the text of a setting, and the variable that it stands in.
type text struct{ variable, text string }

// look gives the settings that an instance has.
func (l *loader) look(instance string) map[string]text {
	all := map[string]text{}
	for name, own := range readLook(l.source, instance) {
		var t text
		t.variable, t.text = l.own(prefix(instance), name, own, l.looks[name])
		all[name] = t
	}
	return all
}

// Setting gives the text of a setting of how the instance's messages look, such as "FIELDS", and the
// variable that it stands in; the text is empty where neither the instance's own variable nor the shared
// one is set.
func (s Sink) Setting(name string) (variable, text string) {
	t := s.look[name]
	return t.variable, t.text
}

// Setting gives the text of the shared variable of such a setting.
func (c Config) Setting(name string) (variable, text string) {
	return name, strings.TrimSpace(c.looks[name])
}
