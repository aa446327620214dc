package architecture_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestDependencies keeps a line in the docs for each library that a module of the project requires
// itself.
func TestDependencies(t *testing.T) {
	page, err := os.ReadFile("../../docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 || strings.TrimSpace(cells[2]) == "" || strings.TrimSpace(cells[3]) == "" {
			continue
		}
		for i, name := range strings.Split(cells[1], "`") {
			if i%2 == 1 {
				documented[name] = true
			}
		}
	}
	for _, file := range []string{"../../go.mod", "../../cdk/go.mod"} {
		for _, library := range required(t, file) {
			if !documented[library] && !strings.HasPrefix(library+"/", module) {
				t.Errorf("%s requires %s, which has no line in docs/dependencies.md", file, library)
			}
		}
	}
}

// required returns the libraries that a module requires itself.
func required(t *testing.T, file string) []string {
	t.Helper()
	output, err := exec.Command("go", "mod", "edit", "-json", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(output, &mod); err != nil {
		t.Fatal(err)
	}
	var libraries []string
	for _, require := range mod.Require {
		if !require.Indirect {
			libraries = append(libraries, require.Path)
		}
	}
	if len(libraries) == 0 {
		t.Fatalf("%s requires nothing", file)
	}
	return libraries
}
