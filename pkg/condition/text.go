package condition

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

// isPart reports whether an operator looks for a part of a text.
func isPart(operator string) bool {
	return operator == opStarts || operator == opEnds || operator == opContains
}

// textMistake returns what is wrong with a text that a variable is compared with, or "".
func (j *judge) textMistake(s subject, operator, text string) string {
	if operator == opMatches {
		return patternMistake(s, text)
	}
	if isPart(operator) && text == "" {
		return "every text " + verb(operator) + " an empty one"
	}
	message := letterMistake(s, text)
	if message == "" {
		message = wildcardMistake(s.name, operator, text)
	}
	if message == "" {
		message = formMistake(s, operator, text)
	}
	if message == "" {
		message = j.wordMistake(s, operator, text)
	}
	return message
}

// verb returns an operator in a sentence.
func verb(operator string) string {
	switch operator {
	case opStarts:
		return "begins with"
	case opEnds:
		return "ends with"
	default:
		return "contains"
	}
}

// letterMistake finds capitals in what is compared with a text in small letters, and the reverse.
func letterMistake(s subject, text string) string {
	switch {
	case s.isLower && text != strings.ToLower(text):
		return "lower leaves no capitals; write this in small letters"
	case s.isUpper && text != strings.ToUpper(text):
		return "upper leaves no small letters; write this in capitals"
	}
	return ""
}

// wildcardMistake finds a * in what is taken as it stands.
func wildcardMistake(name, operator, text string) string {
	isWild := strings.Contains(text, "*")
	switch {
	case strings.HasPrefix(name, "facts."): // names of actions, such as s3:*
		isWild = false
	case name == "title", name == "actor.user":
		isWild = len(text) > 1 && (strings.HasPrefix(text, "*") || strings.HasSuffix(text, "*"))
	case name == "resource.arn", name == "resource.id": // the ARN of a group of logs ends with :*
		isWild = isWild && !strings.HasSuffix(text, ":*")
	case name == "type", name == "source":
		isWild = strings.ContainsAny(text, "*%")
	}
	switch {
	case !isWild:
		return ""
	case isPart(operator):
		return operator + " takes no wildcards; leave them out"
	case operator == opIn:
		return "a list takes no wildcards; use startsWith, endsWith, contains or matches"
	default:
		return operator + " takes no wildcards; use startsWith, endsWith, contains or matches"
	}
}

// patternMistake finds a pattern that matches none of the words that there are.
func patternMistake(s subject, pattern string) string {
	v := wordsOf(s.name)
	if !v.isClosed || len(v.words) == 0 {
		return ""
	}
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		return "" // the compiler says so
	}
	if slices.ContainsFunc(v.words, func(word string) bool { return compiled.MatchString(s.of(word)) }) {
		return ""
	}
	return "no " + v.noun + " matches this; there are: " + strings.Join(v.words, ", ")
}

// wordMistake finds a text that is none of the words that there are, or is close to a word and is
// none.
func (j *judge) wordMistake(s subject, operator, text string) string {
	v := wordsOf(s.name)
	j.teach(&v, s.name)
	if text == "" && !isPart(operator) && v.takesNothing || len(v.words) == 0 {
		return ""
	}
	words := make([]string, len(v.words))
	for i, word := range v.words {
		words[i] = s.of(word)
		if fits(operator, words[i], text) {
			return ""
		}
	}
	meant := s.of(v.slip(text))
	switch {
	case meant != "":
	case isPart(operator):
		meant = meantPart(operator, text, words)
	case s.name == "type":
		meant = meantType(text, words)
	case s.name == "source":
		meant = cmp.Or(meantWord(text, words, false), meantWord("aws."+text, words, false))
	case s.name == "product":
		meant = meantProduct(text, words)
	default:
		meant = meantWord(text, words, v.isClosed)
	}
	isKind := s.name == "resource.type" && finding.Resource{Type: text}.Kind() != ""
	if isKind && !strings.EqualFold(meant, text) { // another resource that is called alike
		return ""
	}
	return v.say(s, operator, meant)
}

