package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// standardLibrary stands for the module of packages that come with Go.
const standardLibrary = "the Go standard library"

// licenceName finds the files that have to go with a program: licences, and what they say to pass on.
const licenceName = `(?i)^(licen[cs]es?|copying|notice|patents|copyright)([-._].*)?$`

// linked is a package that is linked into a program.
type linked struct {
	ImportPath, Dir string
	Standard        bool
	Module          *struct {
		Path, Version, Dir string
		Main               bool
	}
}

// licences writes the licences of everything that is linked into some programs, each text once. A module
// without one is an error: nobody may pass it on.
func licences(ctx context.Context, programs []string, out io.Writer) error {
	packages, err := list(ctx, programs)
	if err != nil {
		return err
	}
	root, err := goRoot(ctx)
	if err != nil {
		return err
	}
	found := texts{} // by module, then by file
	for _, p := range packages {
		name, top := standardLibrary, root
		switch {
		case p.Module != nil && p.Module.Main:
			continue
		case p.Module != nil:
			name, top = p.Module.Path+" "+p.Module.Version, p.Module.Dir
		case !p.Standard:
			return fmt.Errorf("%s is in no module", p.ImportPath)
		}
		if err := found.add(name, top, p.Dir); err != nil {
			return err
		}
	}
	if err := found.missing(); err != nil {
		return err
	}
	_, err = io.WriteString(out, found.String())
	return err
}

// texts are the texts of licences: by the name of the module, then by the name of the file.
type texts map[string]map[string]string

// add reads the licences of a module that are for a folder of it: those in the folder itself, and in
// those above it up to the top of the module.
func (t texts) add(module, top, folder string) error {
	if t[module] == nil {
		t[module] = map[string]string{}
	}
	isLicence := regexp.MustCompile(licenceName)
	for {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return fmt.Errorf("the licences of %s: %w", module, err)
		}
		for _, entry := range entries {
			if entry.IsDir() || !isLicence.MatchString(entry.Name()) || strings.HasSuffix(entry.Name(), ".go") {
				continue
			}
			path := filepath.Join(folder, entry.Name())
			text, err := os.ReadFile(path)
			if err != nil {
				return fmt.Errorf("the licences of %s: %w", module, err)
			}
			name, err := filepath.Rel(top, path)
			if err != nil {
				return fmt.Errorf("the licences of %s: %w", module, err)
			}
			t[module][filepath.ToSlash(name)] = strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n"))
		}
		if folder == top || folder == filepath.Dir(folder) {
			return nil
		}
		folder = filepath.Dir(folder)
	}
}

// missing says which modules have no licence.
func (t texts) missing() error {
	var mistakes []error
	for _, module := range slices.Sorted(maps.Keys(t)) {
		if len(t[module]) == 0 {
			mistakes = append(mistakes, fmt.Errorf("%s has no licence", module))
		}
	}
	return errors.Join(mistakes...)
}

// String returns all texts, each after the names of those that it is for.
func (t texts) String() string {
	names := map[string][]string{} // by the text
	var order []string
	for _, module := range slices.Sorted(maps.Keys(t)) {
		for _, file := range slices.Sorted(maps.Keys(t[module])) {
			text := t[module][file]
			if names[text] == nil {
				order = append(order, text)
			}
			names[text] = append(names[text], module+": "+file)
		}
	}
	var b strings.Builder
	b.WriteString("Linked into Tocsin's programs, beside their own code, is what follows, each under the text below its name.\n")
	for _, text := range order {
		fmt.Fprintf(&b, "\n%s\n\n%s\n\n%s\n", strings.Repeat("=", 80), strings.Join(names[text], "\n"), text)
	}
	return b.String()
}

// list returns the packages that are linked into some programs, for each architecture that they are built for.
func list(ctx context.Context, programs []string) ([]linked, error) {
	var all []linked
	for _, architecture := range []string{"amd64", "arm64"} {
		args := append([]string{"list", "-deps", "-tags", "lambda.norpc", "-json=ImportPath,Dir,Standard,Module"}, programs...)
		command := exec.CommandContext(ctx, "go", args...) //nolint:gosec // the Makefile names them
		command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+architecture)
		command.Stderr = os.Stderr
		output, err := command.Output()
		if err != nil {
			return nil, fmt.Errorf("go list %v: %w", programs, err)
		}
		for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
			var p linked
			if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, fmt.Errorf("go list %v: %w", programs, err)
			}
			all = append(all, p)
		}
	}
	return all, nil
}

// goRoot returns the folder of the Go tool chain.
func goRoot(ctx context.Context) (string, error) {
	output, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOROOT: %w", err)
	}
	return strings.TrimSpace(string(output)), nil
}
