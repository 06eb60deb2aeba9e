package problem

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"tweedie/infer"
	_ "tweedie/infer/all" // the methods that a file can name
	"tweedie/internal/arrays"
	"tweedie/internal/config"
	"tweedie/inverse"
	_ "tweedie/inverse/all" // the operators that a file can name
	"tweedie/prior"
)

// Problem is a problem file whose every part is open, ready to be solved:
//
//	res, err := p.Method.Solve(ctx, p.Problem, p.Run())
type Problem struct {
	*infer.Problem
	Prior    *prior.Prior     // with the range of the file
	Operator inverse.Operator // of all entries, the missing ones among them
	Noise    inverse.Noise    // of all entries
	Method   infer.Method
	Truth    []float64 // the image of a simulation, nil for a measurement
	NaN      int       // how many entries of data are left out because they are NaN, beyond those of the mask
	Notes    []string  // what was done to the files that were read and a person may not expect, in words
	Sigma    string    // how the sigma of the noise was estimated; empty where it is given

	file File
	y    []float64 // of all entries, the missing ones among them
	mask []float64 // 0 is missing; nil for none
}

// Open reads a problem file and opens all that it names. The error says which field is wrong.
func Open(ctx context.Context, path string) (*Problem, error) {
	f, err := Read(path)
	if err != nil {
		return nil, err
	}
	p, err := New(ctx, f)
	var e *Error
	if errors.As(err, &e) {
		e.Path = path
	}
	return p, err
}

// New opens all that a File names. The error, an *Error where one field is to blame, says which.
func New(ctx context.Context, f File) (*Problem, error) {
	if f.Prior.Name == "" {
		return nil, at("prior", fmt.Errorf("is missing; name one of %s, or a checkpoint file", strings.Join(prior.Names(), ", ")))
	}
	prior, err := OpenPrior(f.Prior)
	if err != nil {
		return nil, priorError(err)
	}
	return With(ctx, f, prior)
}

// priorError names the field that an error of OpenPrior is about.
func priorError(err error) error {
	if e, ok := errors.AsType[*config.FieldError](err); ok && (e.Field == "class" || e.Field == "size") {
		return at("prior."+e.Field, errors.New(e.Problem))
	}
	return at("prior", err)
}

