package tocsin

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/config"
)

// configOption is the option that names the configuration's file, or a secret with it.
const configOption = "config"

// program is the name of what Lambda starts.
const program = "bootstrap"

// configFile is the file of the option config.
type configFile struct {
	// name is what the file is called beside the function's program, and in mistakes.
	name string
	text []byte
	// variables are those that it stands for, each with its line; nil where it cannot be read.
	variables config.Variables
}

// isConfigSecret reports whether the configuration is in a secret, which synthesis cannot read.
func (p *Props) isConfigSecret() bool { return isSecret(p.Config) || unresolved(p.Config) }

// withFile returns a copy of the options that knows the file of Config, and the mistakes in the
// file's form, beside which it knows what could be read. What its values mean is for the function's
// own code to judge.
func (p *Props) withFile() (*Props, mistakes) {
	with := *p
	with.file = nil
	if p.Config == "" || p.isConfigSecret() {
		return &with, nil
	}
	var found mistakes
	path := strings.TrimPrefix(p.Config, "file:")
	file := configFile{name: filepath.Base(path)}
	var err error
	switch file.text, err = os.ReadFile(path); {
	case strings.HasPrefix(path, "arn:"):
		found.add(configOption, "is not the ARN of a secret: want arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME")
	case err != nil:
		if withPath := new(fs.PathError); errors.As(err, &withPath) {
			err = withPath.Err
		}
		found.add(configOption, "the file cannot be read (%v); a path begins in the working folder: give an absolute one", err)
	case file.name == program:
		found.add(configOption, "has the name of the function's program, which it lies beside; give the file another, such as tocsin.yaml")
	default:
		var errs []error
		file.variables, errs = config.ReadFile(file.name, file.text, p.configurable())
		found = errs
	}
	with.file = &file
	return &with, found
}

// isUnread reports whether there is a file of which nothing could be read.
func (p *Props) isUnread() bool { return p.file != nil && p.file.variables == nil }

// configurable says which keys a file can have.
func (p *Props) configurable() config.Options {
	types := map[string][]string{}
	for _, kind := range p.table() {
		types[kind.Name] = kind.Settings
	}
	return config.Options{SinkTypes: types}
}

// inFile returns a variable as the file says it; it is empty where it does not.
func (p *Props) inFile(name string) config.Value {
	if p.file == nil {
		return config.Value{}
	}
	value := p.file.variables[name]
	value.Text = strings.TrimSpace(value.Text)
	return value
}

// value returns the text of a variable as the function has it, but for those that have an option of
// their own: what Env says goes before what the file says.
func (p *Props) value(name string) string {
	if text := p.Env[name]; strings.TrimSpace(text) != "" {
		return text
	}
	return p.inFile(name).Text
}

// names returns the names of the variables of Env and of the file, sorted.
func (p *Props) names() []string {
	names := sortedKeys(p.Env)
	if p.file != nil {
		names = append(names, p.file.variables.Names()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// place returns what a mistake in a variable begins with: the option, or the file's line.
func (p *Props) place(name string) string {
	if value := p.inFile(name); value.Text != "" && strings.TrimSpace(p.Env[name]) == "" {
		return value.Origin + ": " + name
	}
	return envPrefix + name
}

// checkBesideFile refuses options that say once more what the file says: the file's word would be
// silently without effect.
func (p *Props) checkBesideFile(found *mistakes) {
	for _, option := range []struct{ name, value, variable string }{
		{"sinks", p.Sinks, variableSinks},
		{"minSeverity", p.MinSeverity, variableMinSeverity},
		{"accountNames", p.AccountNames, variableAccountNames},
	} {
		if said := p.inFile(option.variable); option.value != "" && said.Text != "" {
			found.add(option.name, "%s says it too, and would be without effect; take this option out, or that line", said.Origin)
		}
	}
}

// checkFileOfFunction sees that the file holds nothing that is the stack's to say, and no secret.
func (p *Props) checkFileOfFunction(found *mistakes) {
	for _, variable := range p.ownVariables() {
		if said := p.inFile(variable); said.Text != "" {
			found.addAt(said.Origin, "%s: is set by the stack, over the file; take it out", strings.ToLower(variable))
		}
	}
	p.checkSecretsOfFile(found)
}

// configVariable returns the variable CONFIG; empty without a configuration of its own.
func (p *Props) configVariable() string {
	if p.file != nil {
		return "file:" + p.file.name
	}
	return p.Config
}

// readFile reads a file that the function will find beside its program.
func (p *Props) readFile(name string) ([]byte, error) {
	if p.file != nil && name == p.file.name {
		return p.file.text, nil
	}
	return p.Code.readFile(name)
}

// configNotes returns what there is to know of where the configuration is.
func (p *Props) configNotes() []Note {
	switch {
	case p.Config == "":
		return nil
	case p.isConfigSecret():
		return []Note{{Text: "config: a secret is not read here, so that nothing in it is judged: tocsin check does that, over a file " +
			"with the same text. Its thresholds are not known, so that the rules hold nothing back. " +
			"The function gets the right to read it, and none to what it names, such as topics, queues and further secrets: " +
			"name those by the options sinks and env, or add the rights to the role. " +
			"Summaries that it asks for need the option summarySchedule."}}
	}
	var notes []Note
	name := filepath.Base(p.Config)
	if p.Code.Bucket != "" {
		notes = append(notes, Note{"tocsin:configInZip", "config: the zip in the bucket has to hold " + name + " beside the program, as it was judged " +
			"here, or the function does not start: make build BUNDLE=path/to/" + name + " puts it there."})
	}
	with, _ := p.withFile() // mistakes are for check
	var hidden []string
	for _, variable := range sortedKeys(p.Env) {
		if said := with.inFile(variable); said.Text != "" {
			hidden = append(hidden, envPrefix+variable+" ("+said.Origin+")")
		}
	}
	if len(hidden) > 0 {
		notes = append(notes, Note{Text: "config: variables go before the file: " + strings.Join(hidden, ", ") + "."})
	}
	return notes
}
