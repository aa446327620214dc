package tocsin

import (
	"archive/zip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// checked are options without a mistake, and what follows from them.
type checked struct {
	*Props
	// threshold is the rule's lower bound: the lowest threshold of all sinks.
	threshold finding.Threshold
}

// Validate says what is wrong with the options of NewTocsin, which asks by itself too: one error
// for each mistake, joined, each of which begins with the option's name and says the remedy.
func (p *Props) Validate() error {
	_, err := check(p)
	return err
}

// check validates the options of NewTocsin; the error joins every mistake.
func check(props *Props) (checked, error) {
	if props == nil {
		props = &Props{}
	}
	props, inForm := props.withFile()
	var found mistakes
	codeOptions{"codePath", "codeBucket", "codeKey"}.check(&found, props.Code)
	props.checkSources(&found)
	props.checkGuardDuty(&found)
	props.checkHub(&found)
	props.checkPlatform(&found)
	props.checkVpc(&found)
	props.checkEnv(&found)
	found = append(found, inForm...)
	if props.isUnread() {
		return checked{}, found.err()
	}
	if len(inForm) == 0 { // else what the sinks have is not known
		props.checkAlerts(&found)
		props.checkWebhooks(&found)
		props.checkSecrets(&found)
		props.checkGrants(&found)
		props.checkActions(&found)
		props.checkOps(&found)
		props.checkSummary(&found)
	}
	props.checkDrill(&found)
	props.checkBesideFile(&found)
	props.checkFileOfFunction(&found)
	threshold, more := props.checkVariables()
	found = append(found, more...)
	if len(inForm) == 0 {
		found = append(found, props.tooLongForFront()...)
	}
	return checked{props, threshold}, found.err()
}

// codeOptions are the names of the options that say where a function's zip is.
type codeOptions struct{ path, bucket, key string }

// check sees that one place of a function's zip is said, and that there is a program.
func (o codeOptions) check(found *mistakes, code Code) {
	inBucket := code.Bucket != "" || code.Key != ""
	switch {
	case code.Path != "" && inBucket:
		found.add(o.path, "is set beside %s and %s; give one or the other", o.bucket, o.key)
	case code.Path == "" && !inBucket:
		found.add(o.path, "is not set; build the zip (make build) and give its path, or %s and %s", o.bucket, o.key)
	case inBucket && (code.Bucket == "" || code.Key == ""):
		found.add(o.bucket, "and %s belong together; set both", o.key)
	case code.Path != "":
		checkProgram(found, o.path, code.Path)
	}
}

// checkProgram sees that a zip or folder holds what Lambda starts.
func checkProgram(found *mistakes, option, path string) {
	info, err := os.Stat(path)
	if err != nil {
		found.add(option, "there is no such file; build the zip (make build), or correct the path")
		return
	}
	if info.IsDir() {
		if _, err := os.Stat(filepath.Join(path, program)); err != nil {
			found.add(option, "the folder has no file named %s in it; give the function's zip (make build), or the folder of the program", program)
		}
		return
	}
	archive, err := zip.OpenReader(path)
	if err != nil {
		found.add(option, "is neither a zip nor a folder; build the zip (make build), or correct the path")
		return
	}
	defer func() { _ = archive.Close() }()
	if !slices.ContainsFunc(archive.File, func(f *zip.File) bool { return f.Name == program }) {
		found.add(option, "the zip has no file named %s in it; build the function's (make build)", program)
	}
}

// checkAlerts looks at the SNS sinks.
func (p *Props) checkAlerts(found *mistakes) {
	wanted := len(p.lacking(traits.Topic)) > 0
	remedy := "add " + p.defaultSink() + " to sinks, or leave it out"
	if len(p.Emails) > 0 && !wanted {
		found.add("emails", "no SNS sink uses the stack's topic; %s", remedy)
	}
	if p.SnsTopicArn != "" && !wanted {
		found.add("snsTopicArn", "no SNS sink would use it; %s", remedy)
	}
	checkTopic(found, "snsTopicArn", p.SnsTopicArn)
	if isFifo(p.SnsTopicArn) && len(p.Emails) > 0 {
		found.add("emails", "a FIFO topic cannot send e-mail; give a standard topic as snsTopicArn, or leave emails out")
	}
	checkEmails(found, "emails", p.Emails)
}

// checkWebhooks sees that the Slack webhook itself stays out of context, template and state.
func (p *Props) checkWebhooks(found *mistakes) {
	const option = "slackWebhookSecret"
	const remedy = "store it in Secrets Manager and give the secret's name or ARN"
	name, key, keyed := strings.Cut(p.SlackWebhookSecret, "#")
	slacks := p.lacking(traits.WebhookSecret)
	switch {
	case name == "" && !keyed:
	case len(slacks) == 0:
		found.add(option, "no Slack sink would use it; add slack to sinks without a webhook or token of its own, or leave it out")
	case strings.Contains(name, "://"):
		found.add(option, "is an address and not a secret's name; %s. "+
			"If this was a webhook, it now stands in your shell's history", remedy)
	case strings.HasPrefix(name, "arn:") && !isSecret(name):
		found.add(option, "is not the ARN of a secret: want arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME")
	case !strings.HasPrefix(name, "arn:") && !unresolved(name) && !matches(`^[A-Za-z0-9/_+=.@-]{1,512}$`, name):
		found.add(option, "is not a secret's name: want letters, digits and /_+=.@-")
	case keyed && key == "":
		found.add(option, "names no key after #; leave # out for a secret that holds the URL alone")
	case keyed && len(slacks) > 1:
		found.add(option, "has a key, but several Slack sinks use it; leave out #%s, "+
			"and store one JSON key for each instance", key)
	}
}

// checkSecrets sees the same of every other secret: a webhook or token may be in Secrets Manager
// only.
func (p *Props) checkSecrets(found *mistakes) {
	for _, name := range sortedKeys(p.Env) {
		value := p.Env[name]
		plain := p.isSecretVariable(name) && value != "" && !unresolved(value) && !isSecret(value)
		if _, isMixed, err := p.referencesIn(name, value); isMixed {
			if plain = false; err != nil {
				found.add(envPrefix+name, "%s, which would stand in the template for all to read; "+
					"store it in Secrets Manager and give the secret's ARN in its place", partsOf(err))
			}
		}
		if plain || matches(knownForms, value) {
			found.add(envPrefix+name, "holds the secret itself, which would stand in the template for all to read; "+
				"store it in Secrets Manager and give the secret's ARN")
		}
	}
}

func (p *Props) checkOps(found *mistakes) {
	checkEmails(found, "opsEmails", p.Ops.Emails)
	checkTopic(found, "opsTopicArn", p.Ops.TopicArn)
	if isFifo(p.Ops.TopicArn) && len(p.Ops.Emails) > 0 {
		found.add("opsEmails", "a FIFO topic cannot send e-mail; give a standard topic as opsTopicArn, or leave opsEmails out")
	}
	if p.Ops.TopicArn == "" {
		return
	}
	const why = "an alarm about a topic that fails would be sent to that topic"
	if p.Ops.TopicArn == p.SnsTopicArn {
		found.add("opsTopicArn", "is the topic that alerts go to; give another: %s", why)
	}
	for _, i := range p.instances() {
		if setting := i.kind.Made(traits.Topic); setting != "" && p.value(i.variable(setting)) == p.Ops.TopicArn {
			found.add("opsTopicArn", "is the topic of the sink %s; give another: %s", i.name, why)
		}
	}
}

func (p *Props) checkGuardDuty(found *mistakes) {
	const option = "publishingFrequency"
	switch p.Accounts.PublishingFrequency {
	case "":
		return
	case "FIFTEEN_MINUTES", "ONE_HOUR", "SIX_HOURS":
	default:
		found.add(option, "want FIFTEEN_MINUTES, ONE_HOUR or SIX_HOURS")
	}
	if !p.Accounts.EnableGuardDuty {
		found.add(option, "needs enableGuardDuty=true; without it the detector is not this stack's: set it in GuardDuty")
	}
}

func (p *Props) checkHub(found *mistakes) {
	a := p.Accounts
	if a.HubBusArn != "" {
		found.add("hubBusArn", "belongs to a member's stack (NewTocsinMember); leave it out here")
	}
	if a.Hub && a.OrgID == "" && len(a.MemberAccounts) == 0 {
		found.add("hub", "admits nobody; set orgId or memberAccounts")
	}
	if !a.Hub && a.OrgID != "" {
		found.add("orgId", "needs hub=true")
	}
	if !a.Hub && len(a.MemberAccounts) > 0 {
		found.add("memberAccounts", "needs hub=true")
	}
	p.checkMembers(found)
}

// checkMembers checks the ids of whom a hub admits.
func (p *Props) checkMembers(found *mistakes) {
	a := p.Accounts
	if a.OrgID != "" && !unresolved(a.OrgID) && !matches(`^o-[a-z0-9]{10,32}$`, a.OrgID) {
		found.add("orgId", "is not an organisation's id: want o- and 10 to 32 small letters and digits")
	}
	for _, account := range a.MemberAccounts {
		if !unresolved(account) && !matches(`^[0-9]{12}$`, account) {
			found.add("memberAccounts", "want account ids of 12 digits with commas between them")
			break
		}
	}
}

// checkEnv refuses variables that have an option of their own, or are not the user's to set.
func (p *Props) checkEnv(found *mistakes) {
	for _, name := range sortedKeys(p.Env) {
		option := envPrefix + name
		switch name {
		case variableSinks:
			found.add(option, "set the option sinks instead")
		case variableMinSeverity:
			found.add(option, "set the option minSeverity instead")
		case variableAccountNames:
			found.add(option, "set the option accountNames instead")
		case config.FileVariable:
			found.add(option, "set the option config instead")
		default:
			if slices.Contains(p.ownVariables(), name) {
				found.add(option, "is set by the stack; leave it out")
				continue
			}
			p.checkEnvName(found, name)
		}
	}
}

func (p *Props) checkEnvName(found *mistakes, name string) {
	option := envPrefix + name
	switch {
	case !matches(`^[A-Za-z][A-Za-z0-9_]+$`, name):
		found.add(option, "is not the name of a variable: want letters, digits and _, and a letter first")
	case isLambdaVariable(name):
		found.add(option, "is set by Lambda itself; leave it out")
	case p.Env[name] == "":
		found.add(option, "is empty, which counts as not set; leave it out")
	}
}

// isLambdaVariable reports whether Lambda refuses a variable of this name.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
func isLambdaVariable(name string) bool {
	switch name {
	case "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID",
		"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN":
		return true
	}
	return strings.HasPrefix(name, "AWS_LAMBDA_") || strings.HasPrefix(name, "LAMBDA_")
}

func checkEmails(found *mistakes, option string, emails []string) {
	for i, email := range emails {
		if slices.Contains(emails[:i], email) {
			found.add(option, "names an address twice; leave one out")
			return
		}
		if !unresolved(email) && !matches(`^[^@\s,]+@[^@\s,]+\.[^@\s,]+$`, email) {
			found.add(option, "want addresses with commas between them, such as a@example.com,b@example.com")
			return
		}
	}
}

func checkTopic(found *mistakes, option, arn string) {
	if arn != "" && !unresolved(arn) && !isTopic(arn) {
		found.add(option, "is not the ARN of a topic: want arn:aws:sns:REGION:ACCOUNT:NAME")
	}
}

func isTopic(text string) bool {
	return matches(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:.+$`, text)
}

func isFifo(topic string) bool { return strings.HasSuffix(topic, ".fifo") }

// isSecret reports whether the function would read a variable's value from Secrets Manager. Parts
// of the ARN may be known at deployment only.
func isSecret(value string) bool { return secret.New(value).IsReference() }

// isARN reports whether a text is an ARN of the service in any partition.
func isARN(text, service string) bool {
	return matches(`^arn:aws[a-z-]*:`+service+`:[a-z0-9-]+:[0-9]{12}:.+$`, text)
}

func matches(pattern, text string) bool { return regexp.MustCompile(pattern).MatchString(text) }
