package diffusion

import "math"

// Schedule is a linear noising process in continuous time, x_t = alpha(t) x_0 + sigma(t) n, dx = f(t) x dt + g(t) dw.
// Its methods are pure, take t in [0, T], and are accurate down to t = 0.
type Schedule interface {
	// Kind is the name in configurations, "vp".
	Kind() string
	// Validate returns a *FieldError naming the first field that is wrong.
	Validate() error
	// T is the horizon, the time at which x_t is taken for noise.
	T() float64
	// Alpha is the factor of x_0.
	Alpha(t float64) float64
	// Sigma is the standard deviation of the noise.
	Sigma(t float64) float64
	// Drift is f(t).
	Drift(t float64) float64
	// G2 is g(t)^2.
	G2(t float64) float64
	// Ratio is sigma/alpha, the noise level in the variance-exploding picture.
	Ratio(t float64) float64
	// Time is the t at which Ratio is r; it is extrapolated beyond [0, T].
	Time(r float64) float64
	// Weight is Z(t0, t) = int_t0^t g^2/sigma^2.
	Weight(t0, t float64) float64
	// TimeAt is the t with Weight(t0, t) = z. With z uniform on [0, Weight(t0, T)], t has density g^2/(sigma^2 Z).
	TimeAt(t0, z float64) float64
}

// Schedules is one of each kind, with default parameters.
func Schedules() []Schedule { return schedules.All() }

// RegisterSchedule makes a schedule of the caller's own known to DecodeSchedule by its Kind; fields that are absent from a
// description keep the values that they have in defaults, a struct. A kind that is taken is an error.
func RegisterSchedule(defaults Schedule) error { return schedules.Register(defaults) }

// DecodeSchedule reads {"kind": "vp", "beta1": 10}: absent fields keep their defaults, unknown ones are errors.
func DecodeSchedule(data []byte) (Schedule, error) { return decode(schedules, data) }

// EncodeSchedule writes what DecodeSchedule reads, with every field.
func EncodeSchedule(s Schedule) ([]byte, error) { return schedules.Encode(s) }

// TerminalStd is the standard deviation of the Gaussian N(0, std^2 I) that p_T is taken for:
// 1 where the variance is preserved, sigma(T) where it explodes.
func TerminalStd(s Schedule) float64 {
	if s.Alpha(s.T()) == 1 {
		return s.Sigma(s.T())
	}
	return 1
}

// logExpm1 is log(e^b - 1) for b > 0.
func logExpm1(b float64) float64 {
	if b > 1 {
		return b + math.Log1p(-math.Exp(-b))
	}
	return math.Log(math.Expm1(b))
}

// softplus is log(1 + e^x).
func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func finite(v ...float64) bool {
	for _, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}

// AnySchedule is a Schedule as a field of a configuration; in JSON it is what EncodeSchedule writes.
type AnySchedule struct{ Schedule }

// MarshalJSON writes the schedule with its kind.
func (a AnySchedule) MarshalJSON() ([]byte, error) {
	if a.Schedule == nil {
		return []byte("null"), nil
	}
	return EncodeSchedule(a.Schedule)
}

// UnmarshalJSON reads what DecodeSchedule does.
func (a *AnySchedule) UnmarshalJSON(data []byte) (err error) {
	a.Schedule, err = DecodeSchedule(data)
	return err
}
