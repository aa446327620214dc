package main

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	code, asCommand, stderr := tocsin(t, "", nil, "version")
	flagCode, asFlag, _ := tocsin(t, "", nil, "--version")
	if code != exitDone || flagCode != exitDone || asCommand != asFlag || !strings.HasPrefix(asFlag, "tocsin version ") || strings.Contains(asFlag, "(devel)") {
		t.Errorf("exit codes %d and %d: %q and %q: %s", code, flagCode, asCommand, asFlag, stderr)
	}
}

func TestWhatWasBuilt(t *testing.T) {
	const revision, time = "0123456789abcdef0123456789abcdef01234567", "2026-11-02T10:00:00Z"
	stamped := []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: revision}, {Key: "vcs.time", Value: time}}
	for _, test := range []struct {
		version  string
		settings []debug.BuildSetting
		found    string
		want     string
	}{
		{"(devel)", stamped, "", "unreleased (commit 0123456789ab of 2026-11-02)"},
		{"v1.2.0", stamped, "", "v1.2.0 (commit 0123456789ab of 2026-11-02)"},
		{
			"v1.2.0", append(stamped[:3:3], debug.BuildSetting{Key: "vcs.modified", Value: "true"}), "",
			"v1.2.0 (commit 0123456789ab of 2026-11-02, with changes that are not committed)",
		},
		{"", stamped, "ffffffffffffff 2026-01-01", "unreleased (commit 0123456789ab of 2026-11-02)"},
		{"(devel)", nil, "fedcba9876543210 2026-01-01", "unreleased (commit fedcba987654 of 2026-01-01)"},
		{"(devel)", nil, "fed", "unreleased (commit fed of an unknown date)"},
		{"v1.2.0", nil, "", "v1.2.0 (the commit is unknown: build with make, or with -buildvcs=true)"},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: test.version}, Settings: test.settings}
		if got := versionOf(info, test.found); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}
