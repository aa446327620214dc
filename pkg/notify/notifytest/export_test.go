package notifytest

import (
	"testing"
	"time"
)

// Failures runs the kit's cases of the given names, all for none, and gives what went wrong in
// each.
func Failures(t testing.TB, k Kit, patience time.Duration, names ...string) map[string][]error {
	failures := map[string][]error{}
	for _, c := range cases(k) {
		if len(names) > 0 && !contains(names, c.name) {
			continue
		}
		if errs := c.failures(t, k, patience); len(errs) > 0 {
			failures[c.name] = errs
		}
	}
	return failures
}

func contains(names []string, name string) bool {
	for _, one := range names {
		if one == name {
			return true
		}
	}
	return false
}
