package main

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// world is the remote ends of the functions that are measured, all on this machine's loopback.
type world struct {
	slack, sns, secrets string
	// connections counts those to Slack and SNS, messages the requests to Slack.
	connections, messages atomic.Int64
	close                 []func()
}

// newWorld starts sinks that answer after the given time.
func newWorld(latency time.Duration) *world {
	w := &world{}
	w.slack = w.answer(latency, "text/plain", func([]byte) string { w.messages.Add(1); return "ok" })
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

// startQueue starts a queue that takes every message, and gives its address.
func (w *world) startQueue() string {
	queue := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var in struct{ MessageBody string }
		_ = json.NewDecoder(r.Body).Decode(&in)
		_, _ = fmt.Fprintf(rw, `{"MessageId":"m","MD5OfMessageBody":"%x"}`, md5.Sum([]byte(in.MessageBody)))
	}))
	w.close = append(w.close, queue.Close)
	return queue.URL
}
