package digest

// mostOfProcess is how many findings one process puts into a digest before it opens the next one. A digest is read as a whole when it is
// sent, which takes some 8 KiB of memory for each finding (docs/scale-measured.md): of 256 MB two functions fill a sixth, and ten two
// thirds. Below it stays whatever two functions put there within the minute that is the default.
const mostOfProcess = 2_000

// put is how many findings a process has put into a digest.
type put struct {
	digest   string
	findings int
}

// note counts a finding that was put into a sink's digest.
func (d *Digests) note(sink, digest string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.put[sink].digest != digest {
		d.put[sink] = put{digest: digest}
	}
	one := d.put[sink]
	one.findings++
	d.put[sink] = one
}

// isFull reports whether this process has put as many findings into a sink's digest as it may.
func (d *Digests) isFull(sink, digest string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	one := d.put[sink]
	return one.digest == digest && one.findings >= mostOfProcess
}
