package diffusion

import "math"

// Schedule is a linear noising process in continuous time, x_t = alpha(t) x_0 + sigma(t) n, dx = f(t) x dt + g(t) dw.
// Its methods are pure, take t in [0, T], and are accurate down to t = 0.
type Schedule interface {
	// Kind returns the name in configurations, "vp".
	Kind() string
	// Validate returns a *FieldError that names the first field that is wrong.
	Validate() error
	// T returns the horizon, the time at which x_t is taken for pure noise.
	T() float64
	// Alpha returns alpha(t), the factor of x_0.
	Alpha(t float64) float64
	// Sigma returns sigma(t), the standard deviation of the noise.
	Sigma(t float64) float64
	// Drift returns f(t).
	Drift(t float64) float64
	// G2 returns g(t)^2.
	G2(t float64) float64
	// Ratio returns sigma/alpha, the noise level in the variance-exploding parameterization.
	Ratio(t float64) float64
	// Time returns the t at which Ratio is r, extrapolated beyond [0, T].
	Time(r float64) float64
	// Weight returns Z(t0, t) = int_t0^t g^2/sigma^2.
	Weight(t0, t float64) float64
	// TimeAt returns the t with Weight(t0, t) = z. With z uniform on [0, Z(t0, T)], t has density g^2/(sigma^2 Z).
	TimeAt(t0, z float64) float64
}

// Schedules returns the registered schedules, one of each kind, with default parameters.
func Schedules() []Schedule { return schedules.All() }

// RegisterSchedule makes a schedule of the caller's own known to DecodeSchedule by its Kind; fields that are absent
// from a description keep the values that they have in defaults, a struct. A kind that is taken is an error.
func RegisterSchedule(defaults Schedule) error { return schedules.Register(defaults) }

// DecodeSchedule reads {"kind": "vp", "beta1": 10} onto the defaults of that kind. An unknown kind or field is an
// error, and so is what Validate finds.
func DecodeSchedule(data []byte) (Schedule, error) { return decode(schedules, data) }

// EncodeSchedule writes what DecodeSchedule reads, with every field.
func EncodeSchedule(s Schedule) ([]byte, error) { return schedules.Encode(s) }

// TerminalStd returns the standard deviation of the Gaussian N(0, std^2 I) that stands for p_T: sigma(T) where alpha(T)
// = 1, as in a process that explodes, and 1 otherwise.
func TerminalStd(s Schedule) float64 {
	if s.Alpha(s.T()) == 1 {
		return s.Sigma(s.T())
	}
	return 1
}

// logExpm1 returns log(e^b - 1) for b > 0.
func logExpm1(b float64) float64 {
	if b > 1 {
		return b + math.Log1p(-math.Exp(-b))
	}
	return math.Log(math.Expm1(b))
}

// softplus returns log(1 + e^x).
func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// finite reports whether none of v is NaN or infinite.
func finite(v ...float64) bool {
	for _, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}

// AnySchedule is a Schedule as a field of a configuration; in JSON it is the object that EncodeSchedule writes.
type AnySchedule struct{ Schedule }

// MarshalJSON writes the schedule with its kind, and null when there is none.
func (a AnySchedule) MarshalJSON() ([]byte, error) {
	if a.Schedule == nil {
		return []byte("null"), nil
	}
	return EncodeSchedule(a.Schedule)
}

// UnmarshalJSON reads a schedule by its kind, as DecodeSchedule does.
func (a *AnySchedule) UnmarshalJSON(data []byte) (err error) {
	a.Schedule, err = DecodeSchedule(data)
	return err
}
