package main

import (
	"os/exec"
	"testing"
)

func TestFromArchive(t *testing.T) {
	for text, want := range map[string]string{
		"$Format:%H %cs %(describe:tags=true,match=v[0-9]*)$\n": "",
		"":                                   "",
		"0123 2026-11-02 \n":                 "unreleased 0123 2026-11-02",
		"0123 2026-11-02 v1.2.0\n":           "v1.2.0 0123 2026-11-02",
		"0123 2026-11-02 v1.2.0-rc.1+5\n":    "v1.2.0-rc.1+5 0123 2026-11-02",
		"0123 2026-11-02 v1.2.0-14-g2414721": "unreleased 0123 2026-11-02",
		// A git that cannot describe while it archives leaves the placeholder.
		"0123 2026-11-02 %(describe:tags=true,match=v[0-9]*)": "unreleased 0123 2026-11-02",
		// What a shell would take for a command of its own names no release.
		"0123 2026-11-02 v1.2.0$(id)": "unreleased 0123 2026-11-02",
	} {
		if got := fromArchive(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestFromGit(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	t.Setenv("GIT_CONFIG_GLOBAL", "/dev/null")
	t.Setenv("GIT_CEILING_DIRECTORIES", folder)
	if got := fromGit(t.Context()); got != "" {
		t.Errorf("a folder without history: %q", got)
	}
	run := func(args ...string) string {
		t.Helper()
		output, err := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("git %s: %v\n%s", args, err, output)
		}
		return string(output)
	}
	run("init", "--quiet")
	run("commit", "--quiet", "--allow-empty", "--message", "one")
	of := run("log", "-1", "--format=%H %cs")
	of = of[:len(of)-1]
	if got, want := fromGit(t.Context()), "unreleased "+of; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	run("tag", "v1.2.0;id")
	if got, want := fromGit(t.Context()), "unreleased "+of; got != want {
		t.Errorf("a tag that a shell would run: got %q, want %q", got, want)
	}
	run("tag", "--delete", "v1.2.0;id")
	run("tag", "v1.2.0")
	if got, want := fromGit(t.Context()), "v1.2.0 "+of; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
