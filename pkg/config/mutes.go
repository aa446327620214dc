package config

import (
	"path"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/secret"
)

// Mutes is where the list of mutes is; all fields are empty where there is none.
type Mutes struct {
	// Text is the list itself, File the path of a file with it, Secret a reference to it.
	Text, File string
	Secret     secret.Ref
}

// mutes reads the variable: a list in YAML, a file, or a secret's ARN.
func (l *loader) mutes(variable, text string) Mutes {
	file, isFile := strings.CutPrefix(text, "file:")
	oneWord := !strings.ContainsAny(text, "\n \t")
	switch ref := secret.New(text); {
	case text == "":
		return Mutes{}
	case ref.IsReference():
		return Mutes{Secret: ref}
	case isFile && file != "":
		return Mutes{File: file}
	case strings.HasPrefix(text, "-"), strings.HasPrefix(text, "["), strings.Contains(text, "\n"):
		return Mutes{Text: text}
	case oneWord && (path.Ext(text) == ".yaml" || path.Ext(text) == ".yml" || path.Ext(text) == ".json"):
		return Mutes{File: text}
	default:
		l.mistake(variable, "want a list of mutes in YAML, whose entries begin with -, or file: and a path, or the ARN of a secret")
		return Mutes{}
	}
}
