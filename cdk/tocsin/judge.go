package tocsin

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// checkVariables lets pkg/config judge the variables, and the file, with samples for what is known at
// deployment only. It returns the lowest threshold of all instances.
func (p *Props) checkVariables() (finding.Threshold, mistakes) {
	variables := p.variables(samples())
	if !p.isConfigSecret() {
		lowest, found := p.judged(variables, config.Variables{})
		return lowest, append(found, p.tooLong(variables)...)
	}
	// What the secret says is not known. The options alone are judged, as for a member.
	options := map[string]string{variableSinks: cmp.Or(p.Sinks, p.defaultSink())}
	for _, name := range []string{variableMinSeverity, variableAccountNames} {
		if variables[name] != "" {
			options[name] = variables[name]
		}
	}
	p.addMissing(options, nil)
	_, found := p.judged(options, config.Variables{})
	return 0, append(found, p.tooLong(variables)...)
}

// checkThresholds is checkVariables for a member, which has the hub's thresholds without the other
// settings of its sinks: placeholders are in the place of what those cannot be without.
func (p *Props) checkThresholds() (finding.Threshold, mistakes) {
	if p.isConfigSecret() {
		return p.checkVariables()
	}
	variables, shared := p.variables(samples()), config.Variables{}
	delete(variables, config.FileVariable)
	for _, name := range p.names() {
		if value := p.inFile(name); value.Text != "" && (isShared(name) || name == variableSinks || name == variableMinSeverity) {
			shared[name] = value
		}
	}
	if value := p.inFile(variableSinks); value.Text == "" && value.IsUnread { // the thresholds are judged without them
		variables[variableSinks] = p.defaultSink()
	}
	p.addMissing(variables, shared)
	return p.judged(variables, shared)
}

// addMissing puts placeholders among the variables for what their sinks cannot be without.
func (p *Props) addMissing(variables map[string]string, shared config.Variables) {
	for _, i := range p.instancesOf(cmp.Or(variables[variableSinks], shared[variableSinks].Text)) {
		maps.Copy(variables, i.kind.Missing(i.name, func(variable string) bool { return variables[variable] != "" }))
	}
}

// judged judges variables, and below them what else is set.
func (p *Props) judged(variables map[string]string, below config.Variables) (finding.Threshold, mistakes) {
	judgement, errs := p.judge(config.Filled(config.Texts(p.known(variables)), below))
	var found mistakes
	for _, err := range errs {
		found = append(found, optionError{err})
	}
	return judgement.Lowest, found
}

// known returns the variables with samples for what is known at deployment only.
func (p *Props) known(variables map[string]string) map[string]string {
	variables = maps.Clone(variables)
	for name, value := range variables {
		if unresolved(value) {
			variables[name] = p.sampleFor(name)
		}
	}
	return variables
}

// judge reads the settings as the function does when it starts, with the function's own code
// (pkg/config, the sinks and all that pkg/app wires). It returns what there is to know, or one error
// for each mistake, which begins with the variable's name. Nothing is sent, no secret is read, and
// nothing of this machine counts; a file that a variable names is looked for beside the function's
// program.
func (p *Props) judge(settings config.Source) (app.Judgement, []error) {
	//nolint:forbidigo // a construct is given no context, and what is only judged waits for nothing
	judgement, err := app.Judge(context.Background(), app.Options{
		Settings: settings, Sinks: p.table(), ReadFile: p.readFile,
	})
	return judgement, app.Mistakes(err)
}

// readFile reads a file that lies beside the function's program. What cannot be looked at from here
// reads as empty: code in a bucket, and a file of a layer.
func (c Code) readFile(name string) ([]byte, error) {
	info, err := os.Stat(c.Path)
	if err != nil || filepath.IsAbs(name) {
		return nil, nil // a path of the code that is wrong is found by checkCode
	}
	files := os.DirFS(c.Path)
	if !info.IsDir() {
		archive, err := zip.OpenReader(c.Path)
		if err != nil {
			return nil, nil // as above
		}
		defer func() { _ = archive.Close() }()
		files = archive
	}
	text, err := fs.ReadFile(files, path.Clean(name))
	if err != nil {
		return nil, errors.New("the function's zip has no such file")
	}
	return text, nil
}
