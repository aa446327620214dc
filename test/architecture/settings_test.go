package architecture_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks"
)

// sources parses the program's files, without tests, by their paths from the root. The CDK app is a
// module of its own, and read too.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	const root = "../.."
	files := map[string]*ast.File{}
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && (name == "node_modules" || name == "testdata" || len(name) > 2 && name[0] == '.') {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		files[filepath.ToSlash(relative)] = file
		return err
	})
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files, error %v", len(files), err)
	}
	return files
}

// Settings are handed over as a value. Beside the commands only the environment's own source looks
// at the environment of the process, and nobody but a command changes it.
func TestSettingsComeAsAValue(t *testing.T) {
	const source = "pkg/config/environment.go"
	// Where the Lambda Runtime API is, is no setting: a sink may not post to it.
	const runtimeAPI = "sinks/internal/httpsend/rules.go os.Getenv"
	seen := map[string]bool{}
	for path, file := range sources(t) {
		isCommand := strings.HasPrefix(path, "cmd/") || filepath.Dir(path) == "cdk"
		if isCommand || isForTests(filepath.Dir(path)) || strings.HasPrefix(path, "tools/") {
			continue
		}
		ast.Inspect(file, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			from, ok := selector.X.(*ast.Ident)
			reads := slices.Contains([]string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"}, selector.Sel.Name)
			writes := slices.Contains([]string{"Setenv", "Unsetenv", "Clearenv"}, selector.Sel.Name)
			if !ok || from.Name != "os" && from.Name != "syscall" || !reads && !writes {
				return true
			}
			seen[path] = true
			if call := path + " " + from.Name + "." + selector.Sel.Name; call == runtimeAPI && reads {
				return true
			}
			if writes || path != source {
				t.Errorf("%s calls %s.%s; settings come from the config.Source that is handed over", path, from.Name, selector.Sel.Name)
			}
			return true
		})
	}
	if !seen[source] {
		t.Errorf("%s does not read the environment; does this test still see anything?", source)
	}
}

// otherMeanings are the files in which the name of a type of sink means something else, and what.
func otherMeanings() map[string]string {
	return map[string]string{
		"cdk/tocsin/encryption.go":            "the service in an ARN",
		"cdk/tocsin/queue.go":                 "the service in an ARN",
		"cmd/actions/internal/front/queue.go": "the service in a signature",
		"formatter/clean.go":                  "the scheme of a link",
		"pkg/notify/preview.go":               "the form of a message",
		"pkg/queue/queue.go":                  "the service in an ARN",
		"cmd/tocsin/main.go":                  "the documented default of a laptop",

		"cmd/tocsin/internal/deployed/deployed.go": "the service in the name of an endpoint",
	}
}

// What is to be known of a type of sink stands in the table of sinks. Whoever reads that names no
// type.
func TestNobodyNamesASink(t *testing.T) {
	for path, file := range sources(t) {
		folder, _, _ := strings.Cut(path, "/")
		if folder == "sinks" || folder == "test" || folder == "bench" || strings.Contains(path, "/internal/simulation/") || otherMeanings()[path] != "" {
			continue
		}
		ast.Inspect(file, func(node ast.Node) bool {
			literal, ok := node.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err == nil && slices.ContainsFunc(sinks.Table(), func(kind sinks.Type) bool { return kind.Name == text }) {
				t.Errorf("%s names the type of sink %q; what it is to know stands in the table of sinks", path, text)
			}
			return true
		})
	}
}
