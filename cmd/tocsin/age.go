package main

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// age is a span of time as a flag takes it: that of Go, such as 24h, or days, such as 7d.
type age time.Duration

// Set implements pflag.Value.
func (a *age) Set(text string) error {
	number, isDays := strings.CutSuffix(text, "d")
	if days, err := strconv.Atoi(number); isDays && err == nil && days >= 0 && days <= 10_000 {
		*a = age(time.Duration(days) * 24 * time.Hour)
		return nil
	}
	span, err := time.ParseDuration(text)
	if err != nil {
		return errors.New("want a span of time such as 90m, 24h or 7d")
	}
	*a = age(span)
	return nil
}

// String implements pflag.Value; nothing is no span.
func (a *age) String() string {
	if *a == 0 {
		return ""
	}
	return time.Duration(*a).String()
}

// Type implements pflag.Value.
func (*age) Type() string { return "duration" }
