// Package version says what the program was built from.
package version

import (
	"cmp"
	"runtime/debug"
)

// release and commit are what the build says of itself, where the Go tool chain stamps nothing:
//
//	go build -ldflags "-X github.com/tocsin-sec/tocsin/pkg/version.release=v1.2.0 -X ....commit=0123456789ab"
//
//nolint:gochecknoglobals // the linker sets variables only: https://pkg.go.dev/cmd/link
var release, commit string

// Of returns the release, such as "v1.2.0", and the commit; each is empty where nobody has said it. What
// the build says counts before what the Go tool chain has stamped into the program, which knows no tag
// of a tree without its history.
func Of() (version, revision string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = new(debug.BuildInfo)
	}
	return of(info, release, commit)
}

// of returns release and commit, and takes from the tool chain's stamp what of them is empty:
// https://pkg.go.dev/runtime/debug#BuildSetting
func of(info *debug.BuildInfo, release, commit string) (version, revision string) {
	version, revision = release, commit
	if info.Main.Version != "(devel)" {
		version = cmp.Or(version, info.Main.Version)
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			revision = cmp.Or(revision, setting.Value)
		}
	}
	return version, revision
}
