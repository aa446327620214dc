package main_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// program is the app, built as a plain binary.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tocsin-cdk")
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return path
}

// run runs the app outside of the project, with extra variables.
func run(t *testing.T, path string, env []string, args ...string) (string, error) {
	t.Helper()
	return runIn(t, t.TempDir(), path, env, args...)
}

func runIn(t *testing.T, folder, path string, env []string, args ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), path, args...)
	command.Dir = folder
	// As the Makefile sets it: jsii goes on to run on Node 20, and says at length that it need not.
	command.Env = append(append(os.Environ(), "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20"), env...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	err := command.Run()
	return stderr.String(), err
}

func TestApp(t *testing.T) {
	app := program(t)
	code := []string{"-c", "codeBucket=code", "-c", "codeKey=tocsin.zip"}

	t.Run("as the CDK's command line runs it", func(t *testing.T) {
		out := t.TempDir()
		stderr, err := run(t, app, []string{
			"CDK_OUTDIR=" + out,
			`CDK_CONTEXT_JSON={"sinks":"slack,sns","emails":"a@example.com","codeBucket":"code","codeKey":"tocsin.zip","env.SLACK_USERNAME":"Tocsin"}`,
		})
		if err != nil {
			t.Fatalf("%v\n%s", err, stderr)
		}
		variables := find(t, read(t, filepath.Join(out, "Tocsin.template.json")), "AWS::Lambda::Function")["Environment"].(map[string]any)["Variables"].(map[string]any)
		if variables["SINKS"] != "slack,sns" || variables["SLACK_USERNAME"] != "Tocsin" {
			t.Errorf("the options are not in the variables: %v", variables)
		}
		lint(t, filepath.Join(out, "Tocsin.template.json"))
	})
	t.Run("a member", func(t *testing.T) {
		out := t.TempDir()
		stderr, err := run(t, app, []string{"CDK_OUTDIR=" + out}, "-c", "hubBusArn=arn:aws:events:eu-west-1:111122223333:event-bus/hub", "-c", "stackName=SecMember")
		if err != nil {
			t.Fatalf("%v\n%s", err, stderr)
		}
		find(t, read(t, filepath.Join(out, "TocsinMember.template.json")), "AWS::Events::Rule")
		lint(t, filepath.Join(out, "TocsinMember.template.json"))
	})
	t.Run("mistakes", func(t *testing.T) {
		stderr, err := run(t, app, nil, append(code, "-c", "sinks=slack,slak", "-c", "minSeverity=x", "-c", "hub=true")...)
		if err == nil {
			t.Fatal("want exit code 1")
		}
		for _, want := range []string{"tocsin: hub: admits nobody", "tocsin: minSeverity:", "tocsin: sinks: entry 2"} {
			if !strings.Contains(stderr, want) {
				t.Errorf("no %q in:\n%s", want, stderr)
			}
		}
	})
	t.Run("a slip in an option", func(t *testing.T) {
		stderr, err := run(t, app, nil, append(code, "-c", "minSeverty=4")...)
		if err == nil || !strings.Contains(stderr, "did you mean minSeverity?") {
			t.Errorf("%v\n%s", err, stderr)
		}
	})
	t.Run("account names in a file", func(t *testing.T) {
		out, names := t.TempDir(), filepath.Join(t.TempDir(), "names.json")
		if err := os.WriteFile(names, []byte("{\"111122223333\":\"prod\"}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if stderr, err := run(t, app, []string{"CDK_OUTDIR=" + out}, append(code, "-c", "accountNames=@"+names)...); err != nil {
			t.Fatalf("%v\n%s", err, stderr)
		}
		variables := find(t, read(t, filepath.Join(out, "Tocsin.template.json")), "AWS::Lambda::Function")["Environment"].(map[string]any)["Variables"].(map[string]any)
		if want := `{"111122223333":"prod"}`; variables["ACCOUNT_NAMES"] != want {
			t.Errorf("ACCOUNT_NAMES is %v, want %s", variables["ACCOUNT_NAMES"], want)
		}
		stderr, err := run(t, app, nil, append(code, "-c", "accountNames=@nothing.json")...)
		if err == nil || !strings.HasPrefix(stderr, "tocsin: accountNames: the file after @ cannot be read") {
			t.Errorf("%v\n%s", err, stderr)
		}
	})
	t.Run("a stack's name", func(t *testing.T) {
		stderr, err := run(t, app, nil, append(code, "-c", "stackName=my stack")...)
		if err == nil || stderr != "tocsin: stackName: want up to 128 letters, digits and -, and a letter first\n" {
			t.Errorf("%v\n%s", err, stderr)
		}
	})
	t.Run("the CDK's flags", func(t *testing.T) {
		out := t.TempDir()
		if stderr, err := run(t, app, []string{"CDK_OUTDIR=" + out}, append(code, "-c", "opsEmails=ops@example.com")...); err != nil || stderr != "" {
			t.Fatalf("%v\n%s", err, stderr)
		}
		checkFlags(t, filepath.Join(out, "manifest.json"))
	})
	t.Run("what is said of the sources", func(t *testing.T) {
		const want = "tocsin: Events of guardduty: "
		stderr, err := run(t, app, nil, "-template", t.TempDir(), "-c", "sources=guardduty", "-c", "withoutEndings=true")
		if err != nil || strings.Count(stderr, want) != 1 || !strings.Contains(stderr, "tocsin: withoutEndings: findings of guardduty ") {
			t.Errorf("%v\n%s", err, stderr)
		}
		// The CDK's command line prints it out of the assembly.
		out := t.TempDir()
		stderr, err = run(t, app, []string{"CDK_OUTDIR=" + out}, append(code, "-c", "opsEmails=ops@example.com", "-c", "sources=guardduty")...)
		manifest, readErr := os.ReadFile(filepath.Join(out, "manifest.json"))
		if metadata, err := filepath.Glob(filepath.Join(out, "*.metadata.json")); err == nil {
			for _, path := range metadata {
				more, _ := os.ReadFile(path)
				manifest = append(manifest, more...)
			}
		}
		if err != nil || readErr != nil || stderr != "" || !bytes.Contains(manifest, []byte(strings.TrimPrefix(want, "tocsin: "))) {
			t.Errorf("%v, %v\n%s", err, readErr, stderr)
		}
	})
	t.Run("mistakes come before a missing zip", func(t *testing.T) {
		stderr, err := run(t, app, nil, "-c", "architecture=../x")
		if err == nil || !strings.Contains(stderr, "tocsin: architecture: want arm64 or amd64") || strings.Contains(stderr, "codePath") {
			t.Errorf("%v\n%s", err, stderr)
		}
	})
	t.Run("no zip and no project", func(t *testing.T) {
		stderr, err := run(t, app, nil)
		if err == nil || !strings.Contains(stderr, "tocsin: codePath: is not set") {
			t.Errorf("%v\n%s", err, stderr)
		}
	})
}

// checkFlags sees that the app sets every flag for which the CDK recommends another value than its
// default.
func checkFlags(t *testing.T, path string) {
	t.Helper()
	artifacts := read(t, path)["artifacts"].(map[string]any)
	report := artifacts["aws-cdk-lib/feature-flag-report"].(map[string]any)["properties"].(map[string]any)
	flags := report["flags"].(map[string]any)
	if len(flags) < 50 {
		t.Fatalf("the report has %d flags", len(flags))
	}
	for name, flag := range flags {
		f := flag.(map[string]any)
		usual := any(false)
		if unset, ok := f["unconfiguredBehavesLike"].(map[string]any); ok && unset["v2"] != nil {
			usual = unset["v2"]
		}
		if f["userValue"] == nil && !reflect.DeepEqual(usual, f["recommendedValue"]) {
			t.Errorf("flags.json lacks %s: %v", name, f["recommendedValue"])
		}
	}
}

func TestTemplates(t *testing.T) {
	app := program(t)
	hub := []string{
		"-c", "sinks=slack,sns", "-c", "hub=true", "-c", "orgId=o-a1b2c3d4e5", "-c", "emails=a@example.com", "-c", "kmsKey=create",
		"-c", "namePrefix=sec", "-c", "tags=team=sec", "-c", "tracing=true", "-c", "subnetIds=subnet-0123456789abcdef0",
		"-c", "vpcId=vpc-0123456789abcdef0", "-c", "env.SLACK_MIN_SEVERITY=low",
	}
	for name, options := range map[string][]string{
		"defaults": nil, "with a hub": hub,
		"and with drills": append(slices.Clone(hub), "-c", "drill=rate(1 day)", "-c", "env.SUMMARY=weekly"),
		"with buttons":    withButtons(),
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, "tocsin.template.json"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if stderr, err := run(t, app, nil, append(options, "-template", folder)...); err != nil {
				t.Fatalf("%v\n%s", err, stderr)
			}
			code := []string{"CodeBucket", "CodeKey"}
			if slices.Contains(options, "actions=true") {
				code = append(code, "ActionsCodeKey")
			}
			for file, parameters := range map[string][]string{"tocsin.template.json": code, "tocsin-member.template.json": {"HubBusArn"}} {
				checkPlain(t, filepath.Join(folder, file), parameters)
			}
		})
	}
}

