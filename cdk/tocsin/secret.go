package tocsin

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// randomSuffix stands for the six characters that Secrets Manager adds to a secret's name in its
// ARN.
const randomSuffix = "-??????"

// webhooks is where the Slack webhooks are.
type webhooks struct {
	// ref is what the function's variables hold: an ARN, with "#key" for one key of a JSON text.
	ref string
	// own is the secret when it is the stack's; nil otherwise.
	own awssecretsmanager.CfnSecret
}

// newWebhooks finds the secret of the Slack sinks, or makes it; both fields are zero when no Slack
// sink needs one.
func newWebhooks(scope constructs.Construct, c checked, key awskms.IKey) webhooks {
	switch given := c.SlackWebhookSecret; {
	case len(c.lacking(traits.WebhookSecret)) == 0:
		return webhooks{}
	case given == "":
		secret := newSecret(scope, c, key)
		return webhooks{ref: *secret.Ref(), own: secret}
	case strings.HasPrefix(given, "arn:") || unresolved(given):
		return webhooks{ref: given}
	default:
		// Secrets Manager finds a secret by its ARN without the random suffix too.
		return webhooks{ref: arnOf(awscdk.Stack_Of(scope), "secretsmanager", "secret:"+given)}
	}
}

// newSecret makes a secret without a value: the webhook comes by the one command in the outputs,
// and is never in context, template or state. A construct of the second level would make up a
// password. It outlives the stack, which could not bring the value back.
func newSecret(scope constructs.Construct, c checked, key awskms.IKey) awssecretsmanager.CfnSecret {
	secret := awssecretsmanager.NewCfnSecret(scope, jsii.String("SlackWebhook"), &awssecretsmanager.CfnSecretProps{
		Name:        c.name("slack-webhook"),
		Description: jsii.String("Tocsin: the Slack webhook's URL; with several Slack sinks a JSON object of URLs by instance"),
		KmsKeyId:    keyArn(key),
	})
	secret.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN, nil)
	accept(secret, "AwsSolutions-SMG4", "Slack alone can make a new webhook, by hand, so nothing here could "+
		"rotate it. The function reads a new value within the hour, or as soon as Slack refuses the old one.")
	return secret
}

// secretArns returns the secrets that the function may read: the webhooks', and those that any
// other variable refers to, but for those that another function reads.
func (c checked) secretArns(w webhooks) []string {
	var arns []string
	add := func(arn string) {
		if !slices.Contains(arns, arn) {
			arns = append(arns, arn)
		}
	}
	switch {
	case w.own != nil:
		add(w.ref)
	case w.ref != "":
		add(grantable(w.ref))
	}
	for _, name := range c.names() {
		if c.isElsewhere(name) {
			continue
		}
		for _, reference := range c.secretsIn(name) {
			add(grantable(reference))
		}
	}
	if c.isConfigSecret() {
		add(grantable(c.Config))
	}
	if isSecret(c.AccountNames) || unresolved(c.AccountNames) {
		add(grantable(c.AccountNames))
	}
	return arns
}

// secretsIn returns the references to secrets in a variable. What is known at deployment only is taken for a
// secret's ARN where the variable is for a secret.
func (c checked) secretsIn(name string) []string {
	value := c.value(name)
	references, isMixed, _ := c.references(name) // what is wrong with it has been said
	if !isMixed && (isSecret(value) || c.isSecretVariable(name) && unresolved(value)) {
		return []string{value}
	}
	return references
}

// isElsewhere reports whether a variable is a setting of a sink that another function reads.
func (p *Props) isElsewhere(name string) bool {
	return slices.ContainsFunc(p.instances(), func(i instance) bool {
		setting, found := strings.CutPrefix(name, i.variable(""))
		return found && slices.Contains(i.kind.Elsewhere, setting)
	})
}

// grantable returns the ARN for a policy: without a JSON key, and with a pattern for the random
// suffix where the ARN was given without it.
func grantable(ref string) string {
	arn, _, _ := strings.Cut(ref, "#")
	if unresolved(arn) && !strings.HasPrefix(arn, "arn:") || matches(`-[A-Za-z0-9]{6}$`, arn) {
		return arn
	}
	return arn + randomSuffix
}

func sortedKeys(variables map[string]string) []string {
	return slices.Sorted(maps.Keys(variables))
}
