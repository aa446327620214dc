package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/config"
)

// visit is called for each document; readErr says why there is none.
type visit func(name string, document []byte, readErr error)

// standardInput is the argument that stands for standard input.
const standardInput = "-"

// sources returns the files that the arguments name, with the event files below a directory in its
// place; no argument is standard input. It opens none, so that a slip in the last argument is known
// before anything is sent. The error joins one for each argument that is wrong.
func sources(args []string) ([]string, error) {
	if len(args) == 0 {
		args = []string{standardInput}
	}
	var all []string
	var mistakes []error
	for _, arg := range args {
		files, err := eventFiles(arg)
		all, mistakes = append(all, files...), append(mistakes, err)
	}
	return all, errors.Join(mistakes...)
}

// eachDocument reads the documents in the sources. What is wrong with one goes to visit.
func eachDocument(stdin io.Reader, sources []string, visit visit) {
	for _, source := range sources {
		if source == standardInput {
			const name = "standard input"
			text, err := unpacked(stdin)
			if err != nil {
				visit(name, nil, fmt.Errorf("cannot be read: %w", err))
				continue
			}
			eachInStream(name, text, visit)
			continue
		}
		eachInFile(source, visit)
	}
}

// eventFiles returns the file itself, or the event files below a directory by their names.
func eventFiles(path string) ([]string, error) {
	if path == standardInput {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", path, errors.Unwrap(err))
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var files []string
	err = filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.Type().IsRegular() && slices.Contains(endings(), ending(file)) {
			files = append(files, file)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no event files in this directory (they end in %s)", path, strings.Join(endings(), ", "))
	}
	return files, nil
}

func endings() []string { return []string{".json", ".jsonl", ".ndjson"} }

// ending returns what the name of a file ends in, without the ending of a packed one: CloudTrail writes
// its logs as ".json.gz", and exports of findings end in ".jsonl.gz".
func ending(path string) string {
	path = strings.ToLower(path)
	return filepath.Ext(strings.TrimSuffix(path, ".gz"))
}

// unpacked returns a reader of a text that may be packed with gzip.
func unpacked(r io.Reader) (io.Reader, error) {
	text := bufio.NewReader(r)
	if start, err := text.Peek(2); err != nil || start[0] != 0x1f || start[1] != 0x8b {
		return text, nil //nolint:nilerr // what cannot be read is said by whoever reads on
	}
	return gzip.NewReader(text)
}

func eachInFile(path string, visit visit) {
	file, err := os.Open(path)
	if err != nil {
		visit(path, nil, fmt.Errorf("cannot be read: %w", errors.Unwrap(err)))
		return
	}
	defer func() { _ = file.Close() }()
	text, err := unpacked(file)
	if err != nil {
		visit(path, nil, fmt.Errorf("cannot be read: %w", err))
		return
	}
	switch ending(path) {
	case ".jsonl", ".ndjson":
		eachLine(path, text, visit)
	case ".yaml", ".yml":
		eachInYAML(path, text, visit)
	default:
		eachInStream(path, text, visit)
	}
}

// eachInYAML reads a file that is called YAML. Events are JSON, which is YAML too; of anything else it
// says where a conversion would fail, so that the first advice is not one that leads nowhere.
func eachInYAML(name string, r io.Reader, visit visit) {
	text, err := io.ReadAll(r)
	start := bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	if err != nil {
		visit(name, nil, fmt.Errorf("cannot be read: %w", err))
		return
	}
	if len(start) == 0 || start[0] == '{' || start[0] == '[' {
		eachInStream(name, bytes.NewReader(text), visit)
		return
	}
	if mistake := config.MistakeInYAML(text); mistake != "" {
		visit(name, nil, fmt.Errorf("no event: this is YAML, not JSON, and has a mistake: %s; mend it, then convert it, as with yq -o json", mistake))
		return
	}
	visit(name, nil, errors.New("no event: this is YAML, not JSON; convert it, as with yq -o json"))
}

// eachLine reads JSON lines, where a bad line does not hide the next.
func eachLine(name string, r io.Reader, visit visit) {
	reader := bufio.NewReader(r)
	for number := 1; ; number++ {
		line, err := reader.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			visit(fmt.Sprintf("%s:%d", name, number), line, nil)
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			visit(name, nil, fmt.Errorf("cannot be read: %w", err))
			return
		}
	}
}

// eachInStream reads JSON documents one after another, however they are laid out. A text that is no
// JSON goes to visit as it is, from where it went wrong, so that the handler can say what it is. White
// space stands for what was read before, so that the handler counts its lines as the file has them.
func eachInStream(name string, r io.Reader, visit visit) {
	text, err := io.ReadAll(r)
	if err != nil {
		visit(name, nil, fmt.Errorf("cannot be read: %w", err))
		return
	}
	rest := bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	if len(rest) == 0 {
		visit(name, nil, errors.New("is empty"))
		return
	}
	for number := 1; len(rest) > 0; number++ {
		place := name
		if number > 1 {
			place = fmt.Sprintf("%s, document %d", name, number)
		}
		decoder := json.NewDecoder(bytes.NewReader(rest))
		var document json.RawMessage
		if decoder.Decode(&document) != nil {
			visit(place, append(blanked(text[:bytes.LastIndex(text, rest)]), rest...), nil)
			return
		}
		rest = bytes.TrimSpace(rest[decoder.InputOffset():])
		eachElement(place, document, visit)
	}
}

// blanked returns white space in the place of a text, with the same lines and columns.
func blanked(text []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return ' '
	}, text)
}

// eachElement takes an array of events apart.
func eachElement(name string, document json.RawMessage, visit visit) {
	var elements []json.RawMessage
	if document[0] != '[' || json.Unmarshal(document, &elements) != nil || len(elements) == 0 {
		visit(name, document, nil)
		return
	}
	for i, element := range elements {
		visit(fmt.Sprintf("%s, element %d", name, i+1), element, nil)
	}
}
