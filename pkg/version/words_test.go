package version_test

import (
	"runtime/debug"
	"slices"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/version"
)

func TestWords(t *testing.T) {
	const revision, moment = "0123456789abcdef0123456789abcdef01234567", "2026-11-02T10:00:00Z"
	stamped := []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: revision}, {Key: "vcs.time", Value: moment}}
	modified := slices.Concat(stamped, []debug.BuildSetting{{Key: "vcs.modified", Value: "true"}})
	for _, test := range []struct {
		version  string
		settings []debug.BuildSetting
		stamp    [4]string
		want     string
	}{
		{"(devel)", stamped, [4]string{}, "unreleased (commit 0123456789ab of 2026-11-02)"},
		{"v1.2.0", stamped, [4]string{}, "v1.2.0 (commit 0123456789ab of 2026-11-02)"},
		{"v1.2.0", modified, [4]string{}, "v1.2.0 (commit 0123456789ab of 2026-11-02, with changes that are not committed)"},
		{"(devel)", modified, [4]string{"v1.3.0", "ffffffffffffffff", "2026-01-01", ""}, "v1.3.0 (commit ffffffffffff of 2026-01-01)"},
		{"(devel)", nil, [4]string{"", "fedcba9876543210", "2026-01-01", "changed"}, "unreleased (commit fedcba987654 of 2026-01-01, with changes that are not committed)"},
		{"(devel)", nil, [4]string{"", "fed"}, "unreleased (commit fed of an unknown date)"},
		{"v1.2.0", nil, [4]string{}, "v1.2.0 (the commit is unknown: build with make, or with -buildvcs=true)"},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: test.version}, Settings: test.settings}
		if got := version.WordsFrom(info, test.stamp); got != test.want {
			t.Errorf("%q with %+v: got %s, want %s", test.version, test.stamp, got, test.want)
		}
	}
}
