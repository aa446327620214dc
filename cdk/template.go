package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
)

// The plain templates.
const (
	mainTemplate   = "tocsin.template.json"
	memberTemplate = "tocsin-member.template.json"
)

// longestTemplate is the most bytes that CloudFormation takes with a call; a longer template goes by a
// bucket. What would be longer is written on one line.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
const longestTemplate = 51_200

// writeTemplates writes the plain CloudFormation templates: no bootstrap of the CDK, no assets, the
// code's bucket and key and the hub's bus as parameters. All other options are fixed in them.
func writeTemplates(options contextFlag, folder string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("the folder for the templates: %w", err)
	}
	return errors.Join(
		writeTemplate(options, filepath.Join(folder, mainTemplate), addPlainMain),
		writeTemplate(options, filepath.Join(folder, memberTemplate), addPlainMember),
	)
}

// writeTemplate synthesises one stack by itself and copies its template.
func writeTemplate(options contextFlag, path string, add func(awscdk.App, *tocsin.Props) (awscdk.Stack, error)) error {
	outdir, err := os.MkdirTemp("", "tocsin-template-")
	if err != nil {
		return fmt.Errorf("a folder for the synthesis: %w", err)
	}
	defer func() { _ = os.RemoveAll(outdir) }()
	app, err := newApp(options, outdir)
	if err != nil {
		return err
	}
	props, err := readOptions(app)
	if err != nil {
		return err
	}
	stack, err := add(app, props)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(*app.Synth(nil).GetStackArtifact(stack.ArtifactId()).TemplateFullPath())
	if err != nil {
		return fmt.Errorf("the synthesised template: %w", err)
	}
	if len(text) >= longestTemplate { // and a line's end
		var short bytes.Buffer
		if err := json.Compact(&short, text); err != nil {
			return fmt.Errorf("the synthesised template: %w", err)
		}
		text = short.Bytes()
	}
	return writeReadable(path, append(text, '\n'))
}

// writeReadable writes a file that everybody may read: a template holds no secret, and who deploys it
// is often another user. A file that is there already is made so too.
func writeReadable(path string, text []byte) error {
	//nolint:gosec // the user says which folder the templates go to
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("writing the template: %w", err)
	}
	//nolint:gosec // WriteFile leaves the mode of a file that is there
	if err := os.Chmod(path, 0o644); err != nil {
		return fmt.Errorf("the mode of the template: %w", err)
	}
	return nil
}

// addPlainMain adds the whole of Tocsin with its code as parameters.
func addPlainMain(app awscdk.App, props *tocsin.Props) (awscdk.Stack, error) {
	stack := newStack(app, props, "Tocsin", awscdk.NewBootstraplessSynthesizer(nil))
	props.Accounts.HubBusArn = "" // the member's option
	props.Code = tocsin.Code{
		Bucket: parameter(stack, "CodeBucket", "", awscdk.CfnParameterProps{
			Description:    jsii.String("S3 bucket, in this region, that holds the function's zip"),
			AllowedPattern: jsii.String(`^[a-z0-9.-]{3,63}$`),
		}),
		Key: parameter(stack, "CodeKey", mainFunction(architecture(props)).zip, awscdk.CfnParameterProps{
			Description: jsii.String("Key of the function's zip in the bucket"),
			MinLength:   jsii.Number(1),
		}),
	}
	if props.Actions.Actions {
		props.Actions.CodePath, props.Actions.CodeBucket = "", props.Code.Bucket
		props.Actions.CodeKey = parameter(stack, "ActionsCodeKey", actionsFunction(architecture(props)).zip, awscdk.CfnParameterProps{
			Description: jsii.String("Key of the zip of the function that answers buttons, in the same bucket"),
			MinLength:   jsii.Number(1),
		})
	}
	_, err := tocsin.NewTocsin(stack, "Tocsin", props)
	if err == nil {
		printNotes(props) // the member's are the same
	}
	return stack, err
}

// addPlainMember adds a member with the hub's bus as a parameter. Of the options it takes those
// that a member has, so that one set of options writes both templates.
func addPlainMember(app awscdk.App, props *tocsin.Props) (awscdk.Stack, error) {
	stack := newStack(app, props, "TocsinMember", awscdk.NewBootstraplessSynthesizer(nil))
	bus := parameter(stack, "HubBusArn", props.Accounts.HubBusArn, awscdk.CfnParameterProps{
		Description:    jsii.String("The output HubBusArn of the hub's stack"),
		AllowedPattern: jsii.String(`^arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/.+$`),
	})
	_, err := tocsin.NewTocsinMember(stack, "Tocsin", props.ForMember(bus))
	return stack, err
}

func architecture(props *tocsin.Props) string {
	if props.Platform.Architecture == "" {
		return "arm64"
	}
	return props.Platform.Architecture
}

// parameter adds a parameter of the template, with a default unless that is empty, and gives the
// reference to it.
func parameter(stack awscdk.Stack, name, value string, p awscdk.CfnParameterProps) string {
	if value != "" {
		p.Default = value
	}
	return *awscdk.NewCfnParameter(stack, jsii.String(name), &p).ValueAsString()
}
