package json_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
)

// What somebody did fits also where the name of its finding is longer than the document may be.
func TestActOfALongName(t *testing.T) {
	for _, minimal := range []bool{false, true} {
		n := formattertest.Acted()
		n.Minimal, n.Findings[0].ID = minimal, strings.Repeat("<", 1_500)
		n.Word.About = n.Findings[0].Key()
		for _, limit := range []int{2_000, 4_000, 100_000} {
			check(t, notificationSchema(t), document(t, n, limit))
		}
	}
}
