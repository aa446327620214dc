// Package suggest finds the word that somebody probably meant.
package suggest

// Word returns the one of candidates that is nearest to word by edit distance, or "" when none is
// near enough to be a likely slip: more than a third of the word would have to change.
func Word(word string, candidates []string) string {
	best, bestDistance := "", len(word)/3+1
	for _, candidate := range candidates {
		if d := distance(word, candidate); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// Slip returns the one of candidates that word differs from by a slip of the keyboard, or "" when
// there is none: by one letter too many, missing, wrong or in the wrong place, or by two in a long
// word. It is for words of which there are more than the candidates.
func Slip(word string, candidates []string) string {
	most := 1
	switch {
	case len(word) < shortest:
		return ""
	case len(word) >= long:
		most = 2
	}
	best, bestDistance := "", most+1
	for _, candidate := range candidates {
		if len(candidate) < len(word)-most || len(candidate) > len(word)+most {
			continue
		}
		if d := distance(word, candidate); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// In words shorter than shortest a slip makes another word; in those from long on there can be two.
const shortest, long = 4, 13

// distance is the least number of bytes to insert, delete or replace, or of neighbours to exchange,
// to make b of a.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			replace := last[j]
			if a[i] != b[j] {
				replace++
			}
			row[j+1] = min(replace, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
