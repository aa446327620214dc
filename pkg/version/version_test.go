package version_test

import (
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/version"
)

func TestOf(t *testing.T) {
	stamped := []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "0123"}}
	for name, test := range map[string]struct {
		main             string
		settings         []debug.BuildSetting
		release, commit  string
		version, revised string
	}{
		"nothing":               {"", nil, "", "", "", ""},
		"a tree in development": {"(devel)", nil, "", "", "", ""},
		"the tool chain's":      {"v1.1.0", stamped, "", "", "v1.1.0", "0123"},
		"the build's":           {"(devel)", nil, "v1.2.0", "abc", "v1.2.0", "abc"},
		"both":                  {"v0.0.0-2026", stamped, "v1.2.0", "abc", "v1.2.0", "abc"},
		"a release alone":       {"(devel)", stamped, "v1.2.0", "", "v1.2.0", "0123"},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: test.main}, Settings: test.settings}
		if got, revised := version.From(info, test.release, test.commit); got != test.version || revised != test.revised {
			t.Errorf("%s: got %q and %q, want %q and %q", name, got, revised, test.version, test.revised)
		}
	}
}

// The linker finds both variables under the names that a build gives it.
func TestTheLinkerSetsIt(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program")
	const at = "-X github.com/tocsin-sec/tocsin/pkg/version."
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "-ldflags", at+"release=v9.8.7 "+at+"commit=fedcba", "./testdata")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	said, err := exec.CommandContext(t.Context(), program).Output()
	if err != nil || strings.TrimSpace(string(said)) != "v9.8.7 fedcba" {
		t.Errorf("got %q, %v", said, err)
	}
}
