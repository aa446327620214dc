package main_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// example is the Terraform example of the docs.
const example = "../docs/examples/terraform"

// configuration is what an example of Terraform consists of: blocks by their type and labels.
type configuration map[string]*hclsyntax.Body

// readExample reads all files of the example with Terraform's own parser.
func readExample(t *testing.T) configuration {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(example, "*.tf"))
	if err != nil || len(paths) < 2 {
		t.Fatalf("files of the example: %v, %v", paths, err)
	}
	all := configuration{}
	for _, path := range paths {
		file, mistakes := hclparse.NewParser().ParseHCLFile(path)
		if mistakes.HasErrors() {
			t.Fatal(mistakes)
		}
		for _, block := range file.Body.(*hclsyntax.Body).Blocks {
			name := strings.Join(append([]string{block.Type}, block.Labels...), ".")
			if all[name] != nil {
				t.Errorf("%s: %s is there twice", path, name)
			}
			all[name] = block.Body
		}
	}
	return all
}

// keys returns the keys of an object, which are words.
func keys(t *testing.T, expression hclsyntax.Expression) []string {
	t.Helper()
	object, ok := expression.(*hclsyntax.ObjectConsExpr)
	if !ok {
		t.Fatalf("%s: want an object", expression.Range())
	}
	var names []string
	for _, item := range object.Items {
		names = append(names, hcl.ExprAsKeyword(item.KeyExpr))
	}
	return names
}

// TestTerraform holds the example against the templates that it deploys.
func TestTerraform(t *testing.T) {
	read := readExample(t)
	stack := read["resource.aws_cloudformation_stack.tocsin"]
	if stack == nil {
		t.Fatal("the example has no stack")
	}
	templates := releaseTemplates(t)
	set := keys(t, stack.Attributes["parameters"].Expr)
	for name, template := range templates {
		for _, parameter := range set {
			if _, ok := template.Parameters[parameter]; !ok {
				t.Errorf("%s has no parameter %s", name, parameter)
			}
		}
		for parameter, p := range template.Parameters {
			if p.Default == nil && !slices.Contains(set, parameter) {
				t.Errorf("%s needs the parameter %s, which is not set", name, parameter)
			}
		}
		checkCapabilities(t, name, template, stack)
		checkOutputs(t, name, template, read)
	}
	if choice := source(t, read["variable.template"]); !strings.Contains(choice, `["tocsin-slack", "tocsin"]`) || len(templates) != 2 {
		t.Errorf("the variable template chooses among others than %v:\n%s", slices.Collect(maps.Keys(templates)), choice)
	}
	checkReferences(t, read)
}

// plain is a plain template.
type plain struct {
	Parameters map[string]struct{ Default any }
	Outputs    map[string]any
	Resources  map[string]struct {
		Type       string
		Properties map[string]any
	}
}

// releaseTemplates writes the two templates that a release has for the example, as make release does, and
// returns them by their names.
func releaseTemplates(t *testing.T) map[string]plain {
	t.Helper()
	app := program(t)
	templates := map[string]plain{}
	for name, options := range map[string][]string{"tocsin": nil, "tocsin-slack": {"-c", "sinks=slack"}} {
		folder := t.TempDir()
		if stderr, err := run(t, app, nil, append(options, "-template", folder)...); err != nil {
			t.Fatalf("%v\n%s", err, stderr)
		}
		text, err := os.ReadFile(filepath.Join(folder, "tocsin.template.json"))
		if err != nil {
			t.Fatal(err)
		}
		var template plain
		if err := json.Unmarshal(text, &template); err != nil {
			t.Fatal(err)
		}
		templates[name] = template
	}
	return templates
}

// checkCapabilities sees that the stack has the capability that its roles need: names of their own
// need another one. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
func checkCapabilities(t *testing.T, name string, template plain, stack *hclsyntax.Body) {
	t.Helper()
	given, mistakes := stack.Attributes["capabilities"].Expr.Value(nil)
	if mistakes.HasErrors() {
		t.Fatal(mistakes)
	}
	if len(given.AsValueSlice()) != 1 || given.AsValueSlice()[0].AsString() != "CAPABILITY_IAM" {
		t.Errorf("capabilities %s", given.GoString())
	}
	for id, resource := range template.Resources {
		if strings.HasPrefix(resource.Type, "AWS::IAM::") && resource.Properties["RoleName"] != nil {
			t.Errorf("%s: %s has a name of its own, which needs CAPABILITY_NAMED_IAM", name, id)
		}
	}
}

// checkOutputs sees that the template has each output that the example reads by its name.
func checkOutputs(t *testing.T, name string, template plain, read configuration) {
	t.Helper()
	seen := 0
	for _, reference := range references(read) {
		if reference.RootName() != "aws_cloudformation_stack" || len(reference) < 4 {
			continue
		}
		index, ok := reference[3].(hcl.TraverseIndex)
		if !ok {
			t.Errorf("%s: want an output by its name", reference.SourceRange())
			continue
		}
		seen++
		if output := index.Key.AsString(); template.Outputs[output] == nil {
			t.Errorf("%s has no output %s", name, output)
		}
	}
	if seen == 0 {
		t.Error("the example reads no output")
	}
}

