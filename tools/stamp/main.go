// Command stamp prints what a program is built from, for the linker to write into pkg/version: the
// release, the commit, its date and, if there are some, that there are changes that are not committed.
// It says the same in a clone and in what git archive made of the same commit, so that both build the
// same program.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
)

// unreleased stands for the release of what no tag names.
const unreleased = "unreleased"

// releaseName is what the tag of a release looks like, and nothing that means something to a shell:
// https://semver.org/
const releaseName = `^v[0-9]+\.[0-9]+\.[0-9]+[-+.0-9A-Za-z]*$`

// furtherBack ends what git describe says of a tag that is not the commit's own: how many commits
// there are since, and the commit.
const furtherBack = `-[0-9]+-g[0-9a-f]+$`

// archive is the commit, its date and what git describe says of it, in a tree that git archive wrote;
// else the placeholders for them: https://git-scm.com/docs/gitattributes#_export_subst
//
//go:embed archive.txt
var archive string

func main() {
	ctx := context.Background()
	if words := fromGit(ctx); words != "" {
		fmt.Println(words)
		return
	}
	fmt.Println(fromArchive(archive))
}

// fromGit returns the stamp of the clone that this is, or nothing: a folder inside another project's
// clone is not that project.
func fromGit(ctx context.Context) string {
	if prefix, err := git(ctx, "rev-parse", "--show-prefix"); err != nil || prefix != "" {
		return ""
	}
	commit, err := git(ctx, "log", "-1", "--format=%H %cs")
	if err != nil {
		return ""
	}
	release, err := git(ctx, "describe", "--tags", "--exact-match", "--match", "v[0-9]*")
	if err != nil || !regexp.MustCompile(releaseName).MatchString(release) {
		release = unreleased
	}
	words := release + " " + commit
	if changes, err := git(ctx, "status", "--porcelain"); err != nil || changes != "" {
		words += " changed"
	}
	return words
}

// fromArchive returns the stamp of a tree that git archive wrote, or nothing.
func fromArchive(text string) string {
	words := strings.Fields(text)
	if len(words) < 2 || strings.Contains(text, "$Format") {
		return ""
	}
	release := unreleased
	if len(words) == 3 && regexp.MustCompile(releaseName).MatchString(words[2]) && !regexp.MustCompile(furtherBack).MatchString(words[2]) {
		release = words[2]
	}
	return strings.Join([]string{release, words[0], words[1]}, " ")
}

// git returns what a command of git prints.
func git(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, "git", args...) //nolint:gosec // the arguments are those above
	command.Env = append(os.Environ(), "LC_ALL=C")
	output, err := command.Output()
	return strings.TrimSpace(string(output)), err
}
