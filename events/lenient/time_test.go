package lenient_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events/lenient"
)

// One moment in each form that AWS and the tools around it write.
func TestTime(t *testing.T) {
	second := time.Date(2026, time.May, 1, 5, 30, 7, 0, time.UTC)
	milli := second.Add(356 * time.Millisecond)
	for text, want := range map[string]time.Time{
		// RFC 3339 and its kin.
		"2026-05-01T05:30:07Z": second, "2026-05-01T05:30:07.356Z": milli, "2026-05-01T05:30:07.356000000Z": milli,
		"2026-05-01T07:30:07+02:00": second, "2026-05-01T05:30:07.356+0000": milli, "2026-05-01T00:30:07-0500": second,
		"2026-05-01T05:30:07+00": second, "2026-05-01T05:30:07": second, "2026-05-01 05:30:07": second, "2026-05-01t05:30:07z": second,
		"2026-05-01 05:30:07.356000+00:00": milli, "2026-05-01 05:30:07,356": milli, "2026-05-01 05:30:07 UTC": second,
		"2026-05-01 05:30:07.356 +0000 UTC": milli, "2026-05-01T05:30Z": second.Truncate(time.Minute), "2026-05-01 05:30": second.Truncate(time.Minute),
		"2026-05-01": second.Truncate(24 * time.Hour), "20260501T053007Z": second, "20260501T053007": second, " 2026-05-01T05:30:07Z ": second,
		// RFC 1123 and its kin.
		"Fri, 01 May 2026 05:30:07 GMT": second, "Fri, 1 May 2026 05:30:07 GMT": second, "Fri, 1 May 2026 05:30:07 UTC": second,
		"Sat, 1 May 2026 05:30:07 GMT": second, "Fri 1 May 2026 05:30:07 GMT": second, "1 May 2026 05:30:07 GMT": second,
		"Fri, 01 May 2026 07:30:07 +0200": second, "Fri, 1 May 2026 05:30:07 -0000": second, "Fri,  1 May 2026 05:30:07": second,
		"Friday, 01-May-26 05:30:07 GMT": second, "Friday 1 May, 2026 05:30:07 UTC": second, "fri, 1 may 2026 05:30:07 GMT": second,
		// Inspector, Java, C, Ruby, JavaScript, Python.
		"Fri May 01 05:30:07.356 UTC 2026": milli, "Fri May  1 05:30:07 UTC 2026": second, "Fri May 1 05:30:07 2026": second,
		"Fri May 01 05:30:07 +0000 2026": second, "Fri May 01 2026 07:30:07 GMT+0200 (Central European Summer Time)": second,
		"Fri May 01 2026 05:30:07 GMT+0000": second, "May 1, 2026, 5:30:07 AM": second, "May 1, 2026, 5:30:07\u202fAM": second,
		"datetime.datetime(2026, 5, 1, 5, 30, 7, 356000, tzinfo=tzutc())": milli, "datetime.datetime(2026, 5, 1, 5, 30, 7)": second,
		"datetime.datetime(2026, 5, 1, 5, 30, tzinfo=datetime.timezone.utc)": second.Truncate(time.Minute),
		// Numbers.
		"1777613407": second, "1777613407.356": milli, "1777613407356": milli, "1777613407356000": milli, "1777613407356000000": milli,
		"1.777613407E9": second,
		// What says no moment, or one of an unknown zone.
		"": {}, "soon": {}, "0": {}, "-1": {}, "Fri": {}, "Fri,": {}, "1 May": {}, "2026-13-01": {}, "2026-05-01T25:00:00Z": {}, "1e40": {},
		"Fri, 1 May 2026 05:30:07 PST": {}, "Fri May 01 05:30:07 JST 2026": {}, "datetime.datetime(2026, 5, 1, 5, 30, 7, tzinfo=x)": {},
		"datetime.datetime(": {}, "datetime.datetime(99999, 1, 1, 0, 0)": {}, "datetime.datetime(2026, 13, 1, 0, 0)": {}, "datetime.datetime(1, 2, 3, 4, 5, 6, 7, 8)": {}, "01/05/2026 05:30:07": {}, "0001-01-01T00:00:00Z": {},
	} {
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := lenient.Decode(quoted).Time(); !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
	for text, want := range map[string]time.Time{`1777613407.356`: milli, `1777613407356`: milli, `true`: {}, `null`: {}, `{}`: {}, `["2026-05-01T05:30:07Z"]`: second} {
		if got := lenient.Decode([]byte(text)).Time(); !got.Equal(want) {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}