// references returns everything that the example refers to.
func references(read configuration) []hcl.Traversal {
	var all []hcl.Traversal
	for _, body := range read {
		_ = hclsyntax.VisitAll(body, func(node hclsyntax.Node) hcl.Diagnostics {
			if expression, ok := node.(*hclsyntax.ScopeTraversalExpr); ok {
				all = append(all, expression.Traversal)
			}
			return nil
		})
	}
	return all
}

// checkReferences sees that whatever the example refers to is there, and that each variable is used.
func checkReferences(t *testing.T, read configuration) {
	t.Helper()
	used := map[string]bool{}
	for _, reference := range references(read) {
		root := reference.RootName()
		if root == "each" || len(reference) < 2 {
			continue // a keyword
		}
		second := reference[1].(hcl.TraverseAttr).Name
		switch root {
		case "var":
			used["variable."+second] = true
		case "local":
			if read["locals"].Attributes[second] == nil {
				t.Errorf("%s: no local %s", reference.SourceRange(), second)
			}
		default:
			if read["resource."+root+"."+second] == nil {
				t.Errorf("%s: no resource %s.%s", reference.SourceRange(), root, second)
			}
		}
	}
	for name := range used {
		if read[name] == nil {
			t.Errorf("no %s", name)
		}
	}
	for name, body := range read {
		if !strings.HasPrefix(name, "variable.") {
			continue
		}
		if body.Attributes["description"] == nil || body.Attributes["type"] == nil {
			t.Errorf("%s: want a description and a type", name)
		}
		if !used[name] {
			t.Errorf("%s is not used", name)
		}
	}
}

// source returns the text of a block.
func source(t *testing.T, body *hclsyntax.Body) string {
	t.Helper()
	text, err := os.ReadFile(body.Range().Filename)
	if err != nil {
		t.Fatal(err)
	}
	return string(body.Range().SliceBytes(text))
}

// TestTerraformDeploys applies the example with Terraform itself, to an emulator.
func TestTerraformDeploys(t *testing.T) {
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		t.Skip("terraform is not installed")
	}
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(example)); err != nil {
		t.Fatal(err)
	}
	call := func(env []string, args ...string) (string, error) {
		command := exec.CommandContext(t.Context(), terraform, append(args, "-no-color")...)
		command.Dir = folder
		command.Env = append(os.Environ(), env...)
		output, err := command.CombinedOutput()
		return string(output), err
	}
	if output, err := call(nil, "fmt", "-check", "-diff"); err != nil {
		t.Errorf("terraform fmt: %v\n%s", err, output)
	}
	if output, err := call(nil, "init"); err != nil {
		t.Skipf("terraform cannot get the provider for AWS; a mirror in its configuration helps: %s", output)
	}
	if output, err := call(nil, "validate"); err != nil {
		t.Fatalf("terraform validate: %v\n%s", err, output)
	}
	config := emulator(t)
	writeProvider(t, folder, config.Region)
	env := []string{"AWS_ENDPOINT_URL=" + *config.BaseEndpoint, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test"}
	release := writeRelease(t)
	apply := []string{"apply", "-auto-approve", "-var", "release=" + release, "-var", `ops_emails=["a@example.com"]`, "-var", "enable_guardduty=true"}
	output, err := call(env, apply...)
	if err != nil || !strings.Contains(output, "7 added") || !strings.Contains(output, "TocsinFillSlackWebhook") {
		t.Fatalf("terraform apply: %v\n%s", err, output)
	}
	// What is not the release is not uploaded.
	if err := os.WriteFile(filepath.Join(release, "tocsin-arm64.zip"), []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := call(env, apply...); err == nil || !strings.Contains(output, "The zip is not the one in SHA256SUMS.") {
		t.Errorf("another zip: %v\n%s", err, output)
	}
}

// writeProvider adds what an emulator needs beside the example.
func writeProvider(t *testing.T, folder, region string) {
	t.Helper()
	text := fmt.Sprintf("provider \"aws\" {\n  region = %q\n  s3_use_path_style = true\n  skip_credentials_validation = true\n  skip_metadata_api_check = true\n}\n", region)
	if err := os.WriteFile(filepath.Join(folder, "emulator.tf"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// writeRelease writes what the example needs of a release, with a stand-in for the zip.
func writeRelease(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if stderr, err := run(t, program(t), nil, "-template", folder, "-c", "sinks=slack"); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	const template, code = "tocsin-slack.template.json", "tocsin-arm64.zip"
	if err := os.Rename(filepath.Join(folder, "tocsin.template.json"), filepath.Join(folder, template)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, code), []byte("a zip"), 0o600); err != nil {
		t.Fatal(err)
	}
	var sums strings.Builder
	for _, name := range []string{template, code} {
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(content), name)
	}
	if err := os.WriteFile(filepath.Join(folder, "SHA256SUMS"), []byte(sums.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}
