package calibration

import "math"

// Recalibrated is a correction: central intervals of the nominal level hold the wanted share of the truths' pixels, on the average over
// problems like these.
type Recalibrated struct {
	Coverage float64  `json:"coverage"`
	Level    *float64 `json:"nominal_level"` // nil where the range of all draws holds less
	StdErr   float64  `json:"standard_error,omitempty"`
	Draws    int      `json:"draws,omitempty"` // that an interval of the level needs, 2/(1 - level) - 1
}

// wanted are the coverages that are reported, in percent.
var wanted = []int{50, 80, 90, 95}

// recalibrate reads the curve of coverage of so many draws backwards, up to the level of their range, (n - 1)/(n + 1). The error is that of
// the share, over the slope of the curve about the place.
func recalibrate(curve []Coverage, draws int) []Recalibrated {
	const around = 5
	var out []Recalibrated
	for _, percent := range wanted {
		r := Recalibrated{Coverage: float64(percent) / levels}
		before := Coverage{}
		for k, c := range curve {
			if c.Share < r.Coverage {
				before = c
				continue
			}
			level := c.Level
			if c.Share > before.Share {
				level = before.Level + (c.Level-before.Level)*(r.Coverage-before.Share)/(c.Share-before.Share)
			}
			if n := float64(draws); level > (n-1)/(n+1)+1e-9 {
				break
			}
			lo, hi := curve[max(0, k-around)], curve[min(len(curve)-1, k+around)]
			if slope := (hi.Share - lo.Share) / (hi.Level - lo.Level); slope > 0 {
				r.StdErr = min(1, c.StdErr/slope)
			}
			r.Level, r.Draws = &level, int(math.Ceil(2/(1-level)-1-1e-9))
			break
		}
		out = append(out, r)
	}
	return out
}
