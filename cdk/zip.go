package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// findZip returns the function's zip for an architecture, and builds it where it is missing.
func findZip(ctx context.Context, architecture string) (string, error) {
	root, err := projectRoot()
	if err != nil {
		return "", err
	}
	zip := filepath.Join(root, "build", zipName(architecture))
	if _, err := os.Stat(zip); err == nil {
		return zip, nil
	}
	if err := buildZip(ctx, architecture, root); err != nil {
		return "", fmt.Errorf("codePath: the zip %s is missing and cannot be built; run make build to see why: %w", zip, err)
	}
	return zip, nil
}

// projectRoot looks from the working folder upwards for the folder that has the function's source.
func projectRoot() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("codePath: the working folder has no name: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "cmd", "lambda", "main.go")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", errors.New("codePath: is not set, and this folder is not in a copy of the project; " +
				"give the path of a zip, or codeBucket and codeKey")
		}
		folder = parent
	}
}

// buildZip does what "make build" does, for systems that have no make.
func buildZip(ctx context.Context, architecture, root string) error {
	program := filepath.Join("build", architecture, "bootstrap")
	if err := os.MkdirAll(filepath.Join(root, "build", architecture), 0o750); err != nil {
		return err
	}
	//nolint:gosec // the architecture is one of two words by now
	build := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc", "-trimpath", "-ldflags=-s -w",
		"-o", program, "./cmd/lambda")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+architecture)
	//nolint:gosec // as above
	pack := exec.CommandContext(ctx, "go", "run", "./tools/zip", program, filepath.Join("build", zipName(architecture)))
	for _, step := range []*exec.Cmd{build, pack} {
		step.Dir = root
		step.Stdout, step.Stderr = os.Stderr, os.Stderr // standard output is for the templates
		if err := step.Run(); err != nil {
			return err
		}
	}
	return nil
}

func zipName(architecture string) string { return "tocsin-" + architecture + ".zip" }
