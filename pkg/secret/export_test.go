package secret

import (
	"context"
	"time"
)

// ValueAt is Value at another time.
func (r Ref) ValueAt(ctx context.Context, now time.Time) (string, error) {
	return r.valueAt(ctx, now)
}

// RefreshAt is Refresh at another time.
func (r Ref) RefreshAt(ctx context.Context, now time.Time) (bool, error) {
	return r.refreshAt(ctx, now)
}
