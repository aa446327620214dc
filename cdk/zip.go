package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// lambdaZip is the zip of a function: the option that names another one, its own name, the program in it, and the
// folder below build that the program is built in.
type lambdaZip struct{ option, zip, command, folder, architecture string }

// mainFunction is the function that sends.
func mainFunction(architecture string) lambdaZip {
	return lambdaZip{"codePath", "tocsin-" + architecture + ".zip", "./cmd/lambda", architecture, architecture}
}

// actionsFunction is the function that answers buttons.
func actionsFunction(architecture string) lambdaZip {
	return lambdaZip{
		"actionsCodePath", "tocsin-actions-" + architecture + ".zip", "./cmd/actions", filepath.Join("actions", architecture), architecture,
	}
}

// findZip returns the path of a function's zip, and builds it where it is missing.
func findZip(ctx context.Context, of lambdaZip) (string, error) {
	root, err := projectRoot()
	if err != nil {
		return "", fmt.Errorf("%s: %w", of.option, err)
	}
	zip := filepath.Join(root, "build", of.zip)
	if _, err := os.Stat(zip); err == nil {
		return zip, nil
	}
	if err := of.build(ctx, root); err != nil {
		return "", fmt.Errorf("%s: the zip %s is missing and cannot be built; run make build to see why: %w", of.option, zip, err)
	}
	return zip, nil
}

// projectRoot looks from the working folder upwards for the folder that has the function's source.
func projectRoot() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("the working folder has no name: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "cmd", "lambda", "main.go")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", errors.New("is not set, and this folder is not in a copy of the project; " +
				"give the path of a zip, or its bucket and key")
		}
		folder = parent
	}
}

// build does what "make build" does, for systems that have no make.
func (z lambdaZip) build(ctx context.Context, root string) error {
	program := filepath.Join("build", z.folder, "bootstrap")
	if err := os.MkdirAll(filepath.Join(root, "build", z.folder), 0o750); err != nil {
		return err
	}
	//nolint:gosec // the architecture is one of two words by now
	build := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc", "-trimpath", "-ldflags=-s -w",
		"-o", program, z.command)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+z.architecture)
	//nolint:gosec // as above
	pack := exec.CommandContext(ctx, "go", "run", "./tools/zip", program, filepath.Join("build", z.zip))
	for _, step := range []*exec.Cmd{build, pack} {
		step.Dir = root
		step.Stdout, step.Stderr = os.Stderr, os.Stderr // standard output is for the templates
		if err := step.Run(); err != nil {
			return err
		}
	}
	return nil
}