// say returns the mistake in words; what was meant may be "".
func (v *vocabulary) say(s subject, operator, meant string) string {
	noun, relation, remedy := "no "+v.noun, " is called so", "; there are: "+strings.Join(v.words, ", ")
	if isPart(operator) {
		relation = " " + verb(operator) + " this"
	}
	if s.name == "account_name" {
		relation += " in ACCOUNT_NAMES"
		remedy = "; add it there, or compare account with its id"
	}
	if meant != "" {
		remedy = "; did you mean \"" + meant + "\"?"
	}
	if !v.isClosed {
		noun = "no known " + v.noun
		remedy += " (what is meant as it stands: matches)"
	}
	if meant == "" && !v.isClosed {
		return ""
	}
	return noun + relation + remedy
}

// meantWord returns the word that a text was probably meant to be.
func meantWord(text string, words []string, isClosed bool) string {
	for _, word := range words {
		if strings.EqualFold(word, text) {
			return word
		}
	}
	if isClosed {
		return cmp.Or(suggest.Word(text, words), suggest.Word(strings.ToLower(text), words))
	}
	return suggest.Slip(text, words)
}

// meantProduct returns the product that a text was probably meant to be, whatever stands in front of
// the name and between its words.
func meantProduct(text string, words []string) string {
	bare := func(name string) string {
		name = strings.ToLower(name)
		for _, vendor := range []string{"aws ", "amazon ", "iam "} {
			name = strings.TrimPrefix(name, vendor)
		}
		return strings.ReplaceAll(strings.ReplaceAll(name, "-", ""), " ", "")
	}
	for _, word := range words {
		if bare(word) == bare(text) {
			return word
		}
	}
	return suggest.Slip(text, words)
}

// meantPart returns the part of a word that a text was probably meant to be: the same but for
// capitals. Short parts without a mark can be those of other words.
func meantPart(operator, text string, words []string) string {
	isWhole := slices.ContainsFunc(words, func(word string) bool { return strings.EqualFold(word, text) })
	if !isWhole && !strings.ContainsAny(text, ":/_-. ") {
		return ""
	}
	var beginnings []string
	for _, word := range words {
		if at := strings.Index(strings.ToLower(word), strings.ToLower(text)); at >= 0 && len(word) == len(strings.ToLower(word)) {
			if part := word[at : at+len(text)]; fits(operator, word, part) {
				return part
			}
		}
		mark := text[len(text)-1]
		if at := strings.IndexByte(word, mark); at >= 0 && strings.IndexByte(text, mark) == len(text)-1 {
			beginnings = append(beginnings, word[:at+1])
		}
	}
	if operator != opStarts || !strings.ContainsAny(text[len(text)-1:], ":/.") {
		return ""
	}
	return suggest.Slip(text, beginnings)
}

// meantType returns the documented type that a text was probably meant to be. A type of which each
// part is known is none: what is found in one service is found in others, some day.
func meantType(text string, types []string) string {
	purpose, service, name := partsOfType(text)
	isPurpose, isService := false, false
	for _, known := range types {
		if strings.EqualFold(known, text) {
			return known
		}
		knownPurpose, knownService, _ := partsOfType(known)
		isPurpose = isPurpose || purpose == knownPurpose
		isService = isService || service == knownService
	}
	for _, known := range types {
		knownPurpose, knownService, knownName := partsOfType(known)
		same := [3]bool{purpose == knownPurpose, service == knownService, name == knownName}
		word, instead := "", ""
		switch same {
		case [3]bool{true, true, false}:
			word, instead = name, knownName
		case [3]bool{true, false, true}:
			if !isService {
				word, instead = service, knownService
			}
		case [3]bool{false, true, true}:
			if !isPurpose {
				word, instead = purpose, knownPurpose
			}
		}
		if suggest.Slip(word, []string{instead}) != "" {
			return known
		}
	}
	return ""
}

// partsOfType takes a type apart: Recon, EC2 and Portscan of Recon:EC2/Portscan.
func partsOfType(text string) (purpose, service, name string) {
	purpose, rest, _ := strings.Cut(text, ":")
	service, name, _ = strings.Cut(rest, "/")
	return purpose, service, name
}
