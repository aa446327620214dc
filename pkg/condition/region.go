package condition

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

// regions has each area of AWS with its direction, and how far the numbers of its regions go:
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
const regions = "af-south=1 ap-east=2 ap-northeast=3 ap-south=2 ap-southeast=7 ca-central=1 ca-west=1 cn-north=1 cn-northwest=1 " +
	"eu-central=2 eu-isoe-west=1 eu-north=1 eu-south=2 eu-west=3 eusc-de-east=1 il-central=1 me-central=1 me-south=1 mx-central=1 " +
	"sa-east=1 us-east=2 us-gov-east=1 us-gov-west=1 us-iso-east=1 us-iso-west=1 us-isob-east=1 us-isob-west=1 us-isof-east=1 " +
	"us-isof-south=1 us-west=2"

// directions are the ends of areas.
const directions = "northeast northwest southeast southwest central north south east west"

// newRegions is how far the numbers of regions may go beyond those of today: some are added each
// year, one at a time.
const newRegions = 3

// regionMistake finds what is no region. Regions that are not known are none, as long as they are
// called as regions are: those of AWS and, for what is found elsewhere, of Azure.
func regionMistake(operator, text string) string {
	if !consists(text, letters+digits+"-") {
		return "a region is written as eu-west-1, in small letters, digits and dashes" + nearRegion(strings.ToLower(text))
	}
	switch operator {
	case opEnds, opContains:
		return ""
	case opStarts:
		return beginningMistake(text)
	}
	area, number := cutNumber(text)
	most := numberOfRegions(area)
	switch near := nearRegion(text); {
	case text == "global":
		return "" // some call it so where there is no region
	case isAzure(text):
		return azureMistake(text)
	case number < 0:
		return "a region is written as eu-west-1" + near
	case most > 0 && (number == 0 || number > most+newRegions):
		return "there is no such region: the numbers of this area do not go so far"
	case most == 0 && near != "":
		return "there is no such region" + near
	}
	return ""
}

// numberOfRegions returns how far the numbers of an area go, 0 for one that is not known.
func numberOfRegions(area string) int {
	for _, known := range strings.Fields(regions) {
		if number, found := strings.CutPrefix(known, area+"="); found {
			return int(number[0] - '0')
		}
	}
	return 0
}

// isBeginning reports whether a region of today begins with a text.
func isBeginning(text string) bool {
	for _, known := range strings.Fields(regions) {
		if strings.HasPrefix(known, text) {
			return true
		}
	}
	return false
}

// cutNumber takes a region apart: "eu-west" and 1, or -1 where there is no number.
func cutNumber(text string) (area string, number int) {
	at := strings.LastIndexByte(text, '-')
	if strings.Count(text, "-") < 2 {
		return text, -1
	}
	number, err := strconv.Atoi(text[at+1:])
	if err != nil {
		return text, -1
	}
	return text[:at], number
}

// isAzure reports whether a text is called as the regions of Azure are: southeastasia, eastus2.
func isAzure(text string) bool {
	if strings.Contains(text, "-") {
		return false
	}
	for _, direction := range strings.Fields(directions + " usgov") {
		if strings.Contains(text, direction) {
			return true
		}
	}
	return false
}

// azureMistake finds a region of AWS without its dashes.
func azureMistake(text string) string {
	for _, area := range strings.Fields(regions) {
		area = area[:len(area)-2]
		if number, found := strings.CutPrefix(text, strings.ReplaceAll(area, "-", "")); found && consists(number, digits) {
			return "a region is written as eu-west-1; did you mean \"" + area + "-" + number + "\"?"
		}
	}
	return ""
}

// nearRegion returns a question for the region that a text was probably meant to be, or "".
func nearRegion(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "_", "-"), " ", "-")
	area, number := cutNumber(text)
	if number < 0 {
		return ""
	}
	meant := ""
	at := strings.LastIndexByte(area, '-')
	geography, direction := area[:at], area[at+1:]
	switch {
	case numberOfRegions(area) > 0:
		meant = area
	case slices.Contains(strings.Fields(directions), direction):
		if turned := area[1:2] + area[:1] + area[2:]; len(geography) == 2 && numberOfRegions(turned) > 0 {
			meant = turned
		}
	default:
		for _, known := range strings.Fields(directions) {
			if numberOfRegions(geography+"-"+known) > 0 && suggest.Slip(direction, []string{known}) != "" {
				meant = geography + "-" + known
			}
		}
	}
	if meant == "" {
		return ""
	}
	return "; did you mean \"" + meant + text[len(area):] + "\"?"
}

// beginningMistake finds what no region begins with.
func beginningMistake(text string) string {
	geography, rest, isWhole := strings.Cut(text, "-")
	switch {
	case isAzure(text):
	case len(geography) > 4 || isWhole && len(geography) < 2:
		return "a region begins as eu-west-1 does"
	case isWhole && rest == "" && len(geography) == 2 && !isBeginning(text):
		if turned := geography[1:] + geography[:1] + "-"; isBeginning(turned) {
			return "no region begins with this; did you mean \"" + turned + "\"?"
		}
	}
	return ""
}
