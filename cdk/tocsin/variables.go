package tocsin

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/sinks"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// The variables that the stack sets by itself.
const (
	variableSinks        = "SINKS"
	variableMinSeverity  = "MIN_SEVERITY"
	variableMutes        = "MUTES"
	variableAccountNames = "ACCOUNT_NAMES"
	variableLedger       = "LEDGER"
	variableLedgerTable  = "LEDGER_TABLE"
	variableDeadLetters  = "DEAD_LETTER_QUEUE_URL"
	variableQueue        = "QUEUE_URL"
)

// ownVariables returns the variables that say where the stack's own resources are. The queue is what only those
// have who act on findings: others may have an instance of that name.
func (p *Props) ownVariables() []string {
	own := []string{variableLedger, variableLedgerTable, variableDeadLetters}
	if p.Actions.Actions {
		own = append(own, variableQueue)
	}
	return own
}

// variableSourceSeverity is what the operator says of sources that state no severity. It changes
// what their rules may hold back.
const variableSourceSeverity = "SOURCE_SEVERITY"

// maxVariables is how many bytes of JSON a function's variables may take, names and values
// together.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxVariables = 4096

// table returns the types of sink that there are.
func (p *Props) table() []sinks.Type {
	if p.SinkTypes == nil {
		return sinks.Table()
	}
	return p.SinkTypes
}

// instance is one entry of SINKS, and its type of sink, which has no name where nobody knows it.
type instance struct {
	name string
	kind sinks.Type
}

func (i instance) variable(setting string) string { return sinks.Prefix(i.name) + setting }

// instances reads SINKS as far as the stack needs it; pkg/config says what is wrong with it.
func (p *Props) instances() []instance { return p.instancesOf(p.sinks()) }

func (p *Props) instancesOf(text string) []instance {
	table := p.table()
	var all []instance
	for _, entry := range split(text) {
		name, kind, named := strings.Cut(entry, "=")
		if !named {
			kind = name
		}
		i := instance{name: strings.TrimSpace(name)}
		if at := slices.IndexFunc(table, func(t sinks.Type) bool { return t.Name == strings.TrimSpace(kind) }); at >= 0 {
			i.kind = table[at]
		}
		all = append(all, i)
	}
	return all
}

// lacking returns the instances that have nothing of what they need among the variables, and
// whose type can be given a resource of the kind for it: SNS sinks without a topic, Slack sinks
// without a webhook and without the token of a bot.
func (p *Props) lacking(kind traits.ResourceKind) []instance {
	return slices.DeleteFunc(p.instances(), func(i instance) bool {
		if p.file != nil && config.IsSinkUnread(p.file.variables, i.name) {
			return true // what it seems to lack can stand in what could not be read
		}
		return i.kind.Made(kind) == "" || !i.kind.Lacks(i.name, p.isSet)
	})
}

func (p *Props) isSet(variable string) bool { return p.value(variable) != "" }

// isSecretVariable reports whether a variable is a setting that some type of sink keeps secret. One
// that belongs to no instance can be the slip of a secret's name; a name of one word, such as URL, is
// that of too much else.
func (p *Props) isSecretVariable(name string) bool {
	isOwned := false
	for _, i := range p.instances() {
		setting, found := strings.CutPrefix(name, sinks.Prefix(i.name))
		if !found || !slices.Contains(i.kind.Settings, setting) {
			continue
		}
		if slices.Contains(i.kind.Secrets, setting) {
			return true
		}
		isOwned = true
	}
	return !isOwned && slices.ContainsFunc(p.table(), func(kind sinks.Type) bool {
		return slices.ContainsFunc(kind.Secrets, func(setting string) bool {
			isLong := strings.Contains(setting, "_") && strings.HasSuffix(name, "_"+setting)
			return isLong || name == sinks.Prefix(kind.Name)+setting
		})
	})
}

// references returns the references to secrets in a variable of the sinks, and an error that says
// which part of it holds a secret itself; isMixed says whether references may stand in it amid other
// text. What is known at deployment only is taken for a reference.
func (p *Props) references(name string) (all []string, isMixed bool, err error) {
	return p.referencesIn(name, p.value(name))
}

// referencesIn is references for a value that the variable would have.
func (p *Props) referencesIn(name, value string) (all []string, isMixed bool, err error) {
	for _, i := range p.instances() {
		setting, found := strings.CutPrefix(name, sinks.Prefix(i.name))
		if find := i.kind.Mixed[setting]; found && find != nil {
			all, err = find(value, func(word string) bool { return isSecret(word) || unresolved(word) })
			return all, true, err
		}
	}
	return nil, false, nil
}

// sinks returns SINKS, or its default; it is empty where a secret alone can say it.
func (p *Props) sinks() string {
	inFile := p.inFile(variableSinks)
	said := cmp.Or(p.Sinks, inFile.Text)
	if said == "" && !inFile.IsUnread && !p.isConfigSecret() {
		return p.defaultSink()
	}
	return said
}

