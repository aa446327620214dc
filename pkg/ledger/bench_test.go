package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

func BenchmarkClaimSent(b *testing.B) {
	l := ledger.New(table.NewMemory(), nil)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		f := version(1)
		f.ID = fmt.Sprint(n)
		n++
		c, err := l.Claim(b.Context(), request("a", f, time.Minute))
		if err != nil {
			b.Fatal(err)
		}
		if err := l.Sent(b.Context(), c, notify.Receipt{}); err != nil {
			b.Fatal(err)
		}
	}
}
