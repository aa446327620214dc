package release_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// tree returns a clone of a repository of its own, which holds the project as it is in this folder, in
// one commit with the tag of a release.
func tree(t *testing.T, tag string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "origin")
	if err := copyProject(root, folder); err != nil {
		t.Fatal(err)
	}
	git(t, folder, "init", "--quiet")
	git(t, folder, "add", "--all")
	git(t, folder, "commit", "--quiet", "--message", "A release")
	git(t, folder, "tag", tag)
	return folder
}

// copyProject copies all files but for what is built and what belongs to git.
func copyProject(from, to string) error {
	made := []string{".git", "build", "bin", "node_modules", "cdk.out"}
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if slices.Contains(made, entry.Name()) && (entry.IsDir() || entry.Name() == ".git") {
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		target := filepath.Join(to, name)
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, info.Mode().Perm())
	})
}

// git runs a command of git, whose settings are none but these.
func git(t *testing.T, folder string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=Tocsin", "-c", "user.email=tocsin@example.com"}, args...)...)
	command.Dir = folder
	command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", args, err, output)
	}
	return strings.TrimSpace(string(output))
}

// clone clones a repository into a folder that it makes.
func clone(t *testing.T, origin string, folder ...string) string {
	t.Helper()
	to := filepath.Join(append([]string{t.TempDir()}, folder...)...)
	git(t, ".", "clone", "--quiet", origin, to)
	return to
}

// export writes what git archive makes of a repository: a tree without its history.
func export(t *testing.T, origin string, folder ...string) string {
	t.Helper()
	to := filepath.Join(append([]string{t.TempDir()}, folder...)...)
	packed := filepath.Join(t.TempDir(), "project.tar")
	git(t, origin, "archive", "--output", packed, "HEAD")
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.CommandContext(t.Context(), "tar", "-xf", packed, "-C", to).CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, output)
	}
	return to
}

// run runs make in a tree.
func run(t *testing.T, folder string, env []string, args ...string) {
	t.Helper()
	if output, err := try(t, folder, env, args...); err != nil {
		t.Fatalf("make %s in %s: %v\n%s", args, folder, err, output)
	}
}

// try runs make in a tree, and returns all that it prints. What a make around this test has told its
// children is kept from it.
func try(t *testing.T, folder string, env []string, args ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "make", args...)
	command.Dir = folder
	around := func(v string) bool {
		return strings.HasPrefix(v, "MAKE") || strings.HasPrefix(v, "MFLAGS=") || strings.HasPrefix(v, "STAMP=") || strings.HasPrefix(v, "GOTOOLCHAIN=")
	}
	command.Env = append(slices.DeleteFunc(os.Environ(), around), env...)
	output, err := command.CombinedOutput()
	return string(output), err
}

// read returns a file of a tree.
func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// output returns what a program prints in a folder.
func output(t *testing.T, folder, program string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, args...)
	command.Dir = folder
	text, err := command.Output()
	if err != nil {
		t.Fatalf("%s %s: %v", program, args, err)
	}
	return strings.TrimSpace(string(text))
}
