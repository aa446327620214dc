package main

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
)

func TestPeakOf(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells what a process has held at the most")
	}
	held := make([]byte, 64<<20) // the child must not be charged with it
	for i := 0; i < len(held); i += 4096 {
		held[i] = 1
	}
	child := exec.Command("sleep", "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = child.Process.Kill(); _ = child.Wait() }()
	if own := peakOf(os.Getpid()); own < int64(len(held)) {
		t.Errorf("this process is said to have held %d bytes, and holds %d", own, len(held))
	}
	if got := peakOf(child.Process.Pid); got <= 0 || got > 16<<20 {
		t.Errorf("sleep is said to have held %d bytes", got)
	}
	if got := peakOf(-1); got != 0 {
		t.Errorf("a process that is not there is said to have held %d bytes", got)
	}
	runtime.KeepAlive(held)
}