// withButtons are options of a Slack bot whose messages have buttons.
func withButtons() []string {
	const secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:"
	return []string{
		"-c", "actions=true", "-c", "sinks=slack,sns", "-c", "env.SLACK_CHANNEL=C0123ABCD", "-c", "env.ACTIONS_ALLOW=U012AB3CD",
		"-c", "env.SLACK_BOT_TOKEN=" + secret + "bot-AbCdEf", "-c", "env.SLACK_SIGNING_SECRET=" + secret + "signing-AbCdEf",
	}
}

// Of a stack with buttons both functions have their code.
func TestCodeOfBoth(t *testing.T) {
	app, code := program(t), []string{"-c", "codeBucket=code", "-c", "codeKey=tocsin.zip"}
	stderr, err := run(t, app, nil, append(withButtons(), code...)...)
	if err == nil || !strings.HasPrefix(stderr, "tocsin: actionsCodePath: is not set, and this folder is not in a copy of the project") {
		t.Errorf("%v\n%s", err, stderr)
	}
	out := t.TempDir()
	given := append(withButtons(), append(code, "-c", "actionsCodeBucket=code", "-c", "actionsCodeKey=actions.zip")...)
	if stderr, err := run(t, app, []string{"CDK_OUTDIR=" + out}, given...); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	var keys []string
	for _, resource := range read(t, filepath.Join(out, "Tocsin.template.json"))["Resources"].(map[string]any) {
		if r := resource.(map[string]any); r["Type"] == "AWS::Lambda::Function" {
			keys = append(keys, r["Properties"].(map[string]any)["Code"].(map[string]any)["S3Key"].(string))
		}
	}
	if slices.Sort(keys); !slices.Equal(keys, []string{"actions.zip", "tocsin.zip"}) {
		t.Errorf("the code is %v", keys)
	}
	lint(t, filepath.Join(out, "Tocsin.template.json"))
}

