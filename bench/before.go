package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// before is the commit whose build today's is measured beside: the last one whose ledger made calls
// for each pair of a finding and a sink.
const before = "78fc220"

// errNoCommit says that the build before cannot be made.
var errNoCommit = errors.New("the commit " + before + " is not in this clone; a shallow one has it after git fetch --unshallow")

// buildBefore builds the bootstrap of the commit before from what git holds of it.
func buildBefore(directory string) (path string, err error) {
	if err := exec.Command("git", "cat-file", "-e", before+"^{commit}").Run(); err != nil {
		return "", errNoCommit
	}
	root := filepath.Join(directory, before)
	if err := os.Mkdir(root, 0o700); err != nil {
		return "", err
	}
	archive := root + ".tar"
	if err := exec.Command("git", "archive", "--format=tar", "-o", archive, before).Run(); err != nil {
		return "", fmt.Errorf("git archive %s: %w", before, err)
	}
	if err := exec.Command("tar", "-x", "-f", archive, "-C", root).Run(); err != nil {
		return "", fmt.Errorf("tar -x: %w", err)
	}
	path = filepath.Join(directory, "before")
	return path, compile(root, "./cmd/lambda", path)
}
