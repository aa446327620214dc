package tocsin

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// The options that are schedules.
const (
	optionDrill           = "drill"
	optionSummarySchedule = "summarySchedule"
)

// A drill's schedule. The alarm that misses it looks back over the longest gap between two drills, and
// an alarm can look back a week at most:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
const (
	shortestGap = time.Hour
	longestGap  = 6 * 24 * time.Hour
)

// drillForms is the remedy for a schedule of drills that cannot be.
const drillForms = "want rate(1 day), rate(12 hours) or the like, or cron(0 9 * * ? *), cron(0 9 ? * MON-FRI *) or the like in UTC: " +
	"at most every hour, and at least every six days"

// checkDrill sees that the schedule of the drills is one, and that an alarm can miss it.
func (p *Props) checkDrill(found *mistakes) {
	if p.Ops.Drill == "" {
		return
	}
	if gap := drillGap(p.Ops.Drill); gap < shortestGap || gap > longestGap {
		found.add(optionDrill, "%s", drillForms)
	}
}

// drillGap returns the longest time between two drills of a schedule, and 0 where it is not known.
func drillGap(schedule string) time.Duration {
	if rate := rateOf(schedule); rate != 0 {
		return rate
	}
	fields := cronFields(schedule)
	if fields == nil || fields[2] != "*" && fields[2] != "?" || fields[3] != "*" || fields[5] != "*" {
		return 0
	}
	return time.Duration(daysBetween(fields[4])) * 24 * time.Hour
}

// rateOf returns the time between two rounds of rate(12 hours), and 0 for what is no rate.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
func rateOf(schedule string) time.Duration {
	if !matches(`^rate\([1-9][0-9]{0,5} (minute|hour|day)s?\)$`, schedule) {
		return 0
	}
	number, unit, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(schedule, "rate("), ")"), " ")
	n, err := strconv.Atoi(number)
	if err != nil {
		return 0 // the pattern takes digits alone
	}
	switch unit[0] {
	case 'm':
		return time.Duration(n) * time.Minute
	case 'h':
		return time.Duration(n) * time.Hour
	default:
		return time.Duration(n) * 24 * time.Hour
	}
}

// cronFields returns the fields of cron(minutes hours day-of-month month day-of-week year); nil for what
// is none. One minute of an hour is enough, and one of the two kinds of day has to be left open.
func cronFields(schedule string) []string {
	const some = `[0-9A-Z*/,#-]+`
	if !matches(`^cron\([0-5]?[0-9] [0-9*/,-]+ (\? `+some+` `+some+`|`+some+` `+some+` \?) [0-9*/,-]+\)$`, schedule) {
		return nil
	}
	return strings.Fields(strings.TrimSuffix(strings.TrimPrefix(schedule, "cron("), ")"))
}

// daysBetween returns the most days from one day to the next of a cron's days of the week, such as
// MON-FRI or 2,5; 0 where that is not known.
func daysBetween(field string) int {
	if field == "*" || field == "?" {
		return 1
	}
	const week = 7
	names := []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
	number := func(day string) int {
		return max(slices.Index(names, day), slices.Index([]string{"1", "2", "3", "4", "5", "6", "7"}, day))
	}
	var is [week]bool
	for part := range strings.SplitSeq(field, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, to := number(first), number(last)
		if from < 0 || to < from {
			return 0
		}
		for day := from; day <= to; day++ {
			is[day] = true
		}
	}
	longest, last := 0, -1
	for day := range 2 * week {
		if !is[day%week] {
			continue
		}
		if last >= 0 {
			longest = max(longest, day-last)
		}
		last = day
	}
	return longest
}

// The variable that asks for summaries, and when they come where no option says it.
const (
	settingSummary = "SUMMARY"
	weekly         = "weekly"
	mondayMorning  = "cron(0 7 ? * MON *)"
)

// summarySchedule returns when summaries are sent; it is empty where no sink has asked for one. What a
// configuration in a secret asks for is not known here, and the option says that there is one.
func (p *Props) summarySchedule() string {
	given := p.Ops.SummarySchedule
	if p.wantsSummary() && given == "" {
		return mondayMorning
	}
	return given
}

// wantsSummary reports whether some sink has asked for a weekly summary.
func (p *Props) wantsSummary() bool {
	return slices.ContainsFunc(p.instances(), func(i instance) bool {
		text := p.value(i.variable(settingSummary))
		if text == "" {
			text = p.value(settingSummary)
		}
		return strings.EqualFold(strings.TrimSpace(text), weekly)
	})
}

// checkSummary sees that the schedule of summaries is one, and that there are any.
func (p *Props) checkSummary(found *mistakes) {
	schedule := p.Ops.SummarySchedule
	switch {
	case schedule == "":
	case rateOf(schedule) == 0 && cronFields(schedule) == nil:
		found.add(optionSummarySchedule, "want cron(0 7 ? * MON *), rate(7 days) or the like, in UTC")
	case !p.wantsSummary() && !p.isConfigSecret():
		found.add(optionSummarySchedule, "no sink sends a summary; set env.SUMMARY=weekly, or that of an instance, or leave it out")
	}
}
