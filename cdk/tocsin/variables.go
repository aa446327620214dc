package tocsin

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/sinks"
)

// The variables that the stack sets by itself.
const (
	variableSinks        = "SINKS"
	variableMinSeverity  = "MIN_SEVERITY"
	variableAccountNames = "ACCOUNT_NAMES"
	variableLedger       = "LEDGER"
	variableLedgerTable  = "LEDGER_TABLE"
	variableDeadLetters  = "DEAD_LETTER_QUEUE_URL"

	settingTopic   = "TOPIC_ARN"
	settingWebhook = "WEBHOOK_URL"
	settingChannel = "CHANNEL"
)

// maxVariables is how many bytes of JSON a function's variables may take, names and values together.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxVariables = 4096

// instance is one entry of SINKS.
type instance struct{ name, kind string }

func (i instance) variable(setting string) string { return strings.ToUpper(i.name) + "_" + setting }

// instances reads SINKS as far as the stack needs it; pkg/config says what is wrong with it.
func instances(sinks string) []instance {
	var all []instance
	for _, entry := range split(sinks) {
		name, kind, named := strings.Cut(entry, "=")
		if !named {
			kind = name
		}
		all = append(all, instance{strings.TrimSpace(name), strings.TrimSpace(kind)})
	}
	return all
}

// lacking gives the instances of a type of sink that have none of the settings among the variables of Env.
func (p *Props) lacking(kind string, settings ...string) []instance {
	return slices.DeleteFunc(instances(p.sinks()), func(i instance) bool {
		return i.kind != kind || slices.ContainsFunc(settings, func(setting string) bool {
			return p.Env[i.variable(setting)] != ""
		})
	})
}

// webhooked gives the Slack instances that post through the webhook of the options: those that have no secret
// of their own, be it a webhook or a bot's token.
func (p *Props) webhooked() []instance {
	for _, kind := range sinks.Table() {
		if kind.Name == "slack" {
			return p.lacking(kind.Name, kind.Secrets...)
		}
	}
	return nil
}

// isSecretVariable reports whether a variable is a setting that some type of sink keeps secret.
func isSecretVariable(name string) bool {
	return slices.ContainsFunc(sinks.Table(), func(kind sinks.Type) bool {
		return slices.ContainsFunc(kind.Secrets, func(setting string) bool { return strings.HasSuffix(name, "_"+setting) })
	})
}

// sinks gives SINKS, or its default: e-mail through SNS needs no account anywhere else.
func (p *Props) sinks() string {
	if p.Sinks == "" {
		return "sns"
	}
	return p.Sinks
}

// wiring is what the variables say of other resources.
type wiring struct {
	table, deadLetters, topic, webhooks string
}

// variables gives the function's variables.
func (p *Props) variables(w wiring) map[string]string {
	variables := map[string]string{}
	maps.Copy(variables, p.Env)
	variables[variableSinks] = p.sinks()
	variables[variableLedger] = "dynamodb"
	variables[variableLedgerTable] = w.table
	variables[variableDeadLetters] = w.deadLetters
	if p.MinSeverity != "" {
		variables[variableMinSeverity] = p.MinSeverity
	}
	if p.AccountNames != "" {
		variables[variableAccountNames] = p.AccountNames
	}
	for _, i := range p.lacking("sns", settingTopic) {
		variables[i.variable(settingTopic)] = w.topic
	}
	slacks := p.webhooked()
	for _, i := range slacks {
		value := w.webhooks
		if len(slacks) > 1 {
			value += "#" + i.name // one secret for all, with one JSON key for each
		}
		variables[i.variable(settingWebhook)] = value
	}
	return variables
}

// checkVariables lets pkg/config judge the variables, with samples for what is known at deployment
// only. It gives the lowest threshold of all instances.
func (p *Props) checkVariables() (finding.Threshold, mistakes) {
	variables := p.variables(samples())
	for name, value := range variables {
		if unresolved(value) {
			variables[name] = sampleFor(name)
		}
	}
	lowest, errs := judgeVariables(variables, p.Code)
	var found mistakes
	for _, err := range errs {
		found = append(found, optionError{err})
	}
	if size := variablesSize(variables); size > maxVariables {
		found.add("env", "the variables take about %d bytes, of %d that Lambda allows; "+
			"shorten them, or move ACCOUNT_NAMES to a secret and give its ARN as accountNames", size, maxVariables)
	}
	return lowest, found
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
		deadLetters: "https://sqs.us-gov-west-1.amazonaws.com/111122223333/" + strings.Repeat("q", 64),
		topic:       "arn:aws:sns:us-east-1:111122223333:" + strings.Repeat("t", 64),
		webhooks:    "arn:aws:secretsmanager:us-east-1:111122223333:secret:" + strings.Repeat("s", 64) + "-AbCdEf",
	}
}

func sampleFor(variable string) string {
	switch {
	case strings.HasSuffix(variable, settingTopic):
		return samples().topic
	case strings.HasSuffix(variable, settingChannel):
		return "C0123ABCDEF"
	}
	return samples().webhooks
}

// optionError is a mistake in a variable, shown by the name of the option that sets it.
type optionError struct{ err error }

func (e optionError) Unwrap() error { return e.err }

// Error names the option: "sinks: ..." for "SINKS: ...", "env.ONCALL_X: ..." for "ONCALL_X: ...".
func (e optionError) Error() string {
	variable, rest, found := strings.Cut(e.err.Error(), ": ")
	if !found {
		return e.err.Error()
	}
	switch variable {
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
