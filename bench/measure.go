package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// numbers are the figures of one run of a function.
type numbers map[string]float64

// The figures, in the order of the report. Times are in milliseconds.
const (
	figureInit   = "exec to first request for work, ms"
	figureCold   = "exec to first answer, ms"
	figureP50    = "warm, p50, ms"
	figureP99    = "warm, p99, ms"
	figureCPU    = "CPU per event, ms"
	figureMemory = "peak memory, MiB"
)

func figures() []string {
	return []string{figureInit, figureCold, figureP50, figureP99, figureCPU, figureMemory}
}

// run measures one process: its start, its first event, and warm events after that.
func run(program string, v variables, event func(n int) []byte, warm int) (numbers, error) {
	f, err := startFunction(program, v)
	if err != nil {
		return nil, err
	}
	start, err := f.waitForInit()
	if err != nil {
		f.stop()
		return nil, err
	}
	first, _, err := f.invoke(event(0))
	if err != nil {
		f.stop()
		return nil, err
	}
	var times []float64
	for n := range warm {
		took, _, err := f.invoke(event(n + 1))
		if err != nil {
			f.stop()
			return nil, err
		}
		times = append(times, milliseconds(took))
	}
	u := f.stop()
	slices.Sort(times)
	return numbers{
		figureInit: milliseconds(start), figureCold: milliseconds(start + first),
		figureP50: times[len(times)/2], figureP99: times[len(times)*99/100],
		figureCPU: milliseconds(u.cpu) / float64(warm+1), figureMemory: float64(u.memory) / (1 << 20),
	}, nil
}

// pairs measures two functions in turn, A B A B, so that what the machine does meanwhile hits both.
func pairs(count int, a, b func() (numbers, error)) (as, bs []numbers, err error) {
	for range count {
		one, err := a()
		if err != nil {
			return nil, nil, err
		}
		other, err := b()
		if err != nil {
			return nil, nil, err
		}
		as, bs = append(as, one), append(bs, other)
	}
	return as, bs, nil
}

// spread is a figure's minimum, median and maximum.
type spread struct{ min, median, max float64 }

func spreadOf(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	return spread{sorted[0], sorted[len(sorted)/2], sorted[len(sorted)-1]}
}

// String returns "1.2 (1.1 to 1.4)".
func (s spread) String() string {
	return fmt.Sprintf("%.2f (%.2f to %.2f)", s.median, s.min, s.max)
}

func of(all []numbers, figure string) spread {
	var values []float64
	for _, n := range all {
		values = append(values, n[figure])
	}
	return spreadOf(values)
}

// ratio returns the spread of A/B, pair by pair.
func ratio(as, bs []numbers, figure string) spread {
	var values []float64
	for i := range as {
		values = append(values, as[i][figure]/bs[i][figure])
	}
	return spreadOf(values)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// usual are the variables of Tocsin with Slack and SNS, as the budgets want them.
func (w *world) usual() variables {
	return variables{
		"SINKS": "slack,sns", "RATE": "0", "LEDGER": "memory", "DIGEST_AFTER": "0", "SLACK_WEBHOOK_URL": w.webhook(),
		"SNS_TOPIC_ARN": "arn:aws:sns:us-east-1:111122223333:bench", "AWS_ENDPOINT_URL_SNS": w.sns,
	}
}

// manySinks are the variables for so many webhooks.
func (w *world) manySinks(count int) variables {
	v := variables{"RATE": "0", "DIGEST_AFTER": "0"}
	var names []string
	for i := range count {
		name := fmt.Sprint("s", i)
		names = append(names, name+"=slack")
		v[strings.ToUpper(name)+"_WEBHOOK_URL"] = w.webhook()
	}
	v["SINKS"] = strings.Join(names, ",")
	return v
}

// events makes events that differ in their id from one of the project's own.
func events() (func(n int) []byte, error) {
	text, err := os.ReadFile("events/testdata/recipe.json")
	if err != nil {
		return nil, err
	}
	var event map[string]any
	if err := json.Unmarshal(text, &event); err != nil {
		return nil, err
	}
	id, _ := event["detail"].(map[string]any)["id"].(string)
	if id == "" {
		return nil, fmt.Errorf("the event has no id")
	}
	return func(n int) []byte {
		return []byte(strings.Replace(string(text), id, fmt.Sprintf("%032x", n), 1))
	}, nil
}

// batch makes an SQS batch of so many events.
func batch(event func(n int) []byte, from, size int) []byte {
	type record struct {
		MessageID      string `json:"messageId"`
		Body           string `json:"body"`
		EventSource    string `json:"eventSource"`
		EventSourceARN string `json:"eventSourceARN"`
	}
	const queue = "arn:aws:sqs:us-east-1:111122223333:bench"
	var all struct{ Records []record }
	for n := range size {
		all.Records = append(all.Records, record{fmt.Sprint(from + n), string(event(from + n)), "aws:sqs", queue})
	}
	text, err := json.Marshal(all)
	if err != nil {
		return nil
	}
	return text
}
