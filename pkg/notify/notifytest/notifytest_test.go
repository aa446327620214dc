package notifytest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/notify/notifytest"
)

const secretPath = "s3cr3tp4th"

// sender is a sink that does all things well, but for what its flaws say.
type sender struct {
	url    string
	client *http.Client
	flaws
}

type flaws struct {
	gullible   bool // takes 200 for an acceptance
	talkative  bool // shows the URL in errors
	repeating  bool // shows the answer in errors
	following  bool // follows redirects
	greedy     bool // reads the whole answer
	deaf       bool // does not care for the context
	unmarked   bool // marks no error
	impatient  bool // does not read Retry-After
	insistent  bool // sends twice when it fails
	silent     bool // sends nothing
	picky      bool // does not send what holds control characters
	littering  bool // leaves a goroutine behind
	defeatist  bool // gives up for ever when a connection breaks
	halfMinded bool // takes an answer that was cut off
	bygone     bool // does not tell what has become of a finding
	generous   bool // gives a receipt for nothing
	secretive  bool // does not say why it fails
}

// titleOf returns the title of the first finding, or the kind of what carries none.
func titleOf(n notify.Notification) string {
	if len(n.Findings) == 0 {
		return n.Kind.String()
	}
	return n.Findings[0].Title
}

func (s *sender) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if s.deaf {
		ctx = context.WithoutCancel(ctx)
	}
	if s.littering {
		go time.Sleep(time.Hour)
	}
	if s.silent || s.bygone && n.Previous.ID != "" {
		return notify.Receipt{}, nil
	}
	text := titleOf(n)
	if s.picky && strings.ContainsRune(text, '\x1b') {
		return notify.Receipt{}, notify.PermanentMessage(errors.New("control characters"))
	}
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		return notify.Receipt{}, err
	}
	err = s.send(ctx, body)
	if err != nil && s.insistent {
		err = s.send(context.WithoutCancel(ctx), body)
	}
	if err != nil && s.unmarked {
		err = errors.New(err.Error())
	}
	if err != nil && !s.generous {
		return notify.Receipt{}, err
	}
	return notify.Receipt{ID: "1"}, err
}

func (s *sender) send(ctx context.Context, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return errors.New("bad url")
	}
	response, err := s.client.Do(request)
	if err != nil {
		return s.broken(ctx, err)
	}
	defer response.Body.Close()
	if response.StatusCode < 200 {
		return errors.New("informational")
	}
	from := io.LimitReader(response.Body, 4096)
	if s.greedy {
		from = response.Body
	}
	answer, err := io.ReadAll(from)
	if err != nil && !s.halfMinded {
		return s.broken(ctx, err)
	}
	if s.repeating && response.StatusCode >= 400 {
		return fmt.Errorf("the answer was %s", answer)
	}
	return s.judge(response, string(answer))
}

func (s *sender) broken(ctx context.Context, err error) error {
	if s.talkative {
		return err
	}
	if s.defeatist {
		return notify.PermanentSink(errors.New("the connection broke"))
	}
	reason := notify.ReasonNetwork
	if ctx.Err() != nil {
		reason = notify.ReasonTimeout
	}
	return s.because(errors.Join(errors.New("the connection broke"), ctx.Err()), reason)
}

func (s *sender) because(err error, reason notify.Reason) error {
	if s.secretive {
		return errors.New("it failed")
	}
	return notify.Because(err, reason)
}

func (s *sender) judge(response *http.Response, answer string) error {
	status := response.StatusCode
	err := fmt.Errorf("status %d", status)
	switch {
	case status == 200 && (s.gullible || answer == "ok\n" || s.halfMinded && answer == "ok\n"[:min(len(answer), 3)]):
		return nil
	case status == 429:
		if s.impatient {
			return notify.RetryAfter(err, 0)
		}
		return notify.RetryAfter(err, delay(response.Header))
	case status/100 == 5:
		return s.because(err, notify.ReasonServer)
	case status == 408, status == 425, status/100 == 2:
		return s.because(err, notify.ReasonClient)
	case status/100 == 3, status == 404:
		return notify.PermanentSink(err)
	default:
		return notify.PermanentMessage(err)
	}
}

