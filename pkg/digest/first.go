package digest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/table"
)

// groupRetention is how long a group counts as told after one of its findings was.
const groupRetention = 24 * time.Hour

// FirstOf reports whether a finding is the first of its groups to the sink: none of them has a mark,
// which lasts for a day. Then, and only then, each of them gets one. A finding without a group is the
// first. Of findings with the same groups that come at the same time, exactly one is the first. The
// error is that of a store that did not answer; then the answer is not known.
func (d *Digests) FirstOf(ctx context.Context, sink string, groups []string) (bool, error) {
	ctx, cancel := table.Bounded(ctx, d.store)
	defer cancel()
	revisions := make([]int64, len(groups))
	for i, group := range groups {
		isMarked, revision, err := d.marked(ctx, groupKey(sink, group))
		if err != nil || isMarked {
			return false, err
		}
		revisions[i] = revision
	}
	for i, group := range groups {
		key := groupKey(sink, group)
		err := d.store.Save(ctx, key, table.Record{Text: "{}", Expires: d.now().Add(groupRetention)}, revisions[i])
		switch {
		case err == nil:
		case !errors.Is(err, table.ErrConflict):
			return false, fmt.Errorf("ledger: %w", err)
		case i == 0: // else somebody is the first of that group, and this one of the others
			isMarked, _, err := d.marked(ctx, key)
			return err == nil && !isMarked, err
		}
	}
	return true, nil
}

// marked reports whether there is a mark, and the revision of what is there.
func (d *Digests) marked(ctx context.Context, key table.Key) (is bool, revision int64, err error) {
	mark, revision, err := d.store.Load(ctx, key)
	if err != nil {
		return false, 0, fmt.Errorf("ledger: %w", err)
	}
	return d.now().Before(mark.Expires), revision, nil // the store may delete it days later
}

// groupKey names where the mark of a group is kept. A hash stands for the group, since its name can
// be of any length. The key cannot be that of a finding, which begins with its source.
func groupKey(sink, group string) table.Key {
	sum := sha256.Sum256([]byte(group))
	return table.Key{Partition: "/told/" + sink, Sort: hex.EncodeToString(sum[:])}
}
