// Package release_test makes releases, and holds what is in them.
package release_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

const tag = "v1.2.3-rc.1"

// programs are what a release is about, by the names of their files: both functions, for both architectures.
func programs() map[string]string {
	return map[string]string{"amd64": "amd64", "arm64": "arm64", "actions-amd64": "amd64", "actions-arm64": "arm64"}
}

// files are what a release is made of, beside its checksums.
func files() []string {
	return []string{
		"LICENSE", "THIRD_PARTY_LICENSES", "tocsin-actions-amd64.cdx.json", "tocsin-actions-amd64.zip", "tocsin-actions-arm64.cdx.json",
		"tocsin-actions-arm64.zip", "tocsin-amd64.cdx.json", "tocsin-amd64.zip", "tocsin-arm64.cdx.json", "tocsin-arm64.zip",
		"tocsin-member.template.json", "tocsin-slack.template.json", "tocsin.template.json",
	}
}

// TestRelease makes a release twice of one commit, in two clones, the second by somebody with other
// settings, and builds the zips in a tree without its history too. All files are the same, byte by byte.
func TestRelease(t *testing.T) {
	origin := tree(t, tag)
	commit := git(t, origin, "rev-parse", "HEAD")
	first, second := clone(t, origin, "first"), clone(t, origin, "a", "longer way", "second")
	exported := export(t, origin, "exported")

	run(t, first, nil, "release")
	run(t, second, otherSettings(), "release")
	run(t, exported, nil, "build")

	folder := filepath.Join(first, "build", "release")
	sums := read(t, folder, "SHA256SUMS")
	checkSums(t, folder, sums)
	checkSums(t, filepath.Join(second, "build", "release"), sums)
	if got := read(t, second, "build", "release", "SHA256SUMS"); got != sums {
		t.Errorf("the second clone has other checksums:\n%s\nwant\n%s", got, sums)
	}
	for of := range programs() {
		name := "tocsin-" + of + ".zip"
		if read(t, exported, "build", name) != read(t, folder, name) {
			t.Errorf("without its history, a tree builds another %s", name)
		}
	}

	t.Run("zips", func(t *testing.T) { checkZips(t, folder) })
	t.Run("SBOM", func(t *testing.T) { checkSBOM(t, folder) })
	t.Run("licences", func(t *testing.T) { checkLicences(t, folder) })
	t.Run("templates", func(t *testing.T) { checkTemplates(t, folder) })
	t.Run("publish", func(t *testing.T) { checkPublish(t, first, exported) })
	t.Run("the function's version", func(t *testing.T) { checkStart(t, folder, commit) })
	t.Run("version", func(t *testing.T) {
		date := git(t, origin, "log", "-1", "--format=%cs")
		run(t, exported, []string{"GOFLAGS=-trimpath"}, "bin/tocsin") // else it would compile everything once more
		if got, want := output(t, exported, "bin/tocsin", "version"), "tocsin version "+tag+" (commit "+commit[:12]+" of "+date+")"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got, want := stampOf(t, first), tag+" "+commit+" "+date; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		// What is no release says so, and what is changed says that too.
		if err := os.WriteFile(filepath.Join(second, "more.txt"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		git(t, second, "tag", "--delete", tag)
		if got, want := stampOf(t, second), "unreleased "+commit+" "+date+" changed"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// stampOf returns what a program of a tree would be told that it is built from.
func stampOf(t *testing.T, tree string) string {
	t.Helper()
	return output(t, tree, "go", "run", "./tools/stamp")
}

// otherSettings are settings of the environment that a release is not made of. For the processor that
// this runs on there are none: they would compile the CDK anew, which takes minutes.
func otherSettings() []string {
	others := map[string]string{"amd64": "GOARM64=v8.2", "arm64": "GOAMD64=v3"}
	return []string{
		others[runtime.GOARCH], "GOFLAGS=-tags=other", "TZ=Asia/Tokyo", "LC_ALL=C", "BUNDLE=README.md", `CDK_CONTEXT_JSON={"sinks":"console"}`,
	}
}

// checkStart starts the function of a release, without a Lambda to ask for work, and holds what its first
// line says that it is.
func checkStart(t *testing.T, folder, commit string) {
	first := startedLine(t, folder, runtime.GOARCH, "SINKS=console", "LEDGER=off")
	const secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf"
	other := startedLine(t, folder, "actions-"+runtime.GOARCH, "SINKS=slack", "SLACK_BOT_TOKEN="+secret, "SLACK_SIGNING_SECRET="+secret, "SLACK_CHANNEL=C0123ABCD",
		"LEDGER=dynamodb", "LEDGER_TABLE=t", "QUEUE_URL=https://sqs.eu-west-1.amazonaws.com/111122223333/q", "AWS_ENDPOINT_URL=http://127.0.0.1:1",
		"AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=x")
	for _, text := range []string{first, other} {
		var line struct{ Message, Version, Commit string }
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if line.Message != "start" || line.Version != tag || line.Commit != commit {
			t.Errorf("got %+v, want %s and %s", line, tag, commit)
		}
	}
}

// startedLine starts one of the functions, and returns the first line that it writes.
func startedLine(t *testing.T, folder, of string, variables ...string) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skipf("the function runs on Linux, and this is %s", runtime.GOOS)
	}
	bootstrap := filepath.Join(t.TempDir(), "bootstrap")
	content, err := io.ReadAll(program(t, folder, of))
	if err == nil {
		err = os.WriteFile(bootstrap, content, 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
	function := exec.CommandContext(t.Context(), bootstrap)
	function.Env = slices.Concat(variables, []string{"AWS_REGION=eu-west-1", "AWS_LAMBDA_RUNTIME_API=127.0.0.1:1"})
	said, _ := function.Output() // it ends with an error, for want of work
	first, _, _ := strings.Cut(string(said), "\n")
	return first
}

// checkPublish publishes a release with a stand-in for gh, which writes down how it was called. What
// has other files than the tag's commit is refused.
func checkPublish(t *testing.T, tree, exported string) {
	folder := t.TempDir()
	called := filepath.Join(folder, "called")
	stand := "#!/bin/sh\nprintf '%s\\n' \"$@\" > '" + called + "'\n"
	if err := os.WriteFile(filepath.Join(folder, "gh"), []byte(stand), 0o700); err != nil {
		t.Fatal(err)
	}
	env := []string{"PATH=" + folder + string(os.PathListSeparator) + os.Getenv("PATH")}
	run(t, tree, env, "publish")
	want := []string{"release", "create", tag, "--verify-tag", "--prerelease", "--title", "Tocsin " + tag, "--notes-file", "docs/release-notes.md"}
	for _, name := range append(files(), "SHA256SUMS") {
		want = append(want, "build/release/"+name)
	}
	got := strings.Split(strings.TrimSpace(read(t, called)), "\n")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("gh was called with %q, want %q", got, want)
	}

	if err := os.Remove(called); err != nil {
		t.Fatal(err)
	}
	for _, stamp := range []string{"unreleased 0123 2026-01-01", tag + " 0123 2026-01-01 changed", ""} {
		if output, err := try(t, exported, env, "publish", "STAMP="+stamp); err == nil || !strings.Contains(output, "want the tag of a release") {
			t.Errorf("%q is published: %v\n%s", stamp, err, output)
		}
	}
	if _, err := os.Stat(called); err == nil {
		t.Error("gh was called for what is no release")
	}
}

// checkSums holds the files of a release against its checksums.
func checkSums(t *testing.T, folder, sums string) {
	t.Helper()
	var want strings.Builder
	for _, name := range files() {
		fmt.Fprintf(&want, "%x  %s\n", sha256.Sum256([]byte(read(t, folder, name))), name)
	}
	if sums != want.String() {
		t.Errorf("checksums of %s:\n%s\nwant\n%s", folder, sums, want.String())
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(files())+1 {
		t.Errorf("%s holds %v", folder, entries)
	}
}

// program returns the program of one of the zips, by its name in programs.
func program(t *testing.T, folder, of string) *bytes.Reader {
	t.Helper()
	archive, err := zip.OpenReader(filepath.Join(folder, "tocsin-"+of+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	if len(archive.File) != 1 || archive.File[0].Name != "bootstrap" || archive.File[0].Mode() != 0o755 {
		t.Fatalf("%s: the zip holds %v", of, archive.File)
	}
	file, err := archive.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(content)
}

// built returns what the Go tool chain says of a program.
func built(t *testing.T, folder, of string) *debug.BuildInfo {
	t.Helper()
	info, err := buildinfo.Read(program(t, folder, of))
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func checkZips(t *testing.T, folder string) {
	wanted := map[string][]string{"amd64": {"GOARCH=amd64", "GOAMD64=v1"}, "arm64": {"GOARCH=arm64", "GOARM64=v8.0"}}
	for of, architecture := range programs() {
		info, want := built(t, folder, of), wanted[architecture]
		var settings []string
		for _, setting := range info.Settings {
			settings = append(settings, setting.Key+"="+setting.Value)
		}
		for _, setting := range append(want, "CGO_ENABLED=0", "GOOS=linux", "-tags=lambda.norpc", "-trimpath=true") {
			if !slices.Contains(settings, setting) {
				t.Errorf("%s: no %s in %v", of, setting, settings)
			}
		}
		if pinned := "\ntoolchain " + info.GoVersion + "\n"; !strings.Contains(read(t, root, "go.mod"), pinned) {
			t.Errorf("%s: built by %s, which go.mod does not name", of, info.GoVersion)
		}
	}
}

// checkSBOM holds each SBOM against what the program itself says is linked into it.
func checkSBOM(t *testing.T, folder string) {
	for of := range programs() {
		var document struct {
			BOMFormat, SpecVersion, SerialNumber string
			Metadata                             struct {
				Timestamp string
				Component struct{ Name, Version string }
			}
			Components []struct{ Name, Version string }
		}
		if err := json.Unmarshal([]byte(read(t, folder, "tocsin-"+of+".cdx.json")), &document); err != nil {
			t.Fatal(err)
		}
		info := built(t, folder, of)
		want := []string{"std " + info.GoVersion}
		for _, module := range info.Deps {
			want = append(want, module.Path+" "+module.Version)
		}
		var got []string
		for _, component := range document.Components {
			got = append(got, component.Name+" "+component.Version)
		}
		slices.Sort(want)
		slices.Sort(got)
		if len(want) < 10 || !slices.Equal(got, want) {
			t.Errorf("%s: components %v, want %v", of, got, want)
		}
		main := document.Metadata.Component
		if document.BOMFormat != "CycloneDX" || main.Name != "github.com/tocsin-sec/tocsin" || main.Version != tag {
			t.Errorf("%s: %+v", of, document.Metadata)
		}
		if document.SerialNumber != "" || document.Metadata.Timestamp != "" {
			t.Errorf("%s: differs from time to time: %+v", of, document.Metadata)
		}
	}
}

// checkLicences holds that every module that is linked has its licence among them.
func checkLicences(t *testing.T, folder string) {
	text := read(t, folder, "THIRD_PARTY_LICENSES")
	for of := range programs() {
		for _, module := range built(t, folder, of).Deps {
			if !strings.Contains(text, "\n"+module.Path+" "+module.Version+": LICENSE") {
				t.Errorf("%s: no licence of %s %s", of, module.Path, module.Version)
			}
		}
	}
	for _, part := range []string{"\nthe Go standard library: LICENSE\n", "Apache License", "Redistributions in binary form must reproduce", "Permission is hereby granted"} {
		if !strings.Contains(text, part) {
			t.Errorf("the licences lack %q", part)
		}
	}
}

// checkTemplates holds that a template needs one upload and two parameters, of which one has a default.
func checkTemplates(t *testing.T, folder string) {
	for name, sinks := range map[string]string{"tocsin.template.json": "sns", "tocsin-slack.template.json": "slack"} {
		var template struct {
			Parameters map[string]struct{ Default string }
			Resources  map[string]struct {
				Type       string
				Properties struct {
					Code        map[string]any
					Environment struct{ Variables map[string]any }
				}
			}
		}
		if err := json.Unmarshal([]byte(read(t, folder, name)), &template); err != nil {
			t.Fatal(err)
		}
		if len(template.Parameters) != 2 || template.Parameters["CodeBucket"].Default != "" || template.Parameters["CodeKey"].Default != "tocsin-arm64.zip" {
			t.Errorf("%s: parameters %v", name, template.Parameters)
		}
		functions := 0
		for _, resource := range template.Resources {
			if resource.Type != "AWS::Lambda::Function" {
				continue
			}
			functions++
			code := resource.Properties.Code
			if fmt.Sprint(code["S3Bucket"], code["S3Key"]) != "map[Ref:CodeBucket] map[Ref:CodeKey]" {
				t.Errorf("%s: the function's code is %v", name, code)
			}
			if got := resource.Properties.Environment.Variables["SINKS"]; got != sinks {
				t.Errorf("%s: SINKS is %v, want %s", name, got, sinks)
			}
		}
		if functions != 1 {
			t.Errorf("%s: %d functions", name, functions)
		}
	}
}