func delay(header http.Header) time.Duration {
	text := header.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return min(time.Duration(min(seconds, 3600)*float64(time.Second)), time.Hour)
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	date, _ := http.ParseTime(header.Get("Date"))
	return until.Sub(date)
}

func kit(f flaws) notifytest.Kit {
	return notifytest.Kit{
		New: func(_ testing.TB, baseURL string) notify.Notifier {
			client := &http.Client{Transport: &http.Transport{}}
			if !f.following {
				client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			}
			return &sender{url: baseURL + "/" + secretPath, client: client, flaws: f}
		},
		Accept: func(w http.ResponseWriter, r *http.Request) {
			if !json.Valid(must(io.ReadAll(r.Body))) {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			_, _ = io.WriteString(w, "ok\n")
		},
		Secret: secretPath,
	}
}

func must(data []byte, _ error) []byte { return data }

func TestGoodSinkPasses(t *testing.T) { notifytest.Run(t, kit(flaws{})) }

func TestBadSinkFails(t *testing.T) {
	tests := []struct {
		flaw string
		flaws
		// fails are cases that must fail.
		fails []string
	}{
		{"gullible", flaws{gullible: true}, []string{"status 200 without a proof", "every status", "answer of 100 MB"}},
		{"talkative", flaws{talkative: true}, []string{"nobody there", "connection reset", "no answer"}},
		{"repeating", flaws{repeating: true}, []string{"answer that repeats the request"}},
		{"following", flaws{following: true}, []string{"redirect"}},
		{"greedy", flaws{greedy: true}, []string{"answer of 100 MB"}},
		{"deaf", flaws{deaf: true}, []string{"no answer", "header but no body", "answer without end", "context ended before"}},
		{"unmarked", flaws{unmarked: true}, []string{"every status", "throttled in the remote end's own way", "redirect"}},
		{"impatient", flaws{impatient: true}, []string{"retry-after in all its forms"}},
		{"insistent", flaws{insistent: true}, []string{"context ended before"}},
		{"silent", flaws{silent: true}, []string{"accepted", "every notification", "updates", "concurrent use", "every status"}},
		{"picky", flaws{picky: true}, []string{"every notification"}},
		{"littering", flaws{littering: true}, []string{"accepted"}},
		{"defeatist", flaws{defeatist: true}, []string{"nobody there", "connection reset", "connection closed half way"}},
		{"bygone", flaws{bygone: true}, []string{"updates"}},
		{"generous", flaws{generous: true}, []string{"nobody there"}},
		{"secretive", flaws{secretive: true}, []string{"every status", "nobody there", "no answer", "connection reset", "connection closed half way"}},
		{"half-minded", flaws{halfMinded: true}, []string{"proof cut short"}},
	}
	for _, test := range tests {
		t.Run(test.flaw, func(t *testing.T) {
			failures := notifytest.Failures(t, kit(test.flaws), time.Second, test.fails...)
			for _, name := range test.fails {
				if len(failures[name]) == 0 {
					t.Errorf("passes the case %q", name)
				}
				for _, err := range failures[name] {
					if strings.Contains(err.Error(), secretPath) {
						t.Errorf("the failure of %q shows the secret", name)
					}
				}
			}
		})
	}
}

// diary is a sink that writes down what it is sent.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) Notify(ctx context.Context, n notify.Notification) (notify.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return notify.Receipt{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, titleOf(n))
	return notify.Receipt{}, nil
}

func TestLocalSink(t *testing.T) {
	notifytest.Run(t, notifytest.Kit{
		New:   func(testing.TB, string) notify.Notifier { return &diary{} },
		Local: true,
	})
}
