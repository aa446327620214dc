package router_test

import (
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

func BenchmarkDecide(b *testing.B) {
	routes := []router.Route{{Sink: "slack", MinSeverity: 4}, {Sink: "sns", MinSeverity: 7}}
	f := finding.Finding{Severity: 5}
	b.ReportAllocs()
	for b.Loop() {
		if len(router.Decide(f, routes, nil)) != 2 {
			b.Fatal("no decisions")
		}
	}
}
