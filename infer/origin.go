package infer

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"tweedie/autodiff"
	"tweedie/internal/build"
	"tweedie/internal/kernel"
)

// originVersion numbers the form of the origins that this build writes and reads.
const originVersion = 1

// Origin says of a run what its numbers follow from, and which programs computed them. A method stores it in its State
// file, as JSON, and compares it with Resume before it goes on from there.
type Origin struct {
	Version  int      `json:"version"`
	Identity identity `json:"identity"`
	Makers   []string `json:"computed_by"` // each program and kernel path that took part
}

// NewOrigin returns the origin of a run of m on p that starts here. It costs one evaluation of the prior.
func NewOrigin(m Method, p *Problem, run Run) (Origin, error) {
	id, err := identify(m, p, run)
	return Origin{Version: originVersion, Identity: id, Makers: []string{maker()}}, err
}

// maker names what the last bits of a result depend on besides what was asked for.
func maker() string {
	how := "with"
	if autodiff.DefaultConvolutions() == autodiff.Direct {
		how = "without"
	}
	return fmt.Sprintf("tweedie %s, %s, %s/%s, kernels %s %s Winograd", build.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, kernel.Path(), how)
}

// Resume takes up the origin that the state in file has, or returns an *OtherRunError that says why the state belongs
// to another run.
func (o *Origin) Resume(file string, had Origin) error {
	if had.Version != originVersion {
		return NotAState(file, "run")
	}
	if d := had.Identity.differences(o.Identity); len(d) > 0 {
		return &OtherRunError{File: file, Differences: d}
	}
	for _, m := range o.Makers {
		if !slices.Contains(had.Makers, m) {
			had.Makers = append(had.Makers, m)
		}
	}
	o.Makers = had.Makers
	return nil
}

// NotAState returns the error of a file that is no state, or one of another version, which says too little about its run.
// what names the run, "DPnP run".
func NotAState(file, what string) error {
	return fmt.Errorf("%s is not the state of a %s of this version of tweedie; remove it or name another file", file, what)
}

// Warn says in a result that several programs computed it.
func (o *Origin) Warn(res *Result) {
	if len(o.Makers) > 1 {
		res.Warn("the run was resumed by another program or kernel path, so its last bits may differ from those of one run: computed by " + strings.Join(o.Makers, "; then by "))
	}
}

// OtherRunError says that a state file belongs to another run.
type OtherRunError struct {
	File        string
	Differences []string // "seed is 1 in the state and 2 here"; the error names the first six
}

func (e *OtherRunError) Error() string {
	first := e.Differences
	if n := len(first) - mostNamed; n > 0 {
		first = append(slices.Clone(first[:mostNamed]), fmt.Sprintf("and %d more differ", n))
	}
	return fmt.Sprintf("%s is the state of another run: %s; remove it or name another file", e.File, strings.Join(first, ", "))
}

// mostNamed bounds the differences that an error names.
const mostNamed = 6
