package report

import (
	"fmt"
	"math"

	"tweedie/infer"
)

// Compare shows results one below the other: the mean, the spread and the error of each, and its first samples. Spreads
// share one scale, and errors another, from 0 to the largest value among the results.
func (s Subject) Compare(results []*infer.Result, samples int) ([]Row, error) {
	var rows []Row
	var top [2]float64 // of spreads and of errors
	for _, r := range results {
		sec, err := s.MethodSection("", "", r)
		if err != nil {
			return nil, err
		}
		row := Row{Title: r.Method, Pictures: sec.Pictures}
		for i := range row.Pictures[1:] {
			top[i] = math.Max(top[i], row.Pictures[1+i].Hi)
		}
		for i, x := range r.Samples[:min(samples, len(r.Samples))] {
			p, err := NewPicture(fmt.Sprintf("sample %d", i), s.C, s.H, s.W, x, s.Lo, s.Hi)
			if err != nil {
				return nil, err
			}
			row.Samples = append(row.Samples, p)
		}
		rows = append(rows, row)
	}
	for _, row := range rows {
		for i := range row.Pictures[1:] {
			p := &row.Pictures[1+i]
			p.Note, p.Hi = fmt.Sprintf("up to %.2g; white is %.2g", p.Hi, top[i]), top[i]
		}
	}
	return rows, nil
}
