package report

import (
	"time"

	"github.com/tocsin-sec/tocsin/pkg/delivery"
)

// latency returns how long it took from the event's time to the acceptance by a sink. It is not known of
// what was not sent, and of a finding that came in no event. Where the clocks differ it can seem to be
// less than nothing, and is 0.
func (f *Finding) latency(sink int) (latency time.Duration, isKnown bool) {
	accepted := f.Results[sink].Accepted
	if accepted.IsZero() || f.Finding.Published.IsZero() {
		return 0, false
	}
	return max(accepted.Sub(f.Finding.Published), 0), true
}

// latencies returns those of all findings at a sink, in milliseconds.
func (r *Report) latencies(sink int) []int64 {
	var all []int64
	for i := range r.Records {
		for j := range r.Records[i].Findings {
			if latency, isKnown := r.Records[i].Findings[j].latency(sink); isKnown {
				all = append(all, latency.Milliseconds())
			}
		}
	}
	return all
}

// durations returns what the calls took, in milliseconds.
func durations(calls []delivery.Call) []int64 {
	if len(calls) == 0 {
		return nil
	}
	all := make([]int64, len(calls))
	for i, call := range calls {
		all[i] = call.Took.Milliseconds()
	}
	return all
}

// oldestRetry returns the age of the oldest finding, or digest, that is handed back; 0 where none is, or
// the time of none is known. A digest does not know when its findings were published: it is as old as it
// has been open.
func (r *Report) oldestRetry(now time.Time) time.Duration {
	var oldest time.Time
	see := func(since time.Time) {
		if !since.IsZero() && (oldest.IsZero() || since.Before(oldest)) {
			oldest = since
		}
	}
	for i := range r.Records {
		if d := r.Records[i].Digest; d != nil && !d.Result.Finished() {
			see(d.Since)
		}
		for j := range r.Records[i].Findings {
			f := &r.Records[i].Findings[j]
			for k := range f.Results {
				if !f.Results[k].Finished() {
					see(f.Finding.Published)
				}
			}
		}
	}
	if oldest.IsZero() {
		return 0
	}
	return max(now.Sub(oldest), 0)
}
