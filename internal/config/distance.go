package config

// Nearest returns the candidate that differs from word by the fewest letters, the first of equals, or "" when none is
// near: more than 1 + len(word)/4 letters are another word.
func Nearest(word string, candidates []string) string {
	return NearestWithin(word, candidates, 1+len(word)/4)
}

// NearestWithin returns the candidate that differs from word by the fewest letters, the first of equals, or "" when all
// differ by more than most.
func NearestWithin(word string, candidates []string, most int) string {
	best, found := most+1, ""
	for _, c := range candidates {
		if d := distance(word, c, best); d < best {
			best, found = d, c
		}
	}
	return found
}

// DidYouMean returns "; did you mean X?" for the nearest candidate, or otherwise when none is near.
func DidYouMean(word string, candidates []string, otherwise string) string {
	if n := Nearest(word, candidates); n != "" {
		return "; did you mean " + n + "?"
	}
	return otherwise
}

// distance returns the number of bytes to insert, delete, replace or swap with their neighbour to get from a to b
// (Damerau-Levenshtein with disjoint swaps), or limit when it is not below limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := range len(a) {
		before, last, row := rows[0], rows[1], rows[2]
		row[0] = i + 1
		least := row[0]
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
			least = min(least, row[j+1])
		}
		if least > limit { // a swap looks back two rows and costs one
			return limit
		}
		rows = [3][]int{last, row, before}
	}
	return min(rows[1][len(b)], limit)
}
