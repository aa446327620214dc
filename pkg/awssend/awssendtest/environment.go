package awssendtest

import (
	"os"
	"strings"
	"testing"
)

// Environment gives a test the AWS variables of an account that does not exist, with the given ones in
// their place or beside them, and no others.
func Environment(t testing.TB, variables map[string]string) {
	t.Helper()
	for _, text := range os.Environ() {
		if name, _, _ := strings.Cut(text, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "") // which puts it back in the end
			os.Unsetenv(name)
		}
	}
	all := map[string]string{ //nolint:gosec // the account does not exist
		"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	}
	for name, value := range variables {
		all[name] = value
	}
	for name, value := range all {
		t.Setenv(name, value)
	}
}
