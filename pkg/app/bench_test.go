package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

// BenchmarkBatch handles SQS batches for a webhook on this machine.
func BenchmarkBatch(b *testing.B) {
	event, err := os.ReadFile("../../events/testdata/recipe.json")
	if err != nil {
		b.Fatal(err)
	}
	hook := newHook(b, http.StatusOK)
	for name, value := range map[string]string{"SINKS": "slack", "SLACK_WEBHOOK_URL": hook.address(), "RATE": "0", "DIGEST_AFTER": "0", "LEDGER": "off", "MIN_SEVERITY": ""} {
		b.Setenv(name, value)
	}
	a, err := app.Load(b.Context(), app.Options{Settings: config.Environment()})
	if err != nil {
		b.Fatal(err)
	}
	for _, size := range []int{1, 10, 100, 1000} {
		var records []map[string]string
		for i := range size {
			records = append(records, map[string]string{
				"messageId": fmt.Sprint(i), "eventSource": "aws:sqs", "body": strings.Replace(string(event), "16afba5c5c43e07c9e3e5e2e544e95df", fmt.Sprintf("%032x", i), 1),
			})
		}
		payload, err := json.Marshal(map[string]any{"Records": records})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if answer, err := a.Invoke(b.Context(), payload); err != nil || string(answer) != `{"batchItemFailures":[]}` {
					b.Fatal(string(answer), err)
				}
			}
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