// A mistake is one, whichever of the templates would have it.
func TestMistakeOfTemplates(t *testing.T) {
	stderr, err := run(t, program(t), nil, "-template", t.TempDir(), "-c", "dril=rate(1 day)")
	if n := strings.Count(stderr, "dril: there is no such option"); err == nil || n != 1 {
		t.Errorf("%v: said %d times:\n%s", err, n, stderr)
	}
}

// The templates take the options of cdk.json as the CDK's command line does; what is said with -c
// goes first, then what is in CDK_CONTEXT_JSON.
func TestTemplatesReadCDKJSON(t *testing.T) {
	app := program(t)
	variables := func(t *testing.T, settings string, env []string, args ...string) map[string]any {
		t.Helper()
		folder := t.TempDir()
		if stderr, err := runIn(t, folderWith(t, settings), app, env, append(args, "-template", folder)...); err != nil {
			t.Fatalf("%v\n%s", err, stderr)
		}
		function := find(t, read(t, filepath.Join(folder, "tocsin.template.json")), "AWS::Lambda::Function")
		return function["Environment"].(map[string]any)["Variables"].(map[string]any)
	}
	const settings = `{"app":"go run .","context":{"sinks":["slack","sns"],"minSeverity":7,"env.SLACK_USERNAME":"Tocsin","env.RATE":"2"}}`
	got := variables(t, settings, []string{`CDK_CONTEXT_JSON={"env.SLACK_USERNAME":"Bell","env.RATE":"3"}`}, "-c", "env.RATE=4")
	for name, want := range map[string]string{"SINKS": "slack,sns", "MIN_SEVERITY": "7", "SLACK_USERNAME": "Bell", "RATE": "4"} {
		if got[name] != want {
			t.Errorf("%s is %v, want %s", name, got[name], want)
		}
	}
	if got := variables(t, `{"app":"go run ."}`, nil)["SINKS"]; got != "sns" {
		t.Errorf("without context SINKS is %v", got)
	}
	for settings, want := range map[string]string{
		`{"context":{"minSeverty":"low"}}`: "did you mean minSeverity?",
		`{"context":`:                      "tocsin: cdk.json: ",
		`{"context":["sinks=sns"]}`:        "tocsin: cdk.json: ",
	} {
		stderr, err := runIn(t, folderWith(t, settings), app, nil, "-template", t.TempDir())
		if err == nil || !strings.Contains(stderr, want) {
			t.Errorf("%s: error %v, no %q in:\n%s", settings, err, want, stderr)
		}
	}
}

