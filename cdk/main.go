// Command cdk is the CDK app of Tocsin: one stack around the construct of package tocsin.
//
// Through the CDK's command line it is run by cdk.json (npx aws-cdk synth -c sinks=slack). Built
// with go build it needs no command line around it: options come by -c too, by CDK_CONTEXT_JSON or
// by the context of a cdk.json in the folder where it is called, and the result goes to CDK_OUTDIR
// or cdk.out. With -template it writes plain CloudFormation templates, which need no CDK to deploy.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
)

func main() {
	options := contextFlag{}
	flag.Var(options, "c", "an option as `name=value`, any number of times")
	templates := flag.String("template", "", "write plain CloudFormation templates to `folder`, and no cloud assembly")
	flag.Parse()
	err := run(context.Background(), options, *templates)
	if err != nil {
		said := map[string]bool{} // one mistake is that of each template
		for line := range strings.SplitSeq(err.Error(), "\n") {
			if !said[line] {
				fmt.Fprintln(os.Stderr, "tocsin:", line)
			}
			said[line] = true
		}
	}
	closeRuntime()
	if err != nil {
		os.Exit(1)
	}
}

// closeRuntime ends the CDK's own program, which runs beside this one. It is not heard:
// jsii-runtime-go waits for that program twice, and the second wait, which always fails, is printed
// as if something had gone wrong.
func closeRuntime() {
	if nothing, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stderr = nothing // all that there is to say has been said
	}
	jsii.Close()
}

func run(ctx context.Context, options contextFlag, templates string) error {
	if templates != "" {
		return writeTemplates(options, templates)
	}
	outdir, isUnderCLI := os.LookupEnv("CDK_OUTDIR") // set by the CDK's command line
	if outdir == "" {
		outdir = "cdk.out"
	}
	app, err := newApp(options, outdir)
	if err != nil {
		return err
	}
	props, err := addStack(ctx, app)
	if err != nil {
		return err
	}
	app.Synth(nil)
	if !isUnderCLI { // which says them itself
		printNotes(props)
	}
	return nil
}

// printNotes writes what there is to know of the chosen sources.
func printNotes(props *tocsin.Props) {
	for _, note := range props.Notes() {
		fmt.Fprintln(os.Stderr, "tocsin:", note.Text)
	}
}

// contextFlag collects -c name=value.
type contextFlag map[string]any

// String returns nothing: the flag has no default.
func (contextFlag) String() string { return "" }

// Set takes one name=value.
func (c contextFlag) Set(text string) error {
	name, value, found := strings.Cut(text, "=")
	if !found || name == "" {
		return errors.New("want name=value")
	}
	c[name] = value
	return nil
}
