package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, text string, path ...string) {
	t.Helper()
	name := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Each text is written once, with all that it is for: of a package's own folder, and of those above it.
func TestTexts(t *testing.T) {
	top := t.TempDir()
	write(t, "MIT\r\nfree\r\n", top, "one", "LICENSE")
	write(t, "BSD", top, "one", "inner", "deep", "COPYING.txt")
	write(t, "GPL", top, "one", "other", "LICENSE") // of a package that is not linked
	write(t, "package deep", top, "one", "inner", "deep", "license.go")
	write(t, "MIT\nfree", top, "two", "Licence.md")
	found := texts{}
	for name, folder := range map[string]string{"one": "one/inner/deep", "two": "two"} {
		if err := found.add(name, filepath.Join(top, name), filepath.Join(top, filepath.FromSlash(folder))); err != nil {
			t.Fatal(err)
		}
	}
	line := strings.Repeat("=", 80)
	want := "\n" + line + "\n\none: LICENSE\ntwo: Licence.md\n\nMIT\nfree\n\n" + line + "\n\none: inner/deep/COPYING.txt\n\nBSD\n"
	if _, got, _ := strings.Cut(found.String(), ".\n"); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if err := found.missing(); err != nil {
		t.Error(err)
	}
}

// Nobody may pass on what has no licence.
func TestNoLicence(t *testing.T) {
	top := t.TempDir()
	write(t, "read me", top, "README.md")
	found := texts{}
	if err := found.add("example.com/bare v1.0.0", top, top); err != nil {
		t.Fatal(err)
	}
	if err := found.missing(); err == nil || err.Error() != "example.com/bare v1.0.0 has no licence" {
		t.Errorf("got %v", err)
	}
}

func TestSBOM(t *testing.T) {
	var out strings.Builder
	in := `{"metadata":{"tools":[{"name":"x","hashes":[{"alg":"MD5"}]}]},"components":[{"name":"a&b","hashes":[{"alg":"SHA-256"}]}]}`
	if err := sbom(strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Contains(got, "MD5") || !strings.Contains(got, "SHA-256") || !strings.Contains(got, "a&b") {
		t.Errorf("got %s", got)
	}
	for _, in := range []string{"", "{}", `{"metadata":{"tools":[]}}`} {
		if err := sbom(strings.NewReader(in), &out); err == nil {
			t.Errorf("%q is taken for an SBOM", in)
		}
	}
}

func TestSums(t *testing.T) {
	folder := t.TempDir()
	write(t, "b", folder, "b")
	write(t, "", folder, "a")
	const want = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a\n" +
		"3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d  b\n"
	for range 2 { // its own file is not among them
		if err := sums(folder); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(filepath.Join(folder, sumsName)); string(got) != want {
			t.Errorf("got %s", got)
		}
	}
}
