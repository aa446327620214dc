package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/test/tableserver"
)

// tables is a running table server.
type tables struct {
	url  string
	made int // how many tables
	stop func()
}

// startTables starts the server in a process of its own, whose work is not that of the function.
func startTables(program string, latency time.Duration) (*tables, error) {
	process := exec.Command(program, "-latency", latency.String())
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
	t := &tables{stop: func() {
		_ = stdin.Close() // which ends it
		_ = process.Wait()
	}}
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.stop()
		return nil, fmt.Errorf("the table server does not say its address: %w", err)
	}
	t.url = strings.TrimSpace(address)
	return t, nil
}

// make makes a table of the ledger's keys, and gives its name.
func (t *tables) make() (name string, err error) {
	t.made++
	name = fmt.Sprint("table-", t.made)
	const schema = `{"TableName":%q,"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]}`
	request, err := http.NewRequest(http.MethodPost, t.url, strings.NewReader(fmt.Sprintf(schema, name)))
	if err != nil {
		return "", err
	}
	request.Header.Set("X-Amz-Target", "DynamoDB_20120810.CreateTable")
	return name, expect(request, nil)
}

// reset begins to count anew.
func (t *tables) reset() error {
	request, err := http.NewRequest(http.MethodDelete, t.url+"/counts", http.NoBody)
	if err != nil {
		return err
	}
	return expect(request, nil)
}

// total returns what was counted since.
func (t *tables) total() (tableserver.Count, error) {
	var counts tableserver.Counts
	request, err := http.NewRequest(http.MethodGet, t.url+"/counts", http.NoBody)
	if err != nil {
		return tableserver.Count{}, err
	}
	err = expect(request, &counts)
	return counts.Total(), err
}

// expect makes a request that succeeds, and reads its answer into output where that is not nil.
func expect(request *http.Request, output any) error {
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("the table server: status %d", answer.StatusCode)
	}
	if output == nil {
		return nil
	}
	return json.NewDecoder(answer.Body).Decode(output)
}
