//go:build !lambda.norpc

package guardduty

import (
	"cmp"
	_ "embed"
	"regexp"
	"strings"
)

//go:embed samples/words.txt
var sampleWords string

// word returns a text of the samples.
func word(key string) string {
	_, rest, _ := strings.Cut(sampleWords, "\n"+key+"|")
	text, _, _ := strings.Cut(rest, "\n")
	return text
}

// Title returns the finding's title.
func (s sample) Title() string {
	purpose := cmp.Or(word("purpose."+s.purpose), s.purpose)
	return cmp.Or(word("title."+s.Type), purpose+": "+s.artefactWords()+" "+s.place()+".")
}

// Description returns the finding's description.
func (s sample) Description() string {
	return cmp.Or(word("description."+s.Type), "A sample of "+s.Type+": GuardDuty would say here what it saw "+
		s.place()+", and why that is unusual or known to be harmful.")
}

// place says which resource a sample is about.
func (s sample) place() string {
	return strings.ReplaceAll(word("place."+s.ResourceType), "{}", s.Account)
}

// artefactWords takes "SSHBruteForce" apart: "SSH brute force".
func (s sample) artefactWords() string {
	names := strings.NewReplacer(".", " ", "!", " ", "C&C", "command-and-control ", "CGroups", "cgroups ",
		"DoH", "DNS-over-HTTPS ", "DoT", "DNS-over-TLS ", "WinRM", "Windows-Remote-Management ")
	var words []string
	for field := range strings.FieldsSeq(names.Replace(s.artefact)) {
		if strings.Contains(field, "-") {
			words = append(words, field) // a name by which people know it
			continue
		}
		for _, word := range strings.Fields(splitWords(field)) {
			words = append(words, plainWord(word))
		}
	}
	return strings.Join(words, " ")
}

// splitWords takes "MaliciousIPCaller" apart: "Malicious IP Caller".
func splitWords(text string) string {
	for _, border := range []string{`(\p{Ll})(\p{Lu})`, `(\p{Lu})(\p{Lu}\p{Ll})`} {
		text = regexp.MustCompile(border).ReplaceAllString(text, "$1 $2")
	}
	return text
}

// plainWord returns a word in small letters, and an acronym or a name as it is written.
func plainWord(word string) string {
	switch word {
	case "Udp", "Tcp", "Dns":
		return strings.ToUpper(word)
	case "Tor", strings.ToUpper(word):
		return word
	}
	return strings.ToLower(word)
}
