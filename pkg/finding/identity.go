package finding

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// Key names a finding across all of its publications, by whatever road they come: the source that
// has found it, the finding's own account and region, and its id there, joined by "/". A finding
// without an id is named by the hash of its document.
func (f *Finding) Key() string {
	id := cmp.Or(f.Native.ID, f.ID)
	if id == "" {
		id = "sha256:" + f.contentHash()
	}
	return strings.Join([]string{cmp.Or(f.Native.Source, f.Source), f.Account.ID, f.Region, id}, "/")
}

// Version distinguishes the publications of a finding.
type Version struct {
	// Updated is the finding's own time of update, else the time of its publication.
	Updated time.Time
	// Count is how often the source had seen it.
	Count int
	// Over says that the finding has come to its end.
	Over bool `json:",omitempty"`
	// Content is the hash of the document, set only when neither time is known.
	Content string
	// Road is the way by which it came, and Published when it was handed over there, where whoever
	// compares versions has set them. They tell which of two of the same time is the later.
	Road      string    `json:",omitempty"`
	Published time.Time `json:",omitzero"`
}

// Version returns the version of this publication. Two publications of one finding with the same
// version say the same.
func (f *Finding) Version() Version {
	version := Version{Updated: f.Updated.UTC(), Count: f.Count, Over: f.State.Over()}
	if f.Updated.IsZero() {
		version.Updated = f.Published.UTC()
	}
	if version.Updated.IsZero() {
		version.Content = f.contentHash()
	}
	return version
}

// After reports whether v is newer than other. Where one of them has no time, another content is
// newer: a message too many is better than one too few. Of the same time, the end is the newer one:
// a copy from before it does not open a finding again, unless its road handed it over after the end.
func (v Version) After(other Version) bool {
	switch {
	case v.Content != "" || other.Content != "":
		return v.Content != other.Content
	case !v.Updated.Equal(other.Updated):
		return v.Updated.After(other.Updated)
	case v.Over != other.Over:
		return v.IsRepublished(other) || v.Over && !other.IsRepublished(v)
	default:
		return v.Count > other.Count
	}
}

// IsRepublished reports whether v was handed over later than other, by the same road.
func (v Version) IsRepublished(other Version) bool {
	return v.Road != "" && v.Road == other.Road && !other.Published.IsZero() && v.Published.After(other.Published)
}

// String returns the version as one word, fit for use in an identifier.
func (v Version) String() string {
	if v.Content != "" {
		return v.Content
	}
	text := v.Updated.Format(time.RFC3339Nano) + "#" + strconv.Itoa(v.Count)
	if v.Over {
		text += "#over"
	}
	return text
}

func (f *Finding) contentHash() string {
	sum := sha256.Sum256(f.Document)
	return hex.EncodeToString(sum[:])
}
