package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// profiled is a file that is added to the bootstrap, so that it says where its CPU time goes.
//
//go:embed profiled.txt
var profiled []byte

// profile is where the CPU time of a load goes, in percent by the parts.
type profile struct {
	load   load
	shares map[string]float64
}

// work is a part of the work: the functions that do it, with all that they call.
type work struct {
	name      string
	functions []string
}

// works are the parts of the work as the profiles show them. Some lie in others: allocation is wherever something is made.
func works() []work {
	return []work{
		{"reading events", []string{"events.Open", "events.Parse"}},
		{"words of the messages", []string{"formatter.New"}},
		{"rendering for Slack and as text", []string{"formatter/slack.Render", "formatter/text.Render"}},
		{"claiming and settling", []string{"delivery.(*sinkRun).claim", "delivery.(*sinkRun).settle"}},
		{"requests to the table, of these", []string{"table.(*DynamoDB).call"}},
		{"signing, for the table and SNS", []string{"awssend.(*Client).sign"}},
		{"net/http's two goroutines of each connection", []string{"net/http.(*persistConn).writeLoop", "net/http.(*persistConn).readLoop"}},
		{"log and metrics", []string{"report.Log.Report"}},
		{"allocation", []string{"runtime.mallocgc"}},
		{"collection beside it", []string{"runtime.gcBgMarkWorker", "runtime.bgsweep"}},
		{"system calls", []string{"internal/runtime/syscall/linux.Syscall6"}},
	}
}

// measureProfiles profiles a bootstrap that is built for it with loads.
func (d *deployed) measureProfiles(event func(int) []byte, loads ...load) error {
	say("where the CPU time goes")
	directory, err := os.MkdirTemp("", "tocsin-profile-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(directory) }()
	program, err := buildProfiled(directory)
	if err != nil {
		return err
	}
	b, err := d.newBed(0, false, event)
	if err != nil {
		return err
	}
	defer b.stop()
	for _, l := range loads {
		text, err := b.profile(program, filepath.Join(directory, fmt.Sprint(l.size)), l)
		if err != nil {
			return err
		}
		d.profiles = append(d.profiles, profile{l, sharesOf(text)})
	}
	return nil
}

// buildProfiled builds the bootstrap with one file more, which is nowhere but in this build.
func buildProfiled(directory string) (path string, err error) {
	source := filepath.Join(directory, "profiled.go")
	place, err := filepath.Abs("cmd/lambda/profiled.go")
	if err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{place: source}})
	if err != nil {
		return "", err
	}
	listed := filepath.Join(directory, "overlay.json")
	if err := errors.Join(os.WriteFile(source, profiled, 0o600), os.WriteFile(listed, overlay, 0o600)); err != nil {
		return "", err
	}
	path = filepath.Join(directory, "profiled")
	return path, compile(".", "./cmd/lambda", path, "-overlay="+listed)
}

// profiledFindings are so many that the shares stand, and fewer than those beyond which there are digests.
const profiledFindings = 8000

// profile runs a load and returns what "go tool pprof" says of it.
func (b *bed) profile(program, path string, l load) (text string, err error) {
	v, err := b.deployed(mostMessages)
	if err != nil {
		return "", err
	}
	v["PROFILE"] = path
	f, err := startFunction(program, v)
	if err != nil {
		return "", err
	}
	defer f.stop()
	if _, err := f.waitForInit(); err != nil {
		return "", err
	}
	for i := range profiledFindings / l.size {
		if _, err := b.invoke(f, l, i); err != nil {
			return "", err
		}
	}
	if err := f.process.Process.Signal(syscall.SIGUSR1); err != nil {
		return "", err
	}
	for range 100 {
		if _, err = os.Stat(path); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err != nil {
		return "", fmt.Errorf("the profile is not written: %w", err)
	}
	top, err := exec.Command("go", "tool", "pprof", "-top", "-cum", "-nodefraction=0", "-nodecount=1000000", path).Output()
	return string(top), err
}

// sharesOf adds up the parts' shares of the CPU time, in percent.
func sharesOf(top string) map[string]float64 {
	shares := map[string]float64{}
	for line := range strings.Lines(top) {
		// 10ms  0.25%  0.63%  474ms 11.92%  github.com/tocsin-sec/tocsin/formatter.New
		fields := strings.Fields(line)
		var percent float64
		if len(fields) < 6 {
			continue
		}
		if n, _ := fmt.Sscanf(fields[4], "%f%%", &percent); n != 1 {
			continue
		}
		name := strings.TrimPrefix(strings.TrimPrefix(fields[5], "github.com/tocsin-sec/tocsin/"), "pkg/")
		for _, w := range works() {
			for _, function := range w.functions {
				if name == function {
					shares[w.name] += percent
				}
			}
		}
	}
	return shares
}

// pageOfProfiles writes where the CPU time goes.
func (d *deployed) pageOfProfiles(w io.Writer) {
	if len(d.profiles) == 0 {
		return
	}
	fmt.Fprintf(w, "\n### Where it goes\n\nThe function's CPU time by `pprof`, first tellings of %d findings, in percent: each part with all that it calls, so that\nsome lie in others.\n\n| part |", profiledFindings)
	for _, p := range d.profiles {
		if p.load.size == 1 {
			fmt.Fprint(w, " lone |")
			continue
		}
		fmt.Fprintf(w, " batches of %d |", p.load.size)
	}
	fmt.Fprint(w, "\n|---|"+strings.Repeat("---|", len(d.profiles))+"\n")
	for _, one := range works() {
		fmt.Fprintf(w, "| %s |", one.name)
		for _, p := range d.profiles {
			fmt.Fprintf(w, " %.0f |", p.shares[one.name])
		}
		fmt.Fprintln(w)
	}
}