// folderWith returns a folder with the given cdk.json.
func folderWith(t *testing.T, settings string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "cdk.json"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// checkReadable sees that everybody may read a template, one that was there already too.
func checkReadable(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o644 {
		t.Errorf("%s: mode %o, want 644", path, mode)
	}
}

// checkPlain sees that a template needs nothing of the CDK and has the parameters.
func checkPlain(t *testing.T, path string, parameters []string) {
	t.Helper()
	checkReadable(t, path)
	template := read(t, path)
	for _, part := range []string{"Rules", "Conditions"} {
		if template[part] != nil {
			t.Errorf("%s: has %s", path, part)
		}
	}
	given := template["Parameters"].(map[string]any)
	if len(given) != len(parameters) {
		t.Errorf("%s: parameters %v, want %v", path, given, parameters)
	}
	for _, name := range parameters {
		if given[name] == nil {
			t.Errorf("%s: no parameter %s", path, name)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, trace := range []string{"cdk-hnb659fds", "BootstrapVersion", "CDK::Metadata", "aws:cdk:path"} {
		if bytes.Contains(text, []byte(trace)) {
			t.Errorf("%s: holds %s", path, trace)
		}
	}
	const limit = 51200 // bytes of a template that comes with the call: docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
	if len(text) > limit {
		t.Errorf("%s: %d bytes; without a bucket CloudFormation takes %d", path, len(text), limit)
	}
	lint(t, path)
}

// lint holds a template against CloudFormation's own schemas.
func lint(t *testing.T, path string) {
	t.Helper()
	if _, err := exec.LookPath("cfn-lint"); err != nil {
		t.Log("cfn-lint is not installed; CI has it")
		return
	}
	if output, err := exec.CommandContext(t.Context(), "cfn-lint", path).CombinedOutput(); err != nil {
		t.Errorf("cfn-lint: %v\n%s", err, output)
	}
}

func read(t *testing.T, path string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var template map[string]any
	if err := json.Unmarshal(text, &template); err != nil {
		t.Fatal(err)
	}
	return template
}

// find returns the properties of a resource of the type.
func find(t *testing.T, template map[string]any, kind string) map[string]any {
	t.Helper()
	for _, resource := range template["Resources"].(map[string]any) {
		if r := resource.(map[string]any); r["Type"] == kind {
			return r["Properties"].(map[string]any)
		}
	}
	t.Fatalf("no resource of type %s", kind)
	return nil
}
