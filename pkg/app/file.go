package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/secret"
)

// withFile returns the settings over those of the file or the secret that CONFIG names. The error
// joins one error for each mistake in it; the settings are then those that could be read, for what
// else is wrong with them to be found, or nil where nothing could.
func withFile(ctx context.Context, o Options) (config.Source, error) {
	value, _ := o.Settings.Lookup(config.FileVariable)
	named := strings.TrimSpace(value.Text)
	if named == "" {
		return o.Settings, nil
	}
	name, text, err := o.readConfig(ctx, named)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", config.FileVariable, err)
	}
	file, mistakes := config.ReadFile(name, text, configurable(o))
	if file == nil {
		return nil, errors.Join(mistakes...)
	}
	return config.Filled(o.Settings, file), errors.Join(mistakes...)
}

// AccountGroups returns the ids of accounts by the names of the groups in the file or the secret that
// CONFIG names; nothing without one. The error joins one error for each mistake in it.
func AccountGroups(ctx context.Context, o Options) (map[string][]string, error) {
	o = o.withTables()
	value, _ := o.Settings.Lookup(config.FileVariable)
	named := strings.TrimSpace(value.Text)
	if named == "" {
		return nil, nil //nolint:nilnil // no groups
	}
	name, text, err := o.readConfig(ctx, named)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", config.FileVariable, err)
	}
	groups, mistakes := config.ReadGroups(name, text, configurable(o))
	return groups, errors.Join(mistakes...)
}

// readConfig reads what CONFIG names, and returns what mistakes in it are to call it.
func (o Options) readConfig(ctx context.Context, named string) (name string, text []byte, err error) {
	ref := o.file
	if !ref.IsSet() {
		ref = secret.New(named)
	}
	if ref.IsReference() {
		value, err := ref.Value(ctx)
		return config.FileVariable, []byte(value), err
	}
	path, isFile := strings.CutPrefix(named, "file:")
	if !isFile || path == "" {
		return "", nil, errors.New("want file: and a path, or the ARN of a secret")
	}
	readFile := o.ReadFile
	if readFile == nil {
		readFile = os.ReadFile
	}
	text, err = readFile(path)
	if withPath := new(fs.PathError); errors.As(err, &withPath) {
		err = withPath.Err
	}
	if err != nil {
		return "", nil, fmt.Errorf("the file that it names cannot be read (%w); in Lambda it lies beside the bootstrap, "+
			"where make build BUNDLE=tocsin.yaml puts it; on a laptop its path begins in the working folder", err)
	}
	return filepath.Base(path), text, nil
}

// Convert returns the configuration's file that stands for the settings, as config.Convert does. What
// stands in a file already cannot be converted.
func Convert(o Options) ([]byte, error) {
	if value, _ := o.Settings.Lookup(config.FileVariable); strings.TrimSpace(value.Text) != "" {
		return nil, fmt.Errorf("%s: names a file already, which would be left out; unset it", config.FileVariable)
	}
	return config.Convert(o.Settings, configurable(o.withTables()))
}

// Schema returns the JSON Schema of the configuration's file, with every type of sink.
func Schema(o Options) ([]byte, error) { return config.Schema(configurable(o.withTables())) }
