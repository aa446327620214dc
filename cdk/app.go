package main

import (
	"context"
	"errors"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
)

// stackNameOption is the one option that is the app's and not the construct's.
const stackNameOption = "stackName"

// newApp makes the app.
func newApp(options contextFlag, outdir string) awscdk.App {
	props := &awscdk.AppProps{
		Outdir: jsii.String(outdir),
		// No resource that reports to AWS which constructs are in use.
		AnalyticsReporting: jsii.Bool(false),
		// In code, so that a plain binary synthesises what the command line does.
		Context: featureFlags(),
	}
	if len(options) > 0 {
		values := map[string]any(options)
		props.PostCliContext = &values
	}
	return awscdk.NewApp(props)
}

// featureFlags are the CDK's flags for what this app uses, as new projects have them.
func featureFlags() *map[string]any {
	return &map[string]any{
		"@aws-cdk/core:aspectPrioritiesMutating":               true,
		"@aws-cdk/core:checkSecretUsage":                       true,
		"@aws-cdk/core:enablePartitionLiterals":                true,
		"@aws-cdk/core:explicitStackTags":                      true,
		"@aws-cdk/core:includePrefixInUniqueNameGeneration":    true,
		"@aws-cdk/aws-dynamodb:resourcePolicyPerReplica":       true,
		"@aws-cdk/aws-dynamodb:retainTableReplica":             true,
		"@aws-cdk/aws-iam:minimizePolicies":                    false, // merged statements would lose their names
		"@aws-cdk/aws-kms:aliasNameRef":                        true,
		"@aws-cdk/aws-kms:reduceCrossAccountRegionPolicyScope": true,
	}
}

// readOptions gives the options from the app's context.
func readOptions(app awscdk.App) (*tocsin.Props, error) {
	values, ok := app.Node().GetAllContext(nil).(map[string]any)
	if !ok {
		return nil, errors.New("context: cannot be read")
	}
	return tocsin.FromContext(values, stackNameOption)
}

// addStack adds the one stack: a member's where hubBusArn is set, else the whole of Tocsin.
func addStack(ctx context.Context, app awscdk.App) error {
	props, err := readOptions(app)
	if err != nil {
		return err
	}
	if props.Accounts.HubBusArn != "" {
		_, err = tocsin.NewTocsinMember(newStack(app, "TocsinMember", nil), "Tocsin", props)
		return err
	}
	if props.Code == (tocsin.Code{}) {
		props.Code.Path = "." // until the options are known to be right
		if err := props.Validate(); err != nil {
			return err
		}
		if props.Code.Path, err = findZip(ctx, architecture(props)); err != nil {
			return err
		}
	}
	_, err = tocsin.NewTocsin(newStack(app, "Tocsin", nil), "Tocsin", props)
	return err
}

// newStack makes a stack for whatever account and region the deployment is made with.
func newStack(app awscdk.App, id string, synthesizer awscdk.IStackSynthesizer) awscdk.Stack {
	name := jsii.String(id)
	if given, ok := app.Node().TryGetContext(jsii.String(stackNameOption)).(string); ok && given != "" {
		name = jsii.String(given)
	}
	description := "Tocsin: turns GuardDuty findings into messages"
	if id == "TocsinMember" {
		description = "Tocsin: forwards GuardDuty findings to the hub"
	}
	return awscdk.NewStack(app, jsii.String(id), &awscdk.StackProps{
		StackName: name, Description: jsii.String(description), Synthesizer: synthesizer,
	})
}
