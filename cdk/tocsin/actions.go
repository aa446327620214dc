package tocsin

import (
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/events/source"
)

// optionActions is the option that makes the function that answers buttons, which is called the front here.
const optionActions = "actions"

// The variables that both functions have, and variableArchive, by which findings can be archived where they
// come from.
const (
	variableAllow    = "ACTIONS_ALLOW"
	variableArchive  = "ACTIONS_ARCHIVE"
	variableLogLevel = "LOG_LEVEL"
)

// sharedWithFront are the settings of every sink that the front needs to answer as messages are written.
func sharedWithFront() []string { return []string{"MESSAGE_LANG", "TIME_ZONE"} }

// Code says where the front's zip is.
func (a Actions) Code() Code { return Code{Path: a.CodePath, Bucket: a.CodeBucket, Key: a.CodeKey} }

// set returns the names of the options that are set.
func (a Actions) set() []string {
	var names []string
	for _, option := range []struct {
		name string
		set  bool
	}{
		{optionActions, a.Actions},
		{"actionsCodePath", a.CodePath != ""},
		{"actionsCodeBucket", a.CodeBucket != ""},
		{"actionsCodeKey", a.CodeKey != ""},
		{"actionsConcurrency", a.Concurrency != 0},
	} {
		if option.set {
			names = append(names, option.name)
		}
	}
	return names
}

// pressed returns the instances whose messages have buttons.
func (p *Props) pressed() []instance {
	return slices.DeleteFunc(p.instances(), func(i instance) bool {
		return i.kind.Pressed == "" || !p.isSet(i.variable(i.kind.Pressed))
	})
}

// checkActions sees that there is somebody to answer buttons, and that there are buttons to answer.
func (p *Props) checkActions(found *mistakes) {
	a := p.Actions
	if !a.Actions {
		for _, name := range a.set() {
			found.add(name, "needs actions=true")
		}
		for _, i := range p.pressed() {
			found.add(p.place(i.variable(i.kind.Pressed)), "makes buttons that nothing would answer; "+
				"set the option actions=true, which makes the function that does, or leave this out")
		}
		return
	}
	codeOptions{"actionsCodePath", "actionsCodeBucket", "actionsCodeKey"}.check(found, a.Code())
	if a.Concurrency < 0 {
		found.add("actionsConcurrency", "want how many requests are answered at once, 1 or more; leave it out for no limit but the account's")
	}
	switch {
	case p.isConfigSecret():
		found.add(optionActions, "cannot be with a configuration in a secret, which is not read here: which sinks have buttons, and which secrets "+
			"the function that answers them may read, has to be known. Give the file itself as config, or say the sinks by options")
	case len(p.pressed()) == 0:
		found.add(optionActions, "no sink has buttons; %s, or leave this out", p.makeButtons())
	}
}

// makeButtons says what to set for a sink to have buttons.
func (p *Props) makeButtons() string {
	for _, i := range p.instances() {
		if i.kind.Pressed != "" {
			return "set " + envPrefix + i.variable(i.kind.Pressed) + " to the ARN of the secret that holds it"
		}
	}
	var kinds []string
	for _, kind := range p.table() {
		if kind.Pressed != "" {
			kinds = append(kinds, kind.Name+" with "+kind.Pressed)
		}
	}
	return "have a sink of a type that can: " + strings.Join(kinds, ", ")
}

// tooLongForFront says that the variables of the front are more than Lambda takes.
func (p *Props) tooLongForFront() mistakes {
	var found mistakes
	if !p.Actions.Actions {
		return found
	}
	if size := variablesSize(p.known(p.frontVariables(samples()))); size > maxVariables {
		found.add(optionActions, "the variables of the function that answers buttons take about %d bytes, of %d that Lambda allows; "+
			"have buttons in fewer sinks", size, maxVariables)
	}
	return found
}

// frontVariables returns the variables of the front: of the sinks those with buttons alone, and of these what it
// needs, since it refuses what it does not know.
func (p *Props) frontVariables(w wiring) map[string]string {
	variables := map[string]string{variableLedger: "dynamodb", variableLedgerTable: w.table, variableQueue: w.queue}
	add := func(names ...string) {
		for _, name := range names {
			if value := p.value(name); strings.TrimSpace(value) != "" {
				variables[name] = value
			}
		}
	}
	add(variableAllow, variableLogLevel)
	add(sharedWithFront()...)
	var sinks []string
	for _, i := range p.pressed() {
		entry := i.name
		if i.name != i.kind.Name {
			entry += "=" + i.kind.Name
		}
		sinks = append(sinks, entry)
		for _, setting := range slices.Concat(i.kind.Answers, sharedWithFront()) {
			add(i.variable(setting))
		}
	}
	variables[variableSinks] = strings.Join(sinks, ",")
	return variables
}

// frontSecretArns returns the secrets that the front may read: those that it needs of the sinks with buttons.
func (c checked) frontSecretArns() []string {
	var arns []string
	for _, i := range c.pressed() {
		for _, setting := range i.kind.Answers {
			for _, reference := range c.secretsIn(i.variable(setting)) {
				if arn := grantable(reference); !slices.Contains(arns, arn) {
					arns = append(arns, arn)
				}
			}
		}
	}
	return arns
}

// archives reports whether findings can be archived where they come from, by a button.
func (p *Props) archives() bool {
	return p.Actions.Actions && strings.EqualFold(strings.TrimSpace(p.value(variableArchive)), "true")
}

// archiveRights are what the function may do where findings come from, so that it can archive them there. Findings
// of a source come by another one too, which passes them on.
func (p *Props) archiveRights() []string {
	if !p.archives() {
		return nil
	}
	chosen := p.chosen()
	passOn := slices.ContainsFunc(chosen, func(s source.Source) bool { return s.Passed != nil })
	var rights []string
	for _, s := range p.sourceTable() {
		isChosen := slices.ContainsFunc(chosen, func(other source.Source) bool { return other.ID == s.ID })
		if s.Archive != nil && (isChosen || passOn && s.Native.Product != "") {
			rights = append(rights, archiveRightsOf(s)...)
		}
	}
	return rights
}

// archiveRightsOf returns the rights by which a source's findings are archived, and that is undone.
func archiveRightsOf(s source.Source) []string {
	if s.ID == defaultSource {
		return []string{"guardduty:ListDetectors", "guardduty:ArchiveFindings", "guardduty:UnarchiveFindings"}
	}
	return nil
}
