package digest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/table"
)

// groupRetention is how long a group is remembered after its last finding.
const groupRetention = 24 * time.Hour

// FirstOf counts a finding in each of its groups, and reports whether it is the first of all of
// them to the sink, within a day or so. A finding without a group is the first. Of findings in the
// same groups that are counted at the same time, exactly one is the first. The error is that of a
// store that did not count; then the answer is not known, and what was counted stays so. A call that
// is made again over a dead connection may count twice, and nobody be the first: the digest has it.
func (d *Digests) FirstOf(ctx context.Context, sink string, groups []string) (bool, error) {
	ctx, cancel := table.Bounded(ctx, d.store)
	defer cancel()
	if len(groups) > 1 {
		// One finding at most goes on with the same groups. Otherwise two could each be the first of
		// one of them, and neither of both.
		sum, err := d.countGroup(ctx, sink, strings.Join(groups, "\n"))
		if err != nil || sum != 1 {
			return false, err
		}
	}
	isFirst := true
	for _, group := range groups {
		sum, err := d.countGroup(ctx, sink, group)
		if err != nil {
			return false, err
		}
		isFirst = isFirst && sum == 1
	}
	return isFirst, nil
}

// countGroup counts one more finding of a group and returns their number.
func (d *Digests) countGroup(ctx context.Context, sink, group string) (int64, error) {
	sum, err := d.store.Add(ctx, groupKey(sink, group), 1, d.now().Add(groupRetention))
	if err != nil {
		return 0, fmt.Errorf("ledger: %w", err)
	}
	return sum, nil
}

// groupKey names where the findings of a group are counted. A hash stands for the group, since its
// name can be of any length. The key cannot be that of a finding, which begins with its source.
func groupKey(sink, group string) table.Key {
	sum := sha256.Sum256([]byte(group))
	return table.Key{Partition: "/group/" + sink, Sort: hex.EncodeToString(sum[:])}
}
