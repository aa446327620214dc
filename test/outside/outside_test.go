// Package outside_test freezes what the world sees of Tocsin: variables, command lines and exit codes, log lines
// and metrics, outcomes, dead letters, the items of the table, documents, messages, and the logical ids of the
// templates. Each has a golden file in testdata, which is compared exactly but for times, random ids and ports.
//
// The rule: a change of the inside leaves this folder alone. Only the mending of a bug, or a feature that is meant to
// be seen, may change a golden file, and then only the lines that it needs; the commit names them. Run
//
//	go test ./test/outside -update
//
// and read the difference line by line before it is committed.
//
// The tests know the programs only: they build cmd/lambda, cmd/tocsin and the CDK app, and import no package of the
// project, so that whatever moves or is renamed inside, they compile and mean the same.
package outside_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// suite is what the tests share: the programs, built once, and the emulator of DynamoDB.
type suite struct {
	lambda, tocsin, cdk string
	tables              *tables
}

var shared suite

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

// runAll builds the programs, starts the emulator, runs the tests and stops what it started.
func runAll(m *testing.M) int {
	directory, err := os.MkdirTemp("", "tocsin-outside-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(directory) }()
	shared.lambda = filepath.Join(directory, "bootstrap")
	shared.tocsin = filepath.Join(directory, "tocsin")
	shared.cdk = filepath.Join(directory, "cdk")
	root := filepath.Join("..", "..")
	err = errors.Join(
		build(root, shared.lambda, "-tags", "lambda.norpc", "-trimpath", "./cmd/lambda"),
		build(root, shared.tocsin, "./cmd/tocsin"),
		build(filepath.Join(root, "cdk"), shared.cdk, "."),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if shared.tables, err = startTables(); err != nil {
		fmt.Fprintln(os.Stderr, "starting the emulator of DynamoDB:", err)
		return 1
	}
	defer shared.tables.stop()
	return m.Run()
}

// build builds a program in the module that stands in the folder.
func build(folder, output string, args ...string) error {
	command := exec.Command("go", append([]string{"build", "-o", output}, args...)...)
	command.Dir = folder
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", filepath.Base(output), err, text)
	}
	return nil
}
