package config_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/config"
)

func TestLogLevel(t *testing.T) {
	for text, want := range map[string]string{"": "", "warn": "warn", "ERROR": "error", "debug": "debug", "info": "info"} {
		c, err := config.Load(config.Texts(map[string]string{"SINKS": "plain", "LOG_LEVEL": text}), config.Options{SinkTypes: map[string][]string{"plain": nil}})
		if err != nil || c.LogLevel != want {
			t.Errorf("%q: got %q, %v, want %q", text, c.LogLevel, err, want)
		}
	}
	for text, remedy := range map[string]string{
		"warning": "did you mean warn?", "inf": "did you mean info?", "s3cret": "want error, warn, info, debug", "1": "want error, warn, info, debug",
	} {
		_, err := config.Load(config.Texts(map[string]string{"SINKS": "plain", "LOG_LEVEL": text}), config.Options{SinkTypes: map[string][]string{"plain": nil}})
		if err == nil || !strings.HasPrefix(err.Error(), "LOG_LEVEL: not a level of the log") || !strings.HasSuffix(err.Error(), remedy) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: got %v, want %s", text, err, remedy)
		}
	}
}

// An instance can have the name log: its settings and LOG_LEVEL do not get in each other's way.
func TestInstanceNamedLog(t *testing.T) {
	settings := map[string]string{"SINKS": "log=plain", "LOG_LEVEL": "warn", "LOG_MIN_SEVERITY": "high", "LOG_X": "1"}
	c, err := config.Load(config.Texts(settings), config.Options{SinkTypes: map[string][]string{"plain": {"X"}}})
	if err != nil || c.LogLevel != "warn" || c.Sinks[0].MinSeverity != 7 {
		t.Errorf("got %+v, %v", c, err)
	}
}
