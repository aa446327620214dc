package tocsin

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// noStaging is the context by which the CDK leaves assets where they are.
// https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.cx_api-readme.html
const noStaging = "aws:cdk:disable-asset-staging"

// bundled returns the options with a zip of the function's code and the configuration's file, and
// what removes that zip once the CDK has its copy. Without a file, or with code in a bucket, they are
// what they were.
func (c checked) bundled(scope constructs.Construct) (with checked, remove func(), err error) {
	if c.file == nil || c.Code.Path == "" {
		return c, func() {}, nil
	}
	folder, err := os.MkdirTemp("", "tocsin-code-")
	if err != nil {
		return c, nil, fmt.Errorf("config: a folder for the function's zip: %w", err)
	}
	remove = func() { _ = os.RemoveAll(folder) }
	path := filepath.Join(folder, "tocsin.zip")
	if err := bundle(path, c.Code.Path, c.file); err != nil {
		remove()
		return c, nil, fmt.Errorf("config: the file cannot be put beside the program: %w", err)
	}
	if scope.Node().TryGetContext(jsii.String(noStaging)) != nil {
		remove = func() {} // whoever asked for it reads the zip here
	}
	props := *c.Props
	props.Code.Path = path
	return checked{&props, c.threshold}, remove, nil
}

// bundle writes a zip of what lies at a path, a zip or a folder, with the file at its top in place of
// one of the same name. It has the same bytes for the same content.
func bundle(target, path string, file *configFile) (err error) {
	out, err := os.Create(target)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	archive := zip.NewWriter(out)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.IsDir() {
		err = addFolder(archive, os.DirFS(path), file.name)
	} else {
		err = addZip(archive, path, file.name)
	}
	if err != nil {
		return err
	}
	entry, err := archive.CreateHeader(entryOf(file.name, 0o644))
	if err != nil {
		return err
	}
	if _, err := entry.Write(file.text); err != nil {
		return err
	}
	return archive.Close()
}

// entryOf returns the header of a file in the zip.
func entryOf(name string, mode fs.FileMode) *zip.FileHeader {
	header := &zip.FileHeader{
		Name: name, Method: zip.Deflate,
		Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), // the first moment a zip can hold
	}
	header.SetMode(mode)
	return header
}

// addZip copies the files of another zip as they are, but for one.
func addZip(archive *zip.Writer, path, without string) error {
	from, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	for _, file := range from.File {
		if file.Name == without {
			continue
		}
		if err := archive.Copy(file); err != nil {
			return err
		}
	}
	return nil
}

// addFolder adds the files of a folder, but for one. The program can be started whatever the system
// that it lies on says of it.
func addFolder(archive *zip.Writer, files fs.FS, without string) error {
	return fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || name == without {
			return err
		}
		info, err := fs.Stat(files, name) // of what a link leads to
		if err != nil || !info.Mode().IsRegular() {
			return err
		}
		mode := info.Mode().Perm()
		if name == program {
			mode |= 0o111
		}
		from, err := files.Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = from.Close() }()
		to, err := archive.CreateHeader(entryOf(name, mode))
		if err != nil {
			return err
		}
		_, err = io.Copy(to, from)
		return err
	})
}
