// Command zip packs one program for Lambda: always the same bytes for the same program, and the
// executable bit set whatever the system it runs on.
package main

import (
	"archive/zip"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: zip PROGRAM ZIPFILE")
		os.Exit(2)
	}
	if err := pack(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "zip:", err)
		os.Exit(1)
	}
}

func pack(program, target string) error {
	content, err := os.ReadFile(program) //nolint:gosec // the Makefile names the files
	if err != nil {
		return fmt.Errorf("reading the program: %w", err)
	}
	file, err := os.Create(target) //nolint:gosec // the Makefile names the files
	if err != nil {
		return fmt.Errorf("creating the zip: %w", err)
	}
	archive := zip.NewWriter(file)
	header := &zip.FileHeader{
		Name:     filepath.Base(program),
		Method:   zip.Deflate,
		Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), // the first moment a zip can hold
	}
	header.SetMode(0o755)
	entry, err := archive.CreateHeader(header)
	if err != nil {
		return fmt.Errorf("adding to the zip: %w", err)
	}
	if _, err := entry.Write(content); err != nil {
		return fmt.Errorf("writing the zip: %w", err)
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("closing the zip: %w", err)
	}
	return file.Close()
}
