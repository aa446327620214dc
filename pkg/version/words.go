package version

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"strings"
)

// date is that of the commit, 2026-11-02, and changed is "changed" where the tree that was built held
// more than the commit: what make says beside release and commit.
//
//nolint:gochecknoglobals // the linker sets variables only: https://pkg.go.dev/cmd/link
var date, changed string

// Words returns the release, the commit, its date and whether the tree held changes, for people.
func Words() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = new(debug.BuildInfo)
	}
	return words(info, stamp{release, commit, date, changed})
}

// stamp is what make has written into the program.
type stamp struct{ release, commit, date, changed string }

// words puts the stamp into words. Where it is empty they are those of the Go tool chain:
// https://pkg.go.dev/runtime/debug#BuildSetting
func words(info *debug.BuildInfo, s stamp) string {
	tag, revision := of(info, s.release, s.commit)
	tag = cmp.Or(tag, "unreleased")
	if revision == "" {
		return tag + " (the commit is unknown: build with make, or with -buildvcs=true)"
	}
	if s.commit == "" {
		for _, setting := range info.Settings {
			switch {
			case setting.Key == "vcs.time":
				s.date, _, _ = strings.Cut(setting.Value, "T")
			case setting.Key == "vcs.modified" && setting.Value == "true":
				s.changed = "changed"
			}
		}
	}
	more := ""
	if s.changed != "" {
		more = ", with changes that are not committed"
	}
	return fmt.Sprintf("%s (commit %s of %s%s)", tag, revision[:min(len(revision), 12)], cmp.Or(s.date, "an unknown date"), more)
}
