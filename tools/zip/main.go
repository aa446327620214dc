// Command zip packs one program for Lambda, and the files that it reads: always the same bytes for
// the same content, and the program's executable bit set whatever the system it runs on.
package main

import (
	"archive/zip"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: zip PROGRAM ZIPFILE [FILE...]")
		os.Exit(2)
	}
	if err := pack(os.Args[2], os.Args[1], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, "zip:", err)
		os.Exit(1)
	}
}

// pack writes the zip: the program, and beside it the files that it reads.
func pack(target, program string, files []string) error {
	file, err := os.Create(target) //nolint:gosec // the Makefile names the files
	if err != nil {
		return fmt.Errorf("creating the zip: %w", err)
	}
	archive := zip.NewWriter(file)
	if err := add(archive, program, 0o755); err != nil {
		return err
	}
	for _, name := range files {
		if err := add(archive, name, 0o644); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("closing the zip: %w", err)
	}
	return file.Close()
}

// add puts a file at the top of the zip.
func add(archive *zip.Writer, name string, mode os.FileMode) error {
	content, err := os.ReadFile(name) //nolint:gosec // the Makefile names the files
	if err != nil {
		return fmt.Errorf("reading what is packed: %w", err)
	}
	header := &zip.FileHeader{
		Name:     filepath.Base(name),
		Method:   zip.Deflate,
		Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), // the first moment a zip can hold
	}
	header.SetMode(mode)
	entry, err := archive.CreateHeader(header)
	if err != nil {
		return fmt.Errorf("adding to the zip: %w", err)
	}
	if _, err := entry.Write(content); err != nil {
		return fmt.Errorf("writing the zip: %w", err)
	}
	return nil
}
