package faults_test

import (
	"io"
	"os"
	"sync"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

// site is what the worlds share: one SQS, and the process's environment. Worlds run side by side,
// so that t.Setenv is not to be had.
type site struct {
	queues *queueServer
	mu     sync.Mutex // held while an app reads its variables, which it does once, at its start
}

func newSite(t *testing.T) *site {
	t.Helper()
	for _, name := range perWorld() {
		keep(t, name)
	}
	queues, address := newQueueServer(t)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SQS": address, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1",
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": newSecrets(t), "AWS_PROFILE": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "NO_PROXY": "*",
	} {
		keep(t, name)
		set(t, name, value)
	}
	return &site{queues: queues}
}

// perWorld are the variables that each world sets for itself.
func perWorld() []string {
	return []string{
		"SINKS", "SLACK_WEBHOOK_URL", "SLACK_RATE", "SLACK_TOPIC_ARN", "SNS_TOPIC_ARN", "MIN_SEVERITY", "LEDGER", "LEDGER_TABLE",
		"DEAD_LETTER_QUEUE_URL", "ACCOUNT_NAMES", "REPEAT", "AWS_ENDPOINT_URL_SNS", "AWS_ENDPOINT_URL_DYNAMODB",
	}
}

// keep puts the variable back when t ends.
func keep(t *testing.T, name string) {
	t.Helper()
	before, was := os.LookupEnv(name)
	t.Cleanup(func() {
		if was {
			set(t, name, before)
		} else if err := os.Unsetenv(name); err != nil {
			t.Error(err)
		}
	})
}

func set(t *testing.T, name, value string) {
	t.Helper()
	if err := os.Setenv(name, value); err != nil { //nolint:usetesting // see site
		t.Fatal(err)
	}
}

// load builds an app from exactly the given variables.
func (s *site) load(t *testing.T, variables map[string]string, log io.Writer) *app.App {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range perWorld() {
		set(t, name, variables[name])
	}
	a, err := app.Load(t.Context(), app.Options{Settings: config.Environment(), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	return a
}
