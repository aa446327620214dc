package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// sumsName is the file of checksums, as "sha256sum -c" reads it.
const sumsName = "SHA256SUMS"

// sums writes the checksums of all files in a folder into it.
func sums(folder string) error {
	entries, err := os.ReadDir(folder) // in the order of their names
	if err != nil {
		return fmt.Errorf("what is to be summed: %w", err)
	}
	var lines strings.Builder
	for _, entry := range entries {
		if entry.Name() == sumsName {
			continue
		}
		content, err := os.ReadFile(filepath.Join(folder, entry.Name())) //nolint:gosec // the Makefile names the folder
		if err != nil {
			return fmt.Errorf("what is to be summed: %w", err)
		}
		fmt.Fprintf(&lines, "%x  %s\n", sha256.Sum256(content), entry.Name())
	}
	//nolint:gosec // everybody may read the checksums
	if err := os.WriteFile(filepath.Join(folder, sumsName), []byte(lines.String()), 0o644); err != nil {
		return fmt.Errorf("writing the checksums: %w", err)
	}
	return nil
}
