package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// progress is a bar on the last line of a terminal; elsewhere it shows nothing.
type progress struct {
	w       io.Writer
	isShown bool
}

// newProgress returns a bar on w where that is a terminal.
func newProgress(w io.Writer) *progress {
	if !isTerminal(w) || os.Getenv("TERM") == "dumb" {
		return &progress{}
	}
	return &progress{w: w}
}

// show draws the bar; all is about how much there is to do, 0 when that is not known.
func (p *progress) show(done, all int) {
	if p.w == nil {
		return
	}
	p.isShown = true
	if all = max(all, done); all == done {
		fmt.Fprintf(p.w, "\r\x1b[K%d replayed", done)
		return
	}
	const width = 30
	full := done * width / all
	fmt.Fprintf(p.w, "\r\x1b[K[%s%s] %d of about %d", strings.Repeat("#", full), strings.Repeat(".", width-full), done, all)
}

// clear takes the bar away, so that something can be written in its place.
func (p *progress) clear() {
	if p.isShown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.isShown = false
	}
}
