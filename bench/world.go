package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// world is the remote ends of the functions that are measured, all on this machine's loopback.
type world struct {
	slack, sns, secrets string
	// tables is the emulator of DynamoDB; empty where Node is not installed.
	tables string
	// connections counts those to Slack and SNS.
	connections atomic.Int64
	close       []func()
}

// newWorld starts sinks that answer after the given time.
func newWorld(latency time.Duration) *world {
	w := &world{}
	w.slack = w.answer(latency, "text/plain", func([]byte) string { return "ok" })
	w.sns = w.answer(latency, "text/xml", published)
	secrets := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(rw, `{"SecretString":%q}`, w.webhook())
	}))
	w.secrets = secrets.URL
	w.close = append(w.close, secrets.Close)
	return w
}

func (w *world) webhook() string { return w.slack + "/services/T00000000/B00000000/XXXX" }

func (w *world) stop() {
	for _, stop := range w.close {
		stop()
	}
}

// answer is a server that answers each request, with as little work of its own as can be: it is on
// the same processors as what is measured. It returns its address. A body of a request is in memory
// until the next one.
func (w *world) answer(latency time.Duration, contentType string, body func(request []byte) string) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err) // there is nothing to be measured without a loopback
	}
	w.close = append(w.close, func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			w.connections.Add(1)
			go serve(conn, func(request []byte) string {
				time.Sleep(latency)
				text := body(request)
				return "HTTP/1.1 200 OK\r\nContent-Type: " + contentType + "\r\nContent-Length: " + strconv.Itoa(len(text)) + "\r\n\r\n" + text
			})
		}
	}()
	return "http://" + listener.Addr().String()
}

// serve answers the requests of one connection.
func serve(conn net.Conn, answer func(request []byte) string) {
	defer func() { _ = conn.Close() }()
	reader := bufio.NewReaderSize(conn, 64<<10)
	var request []byte
	for {
		length, err := readHeader(reader)
		if err != nil {
			return
		}
		request = slices.Grow(request[:0], length)[:length]
		if _, err := io.ReadFull(reader, request); err != nil {
			return
		}
		if _, err := io.WriteString(conn, answer(request)); err != nil {
			return
		}
	}
}

// readHeader reads the header of a request, and gives the length of its body.
func readHeader(reader *bufio.Reader) (length int, err error) {
	field := []byte("content-length:")
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil || len(line) <= 2 {
			return length, err
		}
		if len(line) > len(field) && bytes.EqualFold(line[:len(field)], field) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(field):]))); err != nil {
				return 0, err
			}
		}
	}
}

// published is SNS's answer to a Publish or to a PublishBatch.
func published(request []byte) string {
	if !bytes.HasPrefix(request, []byte("Action=PublishBatch&")) {
		return "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>"
	}
	var all strings.Builder
	all.WriteString("<PublishBatchResponse><PublishBatchResult><Failed/><Successful>")
	for _, found, ok := bytes.Cut(request, []byte(".Id=")); ok; _, found, ok = bytes.Cut(found, []byte(".Id=")) {
		id, _, _ := bytes.Cut(found, []byte("&"))
		all.WriteString("<member><Id>" + string(id) + "</Id><MessageId>m</MessageId></member>")
	}
	all.WriteString("</Successful></PublishBatchResult></PublishBatchResponse>")
	return all.String()
}

// startTables starts the emulator of DynamoDB that the end-to-end tests use, and makes the ledger's
// table.
func (w *world) startTables() error {
	if _, err := os.Stat("test/e2e/node_modules/dynalite"); err != nil {
		install := exec.Command("npm", "ci", "--no-progress")
		install.Dir = "test/e2e"
		if err := install.Run(); err != nil {
			return fmt.Errorf("npm ci: %w", err)
		}
	}
	process := exec.Command("node", "emulator.mjs")
	process.Dir = "test/e2e"
	stdin, err := process.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := process.Start(); err != nil {
		return err
	}
	w.close = append(w.close, func() {
		_ = stdin.Close() // which ends it
		_ = process.Wait()
	})
	lines := bufio.NewScanner(stdout)
	for range 2 {
		lines.Scan()
	}
	w.tables = strings.TrimSpace(lines.Text())
	return w.makeTable()
}

func (w *world) makeTable() error {
	const table = `{"TableName":"bench","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},
		{"AttributeName":"sk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]}`
	request, err := http.NewRequest(http.MethodPost, w.tables, strings.NewReader(table))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set("X-Amz-Target", "DynamoDB_20120810.CreateTable")
	request.Header.Set("X-Amz-Date", "20260101T000000Z")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("making the table: status %d", answer.StatusCode)
	}
	return nil
}
