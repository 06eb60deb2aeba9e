package train

import (
	"math"
	"time"
)

// Progress says where a run stands after a step.
type Progress struct {
	Step, Steps     int64         // taken, in all
	Images          int64         // seen
	Loss            float64       // mean over the step
	GradNorm        float64       // before clipping
	LR              float64       // of the step
	HeldOut         float64       // latest held-out loss; NaN before the first
	Evaluated       bool          // HeldOut was computed after this very step
	ImagesPerSecond float64       // over the last ten seconds or so; 0 when not yet known
	ETA             time.Duration // to the end at that rate; 0 when not yet known
	Elapsed         time.Duration // since Run began
}

// Result says where a run ended.
type Result struct {
	Step    int64   // steps taken, those of earlier runs included
	Images  int64   // images seen
	Loss    float64 // of the last step; NaN before the first
	HeldOut float64 // latest held-out loss; NaN when there is none
	Done    bool    // the run reached its length
	Elapsed time.Duration
}

// rate measures events a second with an exponential memory of ten seconds.
type rate struct {
	last   time.Time
	events float64 // discounted
	time   float64 // discounted seconds
}

// start begins to measure time from now.
func (r *rate) start() { r.last = time.Now() }

// add counts n events since the last call.
func (r *rate) add(n int) {
	now := time.Now()
	dt := now.Sub(r.last).Seconds()
	keep := math.Exp(-dt / 10)
	r.events = keep*r.events + float64(n)
	r.time = keep*r.time + dt
	r.last = now
}

// perSecond returns the present rate, 0 before the first event.
func (r *rate) perSecond() float64 {
	if r.time <= 0 {
		return 0
	}
	return r.events / r.time
}

// eta returns how long n more events take at the present rate, 0 when that is not known.
func (r *rate) eta(n int64) time.Duration {
	v := r.perSecond()
	if v <= 0 {
		return 0
	}
	return time.Duration(min(float64(n)/v, math.MaxInt64/2e9) * float64(time.Second))
}
