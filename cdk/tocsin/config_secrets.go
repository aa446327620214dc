package tocsin

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tocsin-sec/tocsin/sinks"
)

// secretInFile is the remedy for a secret in a file.
const secretInFile = "which would lie in the function's zip for all to read; store it in Secrets Manager and give the secret's ARN in its place"

// knownForms is what a webhook or a token of Slack looks like.
const knownForms = `hooks\.slack\.com/|\bxox[a-z]-`

// otherForms is what addresses and tokens of other channels look like: Discord's webhooks, those of Google
// Chat and of Teams' flows with what signs them, and the tokens of Telegram's bots.
const otherForms = `discord(app)?\.com/api/webhooks/\d|[?&](token|sig)=[\w%-]{20}|\b\d{8,10}:AA[\w-]{33}`

// checkSecretsOfFile sees that the file holds references to secrets alone, whatever goes before it:
// it is bundled as it is, comments too.
func (p *Props) checkSecretsOfFile(found *mistakes) {
	if p.file == nil {
		return
	}
	said := map[string]bool{} // places
	refuse := func(origin, key, what string) {
		if said[origin] {
			return
		}
		said[origin] = true
		found.addAt(origin, "%s%s, %s", key, what, secretInFile)
	}
	for _, name := range slices.Sorted(maps.Keys(p.file.variables)) {
		value := p.inFile(name)
		if what := p.plainSecret(name, value.Text); what != "" {
			refuse(value.Origin, name+": ", what)
		}
	}
	p.checkDefaultsOfFile(refuse)
	for i, line := range bytes.Split(p.file.text, []byte("\n")) {
		if matches(knownForms+"|"+otherForms, string(line)) {
			refuse(p.file.name+":"+strconv.Itoa(i+1), "", "holds a secret itself")
		}
	}
}

// plainSecret says what is wrong with the value of a variable that has to be a reference; it is
// empty where nothing is.
func (p *Props) plainSecret(name, value string) string {
	if _, isMixed, err := p.referencesIn(name, value); isMixed {
		return partsOf(err)
	}
	if p.isSecretVariable(name) && value != "" && !isSecret(value) {
		return "holds the secret itself"
	}
	return ""
}

// partsOf returns an error of several lines on one.
func partsOf(err error) string {
	if err == nil {
		return ""
	}
	return strings.Join(strings.Split(err.Error(), "\n"), " and ")
}

// checkDefaultsOfFile looks at the defaults of the file, which no variable stands for where no sink
// takes them.
func (p *Props) checkDefaultsOfFile(refuse func(origin, key, what string)) {
	var file struct {
		Defaults map[string]map[string]yaml.Node `yaml:"defaults"`
	}
	if yaml.Unmarshal(p.file.text, &file) != nil {
		return // the file's form has been judged
	}
	for _, kind := range p.table() {
		of := Props{Sinks: kind.Name, SinkTypes: []sinks.Type{kind}}
		for _, key := range slices.Sorted(maps.Keys(file.Defaults[kind.Name])) {
			node := file.Defaults[kind.Name][key]
			if what := of.plainSecret(sinks.Prefix(kind.Name)+strings.ToUpper(key), textOf(&node)); what != "" {
				refuse(p.file.name+":"+strconv.Itoa(node.Line), "defaults."+kind.Name+"."+key+": ", what)
			}
		}
	}
}

// textOf returns the text of a value, or those of its parts.
func textOf(node *yaml.Node) string {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	texts := []string{node.Value}
	for _, part := range node.Content {
		texts = append(texts, textOf(part))
	}
	return strings.TrimSpace(strings.Join(texts, " "))
}
