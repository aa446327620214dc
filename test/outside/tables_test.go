package outside_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tables is dynalite, which speaks DynamoDB's protocol.
type tables struct {
	process *exec.Cmd
	stdin   io.Closer
	url     string
}

// startTables installs dynalite where it is not yet, in a folder of its own, and starts it. It ends with its standard
// input, so that it cannot outlive the test.
func startTables() (*tables, error) {
	folder := filepath.Join("node_modules", "emulator")
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "dynalite", "package.json")); err != nil {
		if err := install(folder); err != nil {
			return nil, err
		}
	}
	process := exec.Command("node", "--input-type=module", "-e", `
		import dynalite from "dynalite";
		const tables = dynalite({ createTableMs: 0, deleteTableMs: 0 });
		tables.listen(0, "127.0.0.1", () => console.log("http://127.0.0.1:" + tables.address().port));
		process.stdin.on("end", () => process.exit(0)).resume();`)
	process.Dir = folder
	process.Stderr = os.Stderr
	stdin, err := process.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		return nil, errors.New("it did not say its address")
	}
	return &tables{process: process, stdin: stdin, url: strings.TrimSpace(lines.Text())}, nil
}

// install puts the emulators of the end-to-end tests into a folder of this test's own: those tests install theirs at
// the same time.
func install(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join("..", "e2e", name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return err
		}
	}
	command := exec.Command("npm", "ci", "--no-progress")
	command.Dir = folder
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci (Node 20 or newer is needed): %w\n%s", err, output)
	}
	return nil
}

func (d *tables) stop() {
	_ = d.stdin.Close() // which ends it
	_ = d.process.Wait()
}

// newTable makes a table with the keys of the stack's own. Its name begins with the given one.
func newTable(t *testing.T, name string) string {
	t.Helper()
	name += "-" + rand.Text()
	key := func(name, kind string) map[string]string {
		return map[string]string{"AttributeName": name, "KeyType": kind}
	}
	text := func(name string) map[string]string {
		return map[string]string{"AttributeName": name, "AttributeType": "S"}
	}
	dynamoDB(t, "CreateTable", map[string]any{
		"TableName": name, "BillingMode": "PAY_PER_REQUEST",
		"KeySchema":            []any{key("pk", "HASH"), key("sk", "RANGE")},
		"AttributeDefinitions": []any{text("pk"), text("sk")},
	})
	for range 1000 { // it is there in a moment, not at once
		if strings.Contains(string(dynamoDB(t, "DescribeTable", map[string]any{"TableName": name})), `"TableStatus":"ACTIVE"`) {
			return name
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("the table does not become active")
	return ""
}

// dynamoDB makes a call and gives the answer.
func dynamoDB(t *testing.T, action string, input any) []byte {
	t.Helper()
	body, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, shared.tables.url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set("X-Amz-Target", "DynamoDB_20120810."+action)
	request.Header.Set("X-Amz-Date", "20260101T000000Z")
	request.Header.Set("Authorization",
		"AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v: %s", action, answer.StatusCode, err, text)
	}
	return text
}