// defaultSink returns the type of sink that needs nothing but a topic: e-mail through SNS needs no
// account anywhere else.
func (p *Props) defaultSink() string {
	for _, kind := range p.table() {
		if kind.Made(traits.Topic) != "" {
			return kind.Name
		}
	}
	return ""
}

// wiring is what the variables say of other resources.
type wiring struct {
	table, queue, deadLetters, topic, webhooks string
}

// variables returns the function's variables.
func (p *Props) variables(w wiring) map[string]string {
	variables := map[string]string{}
	maps.Copy(variables, p.Env)
	if said := p.configVariable(); said != "" {
		variables[config.FileVariable] = said
	}
	if said := p.inFile(variableSinks); p.Sinks != "" || said.Text == "" && !said.IsUnread && !p.isConfigSecret() {
		variables[variableSinks] = p.sinks()
	}
	variables[variableLedger] = "dynamodb"
	variables[variableLedgerTable] = w.table
	variables[variableDeadLetters] = w.deadLetters
	if p.Actions.Actions {
		variables[variableQueue] = w.queue
	}
	if p.MinSeverity != "" {
		variables[variableMinSeverity] = p.MinSeverity
	}
	if p.AccountNames != "" {
		variables[variableAccountNames] = p.AccountNames
	}
	for _, i := range p.lacking(traits.Topic) {
		variables[i.variable(i.kind.Made(traits.Topic))] = w.topic
	}
	hooks := p.lacking(traits.WebhookSecret)
	for _, i := range hooks {
		value := w.webhooks
		if len(hooks) > 1 {
			value += "#" + i.name // one secret for all, with one JSON key for each
		}
		variables[i.variable(i.kind.Made(traits.WebhookSecret))] = value
	}
	return variables
}

// tooLong says that the variables are more than Lambda takes.
func (p *Props) tooLong(variables map[string]string) mistakes {
	var found mistakes
	if size := variablesSize(p.known(variables)); size > maxVariables {
		found.add("env", "the variables take about %d bytes, of %d that Lambda allows; "+
			"put them into a file and give its path as config: tocsin config convert writes it", size, maxVariables)
	}
	return found
}

// variablesSize is the length of the variables as JSON, which is what Lambda measures.
func variablesSize(variables map[string]string) int {
	text, err := json.Marshal(variables)
	if err != nil {
		return 0 // a map of texts always has a JSON form
	}
	return len(text)
}

// samples are stand-ins of the kind and about the length of what deployment gives.
func samples() wiring {
	return wiring{
		table:       strings.Repeat("t", 48),
		queue:       "https://sqs.us-gov-west-1.amazonaws.com/111122223333/" + strings.Repeat("q", 64),
		deadLetters: "https://sqs.us-gov-west-1.amazonaws.com/111122223333/" + strings.Repeat("q", 64),
		topic:       "arn:aws:sns:us-east-1:111122223333:" + strings.Repeat("t", 64),
		webhooks:    "arn:aws:secretsmanager:us-east-1:111122223333:secret:" + strings.Repeat("s", 64) + "-AbCdEf",
	}
}

// sampleFor returns a text that a variable can have whose value is known at deployment only.
func (p *Props) sampleFor(variable string) string {
	for _, i := range p.instances() {
		setting, found := strings.CutPrefix(variable, sinks.Prefix(i.name))
		switch {
		case !found || !slices.Contains(i.kind.Settings, setting):
		case setting == i.kind.Made(traits.Topic):
			return samples().topic
		case !slices.Contains(i.kind.Secrets, setting) && i.kind.Placeholders[setting] != "":
			return i.kind.Placeholders[setting]
		}
	}
	return samples().webhooks
}

// optionError is a mistake in a variable, shown by the name of the option that sets it.
type optionError struct{ err error }

func (e optionError) Unwrap() error { return e.err }

// Error names the option: "sinks: ..." for "SINKS: ...", "env.ONCALL_X: ..." for "ONCALL_X: ...". What
// begins with a line of the file stays as it is.
func (e optionError) Error() string {
	variable, rest, found := strings.Cut(e.err.Error(), ": ")
	if !found || strings.Contains(variable, ":") {
		return e.err.Error()
	}
	switch variable {
	case config.FileVariable:
		return configOption + ": " + rest
	case variableSinks:
		return "sinks: " + rest
	case variableMinSeverity:
		return "minSeverity: " + rest
	case variableAccountNames:
		return "accountNames: " + rest
	default:
		return envPrefix + variable + ": " + rest
	}
}

// unresolved reports whether a text is known at deployment only.
func unresolved(text string) bool {
	return strings.Contains(text, "${Token[") && *awscdk.Token_IsUnresolved(text)
}
