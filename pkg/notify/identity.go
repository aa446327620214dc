package notify

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// MessageID returns a name for the message that an instance of a sink is to send: 64 hexadecimal
// digits. It is the same when the same publication of a finding is sent again, in another form, by
// another process or after a redrive, and another one for the next publication. A remote end that
// knows messages by such a name takes none of them twice.
func (n Notification) MessageID(instance string) string {
	var versions strings.Builder
	for _, f := range n.Findings {
		versions.WriteString(f.Version().String() + "\n" + f.Severity.String() + "\n")
		if f.Part != "" || f.Native.Source != "" { // of one version there can be several messages
			versions.WriteString(f.Road + "\n" + f.Part + "\n")
		}
		if n.Kind != KindFinding { // it is news, though people may have left the version as it was
			versions.WriteString(f.Published.UTC().Format(time.RFC3339Nano) + "\n")
		}
	}
	if n.Word.IsSaid() {
		versions.WriteString(n.Word.Name + "\n" + n.Word.ID + "\n")
	}
	return hash(n.Kind.String() + "\n" + n.keys() + "\n" + versions.String() + instance)
}

// FindingID returns a name for what a notification is about: 64 hexadecimal digits. It is the same
// for all messages about one finding, whatever has become of it and whoever sends them, so that a
// remote end can keep them together.
func (n Notification) FindingID() string { return hash(n.keys()) }

// keys returns the keys of the findings, one on each line. What Tocsin says of itself has a key that no
// finding has.
func (n Notification) keys() string {
	if n.Word.IsSaid() && len(n.Findings) == 0 {
		return "/" + cmp.Or(n.Word.About, n.Word.ID)
	}
	all := make([]string, len(n.Findings))
	for i, f := range n.Findings {
		all[i] = f.Key()
	}
	return strings.Join(all, "\n")
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
