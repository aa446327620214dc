package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
)

// stackNameOption is the one option that is the app's and not the construct's.
const stackNameOption = "stackName"

// newApp makes the app.
func newApp(options contextFlag, outdir string) (awscdk.App, error) {
	flags, err := featureFlags()
	if err != nil {
		return nil, err
	}
	settings, err := settingsContext()
	if err != nil {
		return nil, err
	}
	maps.Copy(*flags, settings)
	props := &awscdk.AppProps{
		Outdir: jsii.String(outdir),
		// They would show the CDK's own program, and not this one.
		StackTraces: jsii.Bool(false),
		// No resource that reports to AWS which constructs are in use.
		AnalyticsReporting: jsii.Bool(false),
		// In code, so that a plain binary synthesises what the command line does.
		Context: flags,
	}
	if len(options) > 0 {
		values := map[string]any(options)
		props.PostCliContext = &values
	}
	return awscdk.NewApp(props), nil
}

// flags are the CDK's feature flags as it recommends them to new projects, but for two:
// minimizePolicies would merge statements, which then lose their names, and
// annotationsInValidationReport says a warning in forty lines.
//
//go:embed flags.json
var flags []byte

// featureFlags returns the CDK's feature flags.
func featureFlags() (*map[string]any, error) {
	var values map[string]any
	if err := json.Unmarshal(flags, &values); err != nil {
		return nil, fmt.Errorf("flags.json: %w", err)
	}
	return &values, nil
}

// settingsFile is what the CDK's command line reads its settings from, in the folder where it is
// called.
const settingsFile = "cdk.json"

// settingsContext returns the context values of cdk.json; none without such a file. The CDK's
// command line hands them over by itself, but a plain binary and the plain templates have no
// command line around them. CDK_CONTEXT_JSON and -c go before them.
func settingsContext() (map[string]any, error) {
	text, err := os.ReadFile(settingsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]any{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be read: %w", settingsFile, err)
	}
	var settings struct {
		Context map[string]any `json:"context"`
	}
	if err := json.Unmarshal(text, &settings); err != nil {
		return nil, fmt.Errorf("%s: want JSON with an object as its context: %w", settingsFile, err)
	}
	return settings.Context, nil
}

// readOptions returns the options from the app's context.
func readOptions(app awscdk.App) (*tocsin.Props, error) {
	values, ok := app.Node().GetAllContext(nil).(map[string]any)
	if !ok {
		return nil, errors.New("context: cannot be read")
	}
	props, err := tocsin.FromContext(values, stackNameOption)
	if name, _ := values[stackNameOption].(string); name != "" && !regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,127}$`).MatchString(name) {
		err = errors.Join(err, errors.New(stackNameOption+": want up to 128 letters, digits and -, and a letter first"))
	}
	if err == nil {
		err = readAccountNames(props)
	}
	if err == nil {
		findConfig(props)
	}
	return props, err
}

// findConfig finds the file that config=tocsin.yaml says: in the working folder, or at the top of the
// project, which is not where the CDK's command line runs the app.
func findConfig(props *tocsin.Props) {
	path := props.Config
	if path == "" || filepath.IsAbs(path) || strings.Contains(path, ":") {
		return
	}
	if _, err := os.Stat(path); err == nil {
		return
	}
	root, err := projectRoot()
	if err != nil {
		return // the construct says that there is no such file
	}
	if _, err := os.Stat(filepath.Join(root, path)); err == nil {
		props.Config = filepath.Join(root, path)
	}
}

// readAccountNames takes the names out of the file that accountNames=@file says.
func readAccountNames(props *tocsin.Props) error {
	path, found := strings.CutPrefix(props.AccountNames, "@")
	if !found {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return errors.New("accountNames: the file after @ cannot be read; give its absolute path")
	}
	props.AccountNames = strings.TrimSpace(string(text))
	return nil
}

// addStack adds the one stack: a member's where hubBusArn is set, else the whole of Tocsin. It
// returns the options.
func addStack(ctx context.Context, app awscdk.App) (*tocsin.Props, error) {
	props, err := readOptions(app)
	if err != nil {
		return nil, err
	}
	if props.Accounts.HubBusArn != "" {
		_, err = tocsin.NewTocsinMember(newStack(app, props, "TocsinMember", nil), "Tocsin", props)
		return props, err
	}
	if err := findCode(ctx, props); err != nil {
		return nil, err
	}
	_, err = tocsin.NewTocsin(newStack(app, props, "Tocsin", nil), "Tocsin", props)
	return props, err
}

// findCode finds the zips of the functions whose code no option says, once the options are known to be right.
func findCode(ctx context.Context, props *tocsin.Props) (err error) {
	isFound := props.Code != (tocsin.Code{})
	isFrontFound := !props.Actions.Actions || props.Actions.Code() != (tocsin.Code{})
	if isFound && isFrontFound {
		return nil
	}
	judged := *props
	if !isFound {
		judged.Code = tocsin.Code{Bucket: "b", Key: "k"}
	}
	if !isFrontFound {
		judged.Actions.CodeBucket, judged.Actions.CodeKey = "b", "k"
	}
	if err := judged.Validate(); err != nil {
		return err
	}
	if !isFound {
		if props.Code.Path, err = findZip(ctx, mainFunction(architecture(props))); err != nil {
			return err
		}
	}
	if !isFrontFound {
		props.Actions.CodePath, err = findZip(ctx, actionsFunction(architecture(props)))
	}
	return err
}

// newStack makes a stack for whatever account and region the deployment is made with.
func newStack(app awscdk.App, props *tocsin.Props, id string, synthesizer awscdk.IStackSynthesizer) awscdk.Stack {
	name := jsii.String(id)
	if given, ok := app.Node().TryGetContext(jsii.String(stackNameOption)).(string); ok && given != "" {
		name = jsii.String(given)
	}
	description := "Tocsin: turns " + props.Findings() + " into messages"
	if id == "TocsinMember" {
		description = "Tocsin: forwards " + props.Findings() + " to the hub"
	}
	if synthesizer == nil {
		// The CDK's command line asks for the bootstrap's version by itself; a parameter for it
		// would be in the way.
		synthesizer = awscdk.NewDefaultStackSynthesizer(&awscdk.DefaultStackSynthesizerProps{
			GenerateBootstrapVersionRule: jsii.Bool(false),
		})
	}
	return awscdk.NewStack(app, jsii.String(id), &awscdk.StackProps{
		StackName: name, Description: jsii.String(description), Synthesizer: synthesizer,
	})
}
