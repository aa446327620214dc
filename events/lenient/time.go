package lenient

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// epochLimit is where seconds since 1970 end and milliseconds begin, and these end where
// microseconds begin, and so on: in seconds it is the year 5138.
const epochLimit = 1e11

// longestTime bounds the texts that can be a time.
const longestTime = 100

// maxYear is the last year that RFC 3339 can write, as the ledger does.
const maxYear = 9999

// Time reads a time in any of the forms that AWS services, and the tools that pass their events on,
// are known to write:
//
//   - RFC 3339 with or without a fraction, with "T" or a space, with an offset with or without a
//     colon, or with none (UTC); without its hyphens and colons; a date alone;
//   - RFC 1123 and its kin, as AWS Health writes it: with a day of one digit or two, with or without
//     a weekday, a comma, or an offset as a number;
//   - "Wed Sep 04 16:59:44.356 UTC 2024" as Inspector and Java, "Fri May  1 10:00:00 2026" as C and
//     Python, "Fri May 01 2026 10:00:00 GMT+0000 (...)" as JavaScript, "Friday 22 July, 2022
//     15:57:45 UTC" as CloudWatch, "May 1, 2026, 10:00:00 AM" as people write it;
//   - "datetime.datetime(2026, 5, 1, 10, 0, tzinfo=tzutc())", which Python makes of what JSON has no
//     form for;
//   - seconds, milliseconds, microseconds or nanoseconds since 1970.
//
// Anything else is the zero time, and so is a time in a zone that is known by a name alone: to be
// wrong by hours is worse than not to know. The result is in UTC.
func (d Document) Time() time.Time {
	text := strings.TrimSpace(d.Text())
	switch {
	case len(text) > longestTime:
		return time.Time{}
	case len(text) >= len(time.DateOnly) && text[4] == '-':
		return dateTime(text)
	}
	if seconds, ok := d.Number(); ok {
		return sinceEpoch(seconds)
	}
	if arguments, isPython := strings.CutPrefix(text, "datetime.datetime("); isPython {
		return pythonTime(arguments)
	}
	return writtenTime(text)
}

// TimeText returns the first of the values that is a time, in RFC 3339 whatever form it has, else the
// first that is a text, as it came. A message writes it as all times.
func TimeText(values ...Document) string {
	for _, value := range values {
		if t := value.Time(); !t.IsZero() {
			return t.Truncate(time.Second).Format(time.RFC3339)
		}
	}
	for _, value := range values {
		if text := value.Text(); text != "" {
			return text
		}
	}
	return ""
}

// sinceEpoch returns the time of a number of seconds or of thousandths, millionths or billionths.
func sinceEpoch(seconds float64) time.Time {
	for range 3 {
		if seconds > epochLimit {
			seconds /= 1000
		}
	}
	if seconds <= 0 || seconds > epochLimit {
		return time.Time{}
	}
	// A float of this size is exact to the microsecond, not to the nanosecond.
	return time.UnixMicro(int64(math.Round(seconds * 1e6))).UTC()
}

// dateTime reads a text that begins with a date.
func dateTime(text string) time.Time {
	if len(text) > len(time.DateOnly) {
		text = text[:len(time.DateOnly)] + "T" + strings.ToUpper(strings.ReplaceAll(text[len(time.DateOnly)+1:], " ", ""))
	}
	return parsedTime(text, time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00",
		"2006-01-02T15:04:05Z07", "2006-01-02T15:04", "2006-01-02T15:04:05MST", "2006-01-02T15:04:05Z0700MST", time.DateOnly)
}

// writtenTime reads a text that begins with a weekday, a day or a month. Commas, further space and
// what stands in brackets say nothing.
func writtenTime(text string) time.Time {
	text, _, _ = strings.Cut(text, "(")
	words := strings.Fields(strings.ReplaceAll(text, ",", " "))
	if len(words) > 0 && isWeekday(words[0]) {
		words = words[1:]
	}
	return parsedTime(strings.Join(words, " "),
		"2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05", "2 January 2006 15:04:05 MST",
		"2-Jan-06 15:04:05 MST", "2-Jan-2006 15:04:05 MST",
		"Jan 2 15:04:05 MST 2006", "Jan 2 15:04:05 -0700 2006", "Jan 2 15:04:05 2006", "Jan 2 2006 15:04:05 GMT-0700",
		"Jan 2 2006 3:04:05 PM", "20060102T150405Z0700", "20060102T150405")
}

// isWeekday reports whether a word is the English name of a day of the week, or the short one.
func isWeekday(word string) bool {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if name := day.String(); strings.EqualFold(word, name) || strings.EqualFold(word, name[:3]) {
			return true
		}
	}
	return false
}

// pythonTime reads the arguments of Python's datetime.datetime, up to the microsecond. A time with a
// zone other than UTC is none.
func pythonTime(arguments string) time.Time {
	numbers, zone, _ := strings.Cut(strings.TrimSuffix(arguments, ")"), "tzinfo=")
	switch strings.TrimSpace(zone) {
	case "", "tzutc()", "datetime.timezone.utc", "UTC", "<UTC>", "tzlocal()": // the Lambda's own is UTC
	default:
		return time.Time{}
	}
	var parts [7]int // from the year to the microsecond
	for i, number := range strings.Split(strings.TrimRight(numbers, ", "), ",") {
		value, err := strconv.Atoi(strings.TrimSpace(number))
		if err != nil || i == len(parts) {
			return time.Time{}
		}
		parts[i] = value
	}
	micros := time.Duration(parts[6]) * time.Microsecond
	read := time.Date(parts[0], time.Month(parts[1]), parts[2], parts[3], parts[4], parts[5], int(micros), time.UTC)
	if read.Year() != parts[0] || parts[0] <= 1 || parts[0] > maxYear {
		return time.Time{}
	}
	return read
}

// parsedTime reads a time in the first of the layouts that fits.
func parsedTime(text string, layouts ...string) time.Time {
	for _, layout := range layouts {
		parsed, err := time.ParseInLocation(layout, text, time.UTC)
		if err != nil || parsed.Year() <= 1 || !isKnownZone(parsed) {
			continue
		}
		return parsed.UTC()
	}
	return time.Time{}
}

// isKnownZone reports whether the zone of a time is stated as an offset, or is UTC. Package time
// takes any other name for UTC.
func isKnownZone(t time.Time) bool {
	name, offset := t.Zone()
	return offset != 0 || name == "" || name == "UTC" || name == "GMT" || name == "Z"
}
