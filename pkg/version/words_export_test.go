package version

import "runtime/debug"

// WordsFrom is words, for tests; the stamp is release, commit, date and what is changed.
func WordsFrom(info *debug.BuildInfo, s [4]string) string {
	return words(info, stamp{s[0], s[1], s[2], s[3]})
}