// With does what New does, with a prior that is open already; f names it for Effective only.
func With(ctx context.Context, f File, prior *prior.Prior) (opened *Problem, err error) {
	defer func() {
		if failed, ok := errors.AsType[*inverse.OperatorError](err); ok {
			err = at("operator", failed)
		}
	}()
	defer inverse.CatchOperator(&err)
	p := &Problem{file: f, Prior: prior}
	if f.Range != nil {
		if !(f.Range[0] < f.Range[1]) {
			return nil, at("range", fmt.Errorf("is %v; it must ascend", *f.Range))
		}
		own := *prior
		if own.Spec.Range = *f.Range; prior.Exact == nil { // a closed form has values of its own, and a range to show them in
			own.Spec.Range = prior.Spec.Range
			own.Spec.Stretch(f.Range[0], f.Range[1])
		}
		p.Prior = &own
	}
	if n, most := f.Samples, config.MostValues/prior.Shape().Size(); n < 1 || n > most {
		return nil, at("samples", fmt.Errorf("is %d; for images of %d values it must lie between %d and %d", n, prior.Shape().Size(), 1, most))
	}
	for _, step := range []func(context.Context) error{p.openOperator, p.openData, p.openNoise, p.openLikelihood, p.openMethod} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Run returns the number of samples and the seed; a state file and progress are the caller's to add.
func (p *Problem) Run() infer.Run { return infer.Run{Samples: p.file.Samples, Seed: p.file.Seed} }

// Identify sets PriorID, which a run with a state file needs.
func (p *Problem) Identify() (err error) {
	p.PriorID, err = p.Prior.Identity()
	return err
}

func (p *Problem) openOperator(ctx context.Context) (err error) {
	if len(p.file.Operator) == 0 {
		return at("operator", fmt.Errorf("is missing; kinds of forward model are %s", strings.Join(inverse.Kinds(), ", ")))
	}
	c, err := inverse.DecodeConfigFrom(ctx, p.file.OperatorFolder, p.file.Operator)
	if err == nil {
		if err := p.checkSize(ctx, c); err != nil {
			return at("data", err)
		}
		p.Operator, err = c.Build(p.Prior.Shape())
	}
	return at("operator", explained(err, p.file.Operator, p.file.OperatorFolder))
}

// checkSize refuses an operator that measures far more numbers than there are data, before it is built.
func (p *Problem) checkSize(ctx context.Context, c inverse.Config) error {
	m, ok := inverse.MeasuredBy(c, p.Prior.Shape())
	if !ok || p.file.Data == nil || m < freeSize {
		return nil
	}
	shape, complex, err := p.file.Data.Header(ctx, Use{Gray: true})
	n := sizeOf(shape)
	if complex {
		n *= 2
	}
	if err != nil || n == m {
		return nil // openData says what is wrong with a file
	}
	return fmt.Errorf("%s holds an array of shape %s; %s measures %d numbers of these images, so there must be as many", p.file.Data.Name(), arrays.Extents(shape), c.Kind(), m)
}

// freeSize is the size of measurements from which on operators are held against the data before they are built.
const freeSize = 1 << 14

// openData reads the measurement, if there is one, with its missing entries, and the mask.
func (p *Problem) openData(ctx context.Context) (err error) {
	if err := p.openMeasurement(ctx); err != nil || p.file.Mask == nil {
		return err
	}
	p.mask, err = maskOf(ctx, p.file.Mask, p.Operator)
	return at("mask", err)
}

func (p *Problem) openMeasurement(ctx context.Context) (err error) {
	simulate := p.file.Simulate
	switch {
	case p.file.Data != nil && simulate != nil:
		return at("data", errors.New("is given beside simulate; give a measurement, or an image to simulate one from"))
	case p.file.Data != nil:
		p.y, err = measurementOf(ctx, p.file.Data, p.Operator, Use{Lo: p.Prior.Spec.Range[0], Hi: p.Prior.Spec.Range[1]})
		if err == nil {
			p.noteColours(p.file.Data, grayOf(p.Operator))
		}
		return at("data", err)
	case simulate == nil:
		return at("data", errors.New("is missing; give a measurement, or simulate with an image to simulate one from"))
	case simulate.Prior && simulate.Image != nil:
		return at("simulate.prior", errors.New("is given beside simulate.image; give an image, or have one drawn"))
	case !simulate.Prior && simulate.Image == nil:
		return at("simulate.image", errors.New(`is missing; give an image to simulate a measurement from, or "prior": true for one that is drawn`))
	}
	return nil
}

// openNoise reads the law of the noise. Measurement and mask are there when they are given, so that a law may follow from them.
func (p *Problem) openNoise(ctx context.Context) error {
	if len(p.file.Noise) == 0 {
		return at("noise", errors.New(`is missing; give its law in the units of the measurement, as in {"kind": "gaussian", "sigma": 0.05}`))
	}
	noise, err := inverse.DecodeNoiseFor(ctx, p.file.NoiseFolder, p.file.Noise, p.Operator.OutShape().Size())
	if e, ok := errors.AsType[*config.FieldError](err); ok && e.Field == "sigma" && manySigmas(p.file.Noise) {
		err = fmt.Errorf("%w; a standard deviation for each datum, as numbers or a file, is given as sigmas", err)
	}
	if g, ok := noise.(inverse.Gaussian); ok && g.Auto {
		noise, err = p.estimated()
	}
	if err == nil {
		err = noise.Validate(p.Operator.OutShape().Size())
	}
	if err == nil {
		p.Noise = noise
		err = p.checkNoiseFiles(ctx)
	}
	return at("noise", explained(err, p.file.Noise, p.file.NoiseFolder))
}

// manySigmas reports whether the description of a noise gives an array for its sigma.
func manySigmas(noise json.RawMessage) bool {
	fields, err := config.Object(noise)
	if err != nil || fields["sigma"] == nil {
		return false
	}
	return strings.ContainsRune(`"[{`, rune(fields["sigma"][0]))
}

// openLikelihood simulates the measurement where none is given, and leaves out what is missing.
func (p *Problem) openLikelihood(ctx context.Context) error {
	field := "data"
	if p.file.Simulate != nil {
		var err error
		if field, err = p.simulate(ctx); err != nil {
			return at(field, err)
		}
	}
	if p.file.Data != nil {
		if err := p.checkMagnitude(p.y, p.mask); err != nil {
			return at(field, err)
		}
	}
	lik, nan, err := likelihood(p.Operator, p.Noise, p.y, p.mask)
	if err != nil {
		return at(field, err)
	}
	p.NaN = nan
	p.Problem = infer.NewProblem(p.Prior, lik)
	return nil
}

// DefaultMethod is the kind of method of a file that names none.
const DefaultMethod = "dpnp"

func (p *Problem) openMethod(context.Context) error {
	kind, fields := DefaultMethod, []byte(nil)
	if len(p.file.Method) > 0 {
		var err error
		if kind, fields, err = config.SplitKind(p.file.Method); err != nil {
			return at("method", err)
		}
	}
	k, err := infer.KindOf(kind)
	if e, ok := errors.AsType[*config.FieldError](err); ok {
		return at("method.kind", errors.New(e.Problem))
	}
	p.Method, err = k.Decode(fields, p.Problem, infer.Standard)
	return at("method", err)
}
