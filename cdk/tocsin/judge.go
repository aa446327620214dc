package tocsin

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// judgeVariables reads the variables as the function does when it starts, with the function's own code
// (pkg/config, the sinks and all that pkg/app wires). It gives the lowest threshold of all instances, or
// one error for each mistake, which begins with the variable's name. Nothing is sent and no secret is read; a file
// that a variable names is looked for beside the function's program.
//
// The function's code reads the process's environment, which is put back afterwards: not for use by several
// goroutines, which is no loss since CDK constructs are not either.
func judgeVariables(variables map[string]string, code Code) (finding.Threshold, []error) {
	before := os.Environ()
	defer setEnvironment(before)
	entries := make([]string, 0, len(variables))
	for name, value := range variables {
		entries = append(entries, name+"="+value)
	}
	setEnvironment(entries)
	//nolint:forbidigo // a construct is given no context, and what is only built waits for nothing
	function, err := app.Load(context.Background(), app.Options{Log: io.Discard, ReadFile: code.readFile})
	if err != nil {
		return 0, app.Mistakes(err)
	}
	return function.MinSeverity(), nil
}

// readFile reads a file that lies beside the function's program. What cannot be looked at from here reads as
// empty: code in a bucket, and a file of a layer.
func (c Code) readFile(name string) ([]byte, error) {
	info, err := os.Stat(c.Path)
	if err != nil || filepath.IsAbs(name) {
		return nil, nil // a path of the code that is wrong is found by checkCode
	}
	files := os.DirFS(c.Path)
	if !info.IsDir() {
		archive, err := zip.OpenReader(c.Path)
		if err != nil {
			return nil, nil // as above
		}
		defer func() { _ = archive.Close() }()
		files = archive
	}
	text, err := fs.ReadFile(files, path.Clean(name))
	if err != nil {
		return nil, errors.New("the function's zip has no such file")
	}
	return text, nil
}

// setEnvironment makes entries (NAME=value) the process's whole environment.
func setEnvironment(entries []string) {
	os.Clearenv()
	for _, entry := range entries {
		name, value, _ := strings.Cut(entry, "=")
		_ = os.Setenv(name, value) // checkEnv reports a name that the system refuses
	}
}
