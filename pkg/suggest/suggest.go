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

// Slip returns the one of candidates that is one slip away from word: one byte that is too many, too
// few or another one, or two that have changed places; or "" when there is none.
func Slip(word string, candidates []string) string {
	for _, candidate := range candidates {
		if distance(word, candidate) == 1 || isSwapped(word, candidate) {
			return candidate
		}
	}
	return ""
}

// isSwapped reports whether two neighbours in one text have changed places in the other.
func isSwapped(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) - 1 {
		if a[i] != b[i] {
			return a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
		}
	}
	return false
}

// distance is the least number of bytes to insert, delete or replace to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
