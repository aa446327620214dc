package faults_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// answerFaults are answers of the webhook.
func (s *site) answerFaults() []fault {
	answer := func(status int, body string, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	once := func(injection, expected string, handler http.HandlerFunc) fault {
		return fault{"answer", injection, expected, func(t *testing.T) string {
			return s.world(t, handler, nil).batch(30*time.Second, record("m", event("f")))
		}}
	}
	return []fault{
		once("500", "1 retry, kept", answer(500, "")),
		once("502 with a proxy's HTML", "1 retry, kept", answer(502, "<html>")),
		once("503", "1 retry, kept", answer(503, "")),
		// These come from a host that is none of Slack's own, where a 2xx is an acceptance. What
		// Slack's own hosts have to say is in the tests of sinks/slack.
		once(`200 with {"success":true} from a receiver like Slack`, "1 delivered", answer(200, `{"success":true}`)),
		once("200 with HTML from a receiver like Slack", "1 delivered", answer(200, "<html>It works!</html>")),
		once("200 with nothing from a receiver like Slack", "1 delivered", answer(200, "")),
		once(`200 with {"ok":false}`, "1 dead", answer(200, `{"ok":false,"error":"not_authed"}`)),
		once("200 with invalid_payload", "1 dead", answer(200, "invalid_payload")),
		once("200 with 100 MB from a receiver like Slack", "1 delivered", func(w http.ResponseWriter, _ *http.Request) {
			chunk := []byte(strings.Repeat("x", 1<<20))
			for range 100 {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}),
		once("429, Retry-After: 1, then ok", "1 delivered", first(1, answer(429, "", "Retry-After", "1"))),
		once("429, Retry-After: 3600", "1 retry, kept", answer(429, "", "Retry-After", "3600")),
		once("429, Retry-After: a date in an hour", "1 retry, kept", answer(429, "", "Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))),
		once("429, Retry-After: garbage, then ok", "1 delivered", first(1, answer(429, "", "Retry-After", "soon"))),
		once("400 invalid_blocks, then ok", "1 degraded", first(1, answer(400, "invalid_blocks"))),
		once("400 invalid_blocks, always", "1 dead", answer(400, "invalid_blocks")),
		once("401", "1 dead", answer(401, "")),
		once("403 action_prohibited", "1 dead", answer(403, "action_prohibited")),
		once("404 no_service", "1 dead", answer(404, "no_service")),
		once("410 channel_is_archived", "1 dead", answer(410, "channel_is_archived")),
		once("302 to another host", "1 dead", answer(302, "", "Location", "http://169.254.169.254/latest/meta-data/")),
		once("500 twice, then ok", "1 delivered", first(2, answer(500, ""))),
		{"answer", "404 over ten redeliveries", "1 dead: 1 request, 1 dead letter", func(t *testing.T) string {
			w := s.world(t, answer(404, "no_service"), nil)
			var got string
			for range 10 {
				got = w.batch(30*time.Second, record("m", event("f")))
				w.published.Store(-1) // the topic has its message and gets no other
			}
			return fmt.Sprintf("%s: %d request, %d dead letter", strings.TrimSuffix(got, ", SNS was not sent"), w.requests.Load(), w.letters.Load())
		}},
	}
}

// first returns the fault the given number of times, and then accepts.
func first(times int32, faulty http.HandlerFunc) http.HandlerFunc {
	left := times
	return func(w http.ResponseWriter, r *http.Request) {
		if left--; left >= 0 {
			faulty(w, r)
			return
		}
		accept(w, r)
	}
}

// connectionFaults break the connection to the webhook.
func (s *site) connectionFaults() []fault {
	raw := func(injection, expected string, answer func(net.Conn)) fault {
		return fault{"connection", injection, expected, func(t *testing.T) string {
			return s.rawWorld(t, answer).batch(4*time.Second, record("m", event("f")))
		}}
	}
	const head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
	return []fault{
		raw("closed at once", "1 retry, kept", func(c net.Conn) { _ = c.Close() }),
		raw("reset", "1 retry, kept", func(c net.Conn) {
			if tcp, ok := c.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
			_ = c.Close()
		}),
		raw("accepted, then silence", "1 retry, kept", func(net.Conn) {}),
		raw("header, then silence", "1 retry, kept", func(c net.Conn) { _, _ = io.WriteString(c, head+"Content-Length: 2\r\n\r\n") }),
		raw("half of ok", "1 retry, kept", func(c net.Conn) {
			_, _ = io.WriteString(c, head+"Content-Length: 2\r\n\r\no")
			_ = c.Close()
		}),
		raw("a body without end from a receiver like Slack", "1 delivered", func(c net.Conn) {
			_, _ = io.WriteString(c, head+"\r\n")
			for {
				if _, err := io.WriteString(c, strings.Repeat("x", 4096)); err != nil {
					return
				}
			}
		}),
		raw("one byte every 100 ms", "1 retry, kept", func(c net.Conn) {
			for _, b := range []byte(head + strings.Repeat("X-Slow: 1\r\n", 1000)) {
				if _, err := c.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(100 * time.Millisecond)
			}
		}),
		raw("something that is not HTTP", "1 retry, kept", func(c net.Conn) {
			_, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.9\r\n")
			_ = c.Close()
		}),
		{"connection", "refused", "1 retry, kept", func(t *testing.T) string {
			w := s.world(t, accept, map[string]string{"SLACK_WEBHOOK_URL": "http://127.0.0.1:1/services/" + hookSecret})
			return w.batch(4*time.Second, record("m", event("f")))
		}},
		{"connection", "the name does not resolve", "1 retry, kept", func(t *testing.T) string {
			w := s.world(t, accept, map[string]string{"SLACK_WEBHOOK_URL": "https://nowhere.invalid/services/" + hookSecret})
			return w.batch(4*time.Second, record("m", event("f")))
		}},
		{"connection", "the webhook is the metadata service", "1 dead", func(t *testing.T) string {
			w := s.world(t, accept, map[string]string{"SLACK_WEBHOOK_URL": "https://169.254.169.254/" + hookSecret})
			return w.batch(4*time.Second, record("m", event("f")))
		}},
		{"connection", "TLS with a certificate of nobody", "1 retry, kept", func(t *testing.T) string {
			w := s.world(t, accept, map[string]string{"SLACK_WEBHOOK_URL": newTLS(t) + "/" + hookSecret})
			return w.batch(4*time.Second, record("m", event("f")))
		}},
	}
}
