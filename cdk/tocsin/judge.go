package tocsin

import (
	"archive/zip"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// judge reads the variables as the function does when it starts, with the function's own code
// (pkg/config, the sinks and all that pkg/app wires). It returns the lowest threshold of all
// instances, or one error for each mistake, which begins with the variable's name. Nothing is sent,
// no secret is read, and nothing of this machine counts; a file that a variable names is looked for
// beside the function's program.
func (p *Props) judge(variables map[string]string) (finding.Threshold, []error) {
	//nolint:forbidigo // a construct is given no context, and what is only judged waits for nothing
	lowest, err := app.Judge(context.Background(), app.Options{
		Settings: config.Texts(variables), Sinks: p.table(), ReadFile: p.Code.readFile,
	})
	return lowest, app.Mistakes(err)
}

// readFile reads a file that lies beside the function's program. What cannot be looked at from here
// reads as empty: code in a bucket, and a file of a layer.
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
