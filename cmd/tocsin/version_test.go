package main

import (
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
