package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages are those from which readers copy commands.
func pages(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, name := range []string{"README.md", "README.ja.md", "docs/quick-start.md", "docs/troubleshooting.md", "docs/glossary.md", "docs/preview.md"} {
		text, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	return texts
}

// code returns what a page shows as code: the lines of its blocks, and what stands between backticks.
func code(page string) []string {
	var all []string
	for i, part := range strings.Split(page, "```") {
		if i%2 == 1 {
			all = append(all, strings.Split(part, "\n")...)
			continue
		}
		for _, span := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(part, -1) {
			all = append(all, span[1])
		}
	}
	return all
}

// Every command and flag of Tocsin that these pages show is one that there is.
func TestPagesShowCommandsThatExist(t *testing.T) {
	call := regexp.MustCompile(`(?:^|[|=(\s]|bin/)tocsin ((?:[a-z]+ ?)+)([^|#]*)`)
	flag := regexp.MustCompile(`(?:^|\s)(--[a-z-]+)`)
	found := map[string]bool{}
	for name, page := range pages(t) {
		for _, line := range code(page) {
			for _, match := range call.FindAllStringSubmatch(line, -1) {
				words := strings.Fields(match[1])
				help := helpOf(t, words)
				if help == "" {
					t.Errorf("%s: there is no such command: %s", name, line)
					continue
				}
				found[words[0]] = true
				for _, named := range flag.FindAllStringSubmatch(match[2], -1) {
					if !slices.Contains(strings.Fields(help), named[1]) {
						t.Errorf("%s: tocsin %s has no flag %s: %s", name, words[0], named[1], line)
					}
				}
			}
		}
	}
	for _, name := range []string{"send", "check", "explain", "preview", "simulate", "replay", "samples", "mute", "secret", "config", "accounts"} {
		if !found[name] {
			t.Errorf("no page shows tocsin %s", name)
		}
	}
}

// Every picture of these pages is there, each with the one for readers whose system is dark.
func TestPagesShowPicturesThatExist(t *testing.T) {
	for name, page := range pages(t) {
		pictures := regexp.MustCompile(`(?:src|srcset)="([^"]+)"`).FindAllStringSubmatch(page, -1)
		for _, picture := range pictures {
			if _, err := os.Stat(filepath.Join("../..", filepath.Dir(name), picture[1])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if light := strings.ReplaceAll(picture[1], "-dark.", "."); !strings.Contains(page, `src="`+light) ||
				!strings.Contains(page, `srcset="`+strings.TrimSuffix(light, ".png")+"-dark.png") {
				t.Errorf("%s: %s is not there in light and dark", name, picture[1])
			}
		}
		if strings.Contains(page, "![") {
			t.Errorf("%s: has a picture that does not follow the reader's theme", name)
		}
	}
}

// helpOf returns the help of a command, which the words begin with; nothing where there is none.
func helpOf(t *testing.T, words []string) string {
	t.Helper()
	for n := min(2, len(words)); n > 0; n-- {
		name := strings.Join(words[:n], " ")
		if exit, help, _ := tocsin(t, "", nil, append(slices.Clone(words[:n]), "--help")...); exit == 0 && strings.Contains(help, "\n  tocsin "+name+" ") {
			return help
		}
	}
	return ""
}
