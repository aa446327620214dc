package panics_test

import (
	"errors"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/panics"
)

func described(do func()) (text string) {
	defer func() { text = panics.Describe(recover()) }()
	do()
	return ""
}

func outOfRange() {
	three := []int{1, 2, 3}
	three = three[len(three):]
	_ = three[0]
}

func withError() { panic(errors.New("s3cr3t")) }

func withText() { panic("s3cr3t") }

// The kind and the place of a panic are sent, its value only where the runtime made it.
func TestDescribe(t *testing.T) {
	const place = " in github.com/tocsin-sec/tocsin/pkg/panics_test."
	for want, do := range map[string]func(){
		"*errors.errorString" + place + "withError":                                  withError,
		"string" + place + "withText":                                                withText,
		"runtime error: index out of range [0] with length 0" + place + "outOfRange": outOfRange,
	} {
		if got := described(do); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
