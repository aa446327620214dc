package slack

import "github.com/tocsin-sec/tocsin/pkg/notify"

// JudgeAs has a webhook, which posts to a server of the test, judge its answers as those of another
// address.
func JudgeAs(sink notify.Notifier, address string) {
	if w, ok := sink.(*webhook); ok {
		w.proof = func(string) proof { return proofAt(address) }
	}
}
