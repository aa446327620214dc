package release_test

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// workflow is what is held of a workflow of GitHub; actionlint, in make lint, holds the rest.
type workflow struct {
	Permissions map[string]string
	Jobs        map[string]struct {
		Permissions map[string]string
		Steps       []struct {
			Run  string
			Uses yaml.Node
		}
	}
}

// TestWorkflows holds that the workflows call the Makefile and nothing else, take actions by their
// commits, since a tag can be moved, and have no rights but those that they need.
func TestWorkflows(t *testing.T) {
	makefile := read(t, root, "Makefile")
	paths, err := filepath.Glob(filepath.Join(root, ".github", "workflows", "*.yml"))
	if err != nil || len(paths) != 2 {
		t.Fatalf("workflows: %v, %v", paths, err)
	}
	for _, path := range paths {
		var w workflow
		if err := yaml.Unmarshal([]byte(read(t, path)), &w); err != nil {
			t.Fatal(err)
		}
		if len(w.Permissions) != 1 || w.Permissions["contents"] != "read" {
			t.Errorf("%s: permissions %v", path, w.Permissions)
		}
		for name, job := range w.Jobs {
			isRelease := filepath.Base(path) == "release.yml"
			if len(job.Permissions) != 0 && (!isRelease || len(job.Permissions) != 1 || job.Permissions["contents"] != "write") {
				t.Errorf("%s: %s: permissions %v", path, name, job.Permissions)
			}
			for _, step := range job.Steps {
				if uses := step.Uses.Value; uses != "" && !regexp.MustCompile(`^actions/[a-z-]+@[0-9a-f]{40}$`).MatchString(uses) {
					t.Errorf("%s: %s is not pinned to a commit of an action of GitHub's own", path, uses)
				}
				if step.Uses.Value != "" && !regexp.MustCompile(`^# v\d+\.\d+\.\d+$`).MatchString(step.Uses.LineComment) {
					t.Errorf("%s: %s does not say which version that is", path, step.Uses.Value)
				}
				target, isMake := strings.CutPrefix(step.Run, "make ")
				if step.Run != "" && step.Run != ".ci/run" && (!isMake || !strings.Contains(makefile, "\n"+target+": ")) {
					t.Errorf("%s: runs %q, which is neither .ci/run nor a target of the Makefile", path, step.Run)
				}
			}
		}
	}
}

// TestDependabot holds that every module and every package.json is watched.
func TestDependabot(t *testing.T) {
	var dependabot struct {
		Version int
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directories []string
			Schedule    struct{ Interval string }
			Groups      map[string]struct{ Patterns []string }
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, root, ".github", "dependabot.yml")), &dependabot); err != nil {
		t.Fatal(err)
	}
	watched := map[string][]string{}
	for _, update := range dependabot.Updates {
		watched[update.Ecosystem] = append(watched[update.Ecosystem], update.Directories...)
		if update.Schedule.Interval != "weekly" || len(update.Groups) != 1 {
			t.Errorf("%s: %+v", update.Ecosystem, update)
		}
	}
	want := map[string][]string{"gomod": folders(t, "go.mod"), "npm": folders(t, "package.json"), "github-actions": {"/"}}
	if dependabot.Version != 2 || len(watched) != len(want) {
		t.Errorf("version %d, ecosystems %v", dependabot.Version, watched)
	}
	for ecosystem, there := range want {
		slices.Sort(watched[ecosystem])
		if len(there) == 0 || !slices.Equal(watched[ecosystem], there) {
			t.Errorf("%s: watches %v, want %v", ecosystem, watched[ecosystem], there)
		}
	}
}

// folders returns the folders of the project that hold a file of this name, in order.
func folders(t *testing.T, file string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{".git", "node_modules", "build", "cdk.out"}, entry.Name()) {
			return filepath.SkipDir
		}
		if entry.Name() == file {
			name, err := filepath.Rel(root, filepath.Dir(path))
			if err != nil {
				return err
			}
			found = append(found, strings.TrimSuffix("/"+filepath.ToSlash(name), "/."))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range found {
		if found[i] == "" {
			found[i] = "/"
		}
	}
	slices.Sort(found)
	return found
}
