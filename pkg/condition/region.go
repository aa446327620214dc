package condition

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

// regions returns how many regions of AWS there are of each area and direction, as their codes count
// them: https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
func regions() map[string]int {
	return map[string]int{
		"af-south": 1, "ap-east": 2, "ap-northeast": 3, "ap-south": 2, "ap-southeast": 7, "ca-central": 1, "ca-west": 1, "cn-north": 1,
		"cn-northwest": 1, "eu-central": 2, "eu-isoe-west": 1, "eu-north": 1, "eu-south": 2, "eu-west": 3, "eusc-de-east": 1, "il-central": 1,
		"me-central": 1, "me-south": 1, "mx-central": 1, "sa-east": 1, "us-east": 2, "us-gov-east": 1, "us-gov-west": 1, "us-iso-east": 1,
		"us-iso-west": 1, "us-isob-east": 1, "us-isob-west": 1, "us-isof-east": 1, "us-isof-south": 1, "us-west": 2,
	}
}

// areas returns the keys of regions, sorted.
func areas() []string { return slices.Sorted(maps.Keys(regions())) }

// newRegions is how far the numbers of regions may go beyond those of today: some are added each
// year, one at a time.
const newRegions = 3

// directions are the ends of areas; longer ones come first.
func directions() []string {
	return []string{"northeast", "northwest", "southeast", "southwest", "central", "north", "south", "east", "west"}
}

// regionMistake finds what is no region. Regions that are not known are none, as long as they are
// called as regions are: those of AWS and, for what Inspector finds elsewhere, of Azure.
func regionMistake(operator, text string, isUpper bool) string {
	if isUpper {
		return "" // judged in small letters alone
	}
	if !consists(text, letters+digits+"-") {
		return "a region is written as eu-west-1, in small letters, digits and dashes" + nearRegion(strings.ToLower(text))
	}
	if operator == opEnds || operator == opContains {
		return ""
	}
	area, number, isNumbered := cutNumber(text)
	if operator == opStarts {
		return beginningMistake(text)
	}
	switch known, isKnown := regions()[area]; {
	case isNumbered && isKnown && number >= 1 && number <= known+newRegions:
		return ""
	case isNumbered && isKnown:
		return "there is no such region: the numbers of this area do not go so far"
	case isNumbered:
		if near := nearRegion(text); near != "" {
			return "there is no such region" + near
		}
		return ""
	case isAzure(text):
		return azureMistake(text)
	default:
		return "a region is written as eu-west-1" + nearRegion(text)
	}
}

// cutNumber takes a region apart: "eu-west" and 1.
func cutNumber(text string) (area string, number int, isNumbered bool) {
	at := strings.LastIndexByte(text, '-')
	if at < 0 || strings.Count(text, "-") < 2 {
		return text, 0, false
	}
	number, err := strconv.Atoi(text[at+1:])
	return text[:at], number, err == nil
}

// isAzure reports whether a text is called as the regions of Azure are: southeastasia, eastus2.
func isAzure(text string) bool {
	hasDirection := slices.ContainsFunc(directions(), func(direction string) bool { return strings.Contains(text, direction) })
	return !strings.Contains(text, "-") && (hasDirection || strings.HasPrefix(text, "usgov"))
}

// azureMistake finds a region of AWS without its dashes.
func azureMistake(text string) string {
	for _, area := range areas() {
		if bare := strings.ReplaceAll(area, "-", ""); strings.HasPrefix(text, bare) && consists(text[len(bare):], digits) {
			return "a region is written as eu-west-1; did you mean \"" + area + "-" + text[len(bare):] + "\"?"
		}
	}
	return ""
}

// nearRegion returns a question for the region that a text was probably meant to be, or "".
func nearRegion(text string) string {
	text = strings.NewReplacer("_", "-", " ", "-").Replace(text)
	area, number, isNumbered := cutNumber(text)
	known := regions()
	if _, isArea := known[area]; !isNumbered || isArea {
		if isArea && isNumbered {
			return "; did you mean \"" + text + "\"?"
		}
		return ""
	}
	geography, direction := area[:strings.LastIndexByte(area, '-')], area[strings.LastIndexByte(area, '-')+1:]
	for _, other := range areas() {
		at := strings.LastIndexByte(other, '-')
		isSlip := geography == other[:at] && !slices.Contains(directions(), direction) && suggest.Slip(direction, []string{other[at+1:]}) != ""
		isTurned := direction == other[at+1:] && len(geography) == 2 && geography[1:]+geography[:1] == other[:at]
		if isSlip || isTurned {
			return "; did you mean \"" + other + "-" + strconv.Itoa(number) + "\"?"
		}
	}
	return ""
}

// beginningMistake finds what no region begins with.
func beginningMistake(text string) string {
	if isAzure(text) {
		return ""
	}
	geography, rest, isWhole := strings.Cut(text, "-")
	switch {
	case len(geography) > 4 || isWhole && len(geography) < 2:
		return "a region begins as eu-west-1 does"
	case isWhole && rest == "" && len(geography) == 2:
		isKnown, isTurned := false, ""
		for _, area := range areas() {
			isKnown = isKnown || strings.HasPrefix(area, text)
			if strings.HasPrefix(area, geography[1:]+geography[:1]+"-") {
				isTurned = geography[1:] + geography[:1] + "-"
			}
		}
		if !isKnown && isTurned != "" {
			return "no region begins with this; did you mean \"" + isTurned + "\"?"
		}
	}
	return ""
}
