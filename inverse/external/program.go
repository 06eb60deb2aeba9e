package external

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"

	"tweedie/autodiff"
	"tweedie/inverse"
)

// program is a pool of processes that compute one operator.
type program struct {
	inverse.Base
	config Config
	says   welcome
	free   chan *process
	all    []*process

	mu   sync.Mutex
	err  error // why it has ended
	over func() bool
}

// errStopped is why a program has ended that was stopped in order.
var errStopped = errors.New("the program was stopped")

// start runs the processes of a program and greets them.
func start(ctx context.Context, c Config, in autodiff.Shape) (*program, error) {
	p := &program{config: c, free: make(chan *process, max(c.Processes, 1))}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for i := range max(c.Processes, 1) {
		q, err := launch(c)
		if err != nil {
			p.close(err)
			return nil, p.named(err)
		}
		p.all = append(p.all, q)
		var w welcome
		err = q.timed("first line", c.timeout(), func() (err error) {
			w, err = q.greet(in)
			return err
		})
		if err == nil && i > 0 && !reflect.DeepEqual(w, p.says) {
			err = errors.New("two copies of it say different things of their operator")
		}
		if err != nil {
			p.close(err)
			return nil, p.named(err)
		}
		p.says = w
		p.free <- q
	}
	p.Base = inverse.BaseOf(c, in, p.says.shape())
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = context.AfterFunc(ctx, func() { p.close(context.Cause(ctx)) })
	return p, nil
}

// named begins an error with the command.
func (p *program) named(err error) error { return fmt.Errorf("external: %s: %w", p.config.text(), err) }

// close ends the processes, by the end of their input where the program is stopped in order. The first reason is kept.
func (p *program) close(why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return
	}
	p.err = why
	for _, q := range p.all {
		if why == errStopped {
			q.leave()
		} else {
			q.end()
		}
	}
	if p.over != nil {
		p.over()
	}
}

// failure returns why the program has ended, nil while it runs.
func (p *program) failure() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// ask has a free process answer a request. It panics with an *inverse.OperatorError once the program has ended.
func (p *program) ask(request string, dst []float64, numbers ...[]float64) {
	q := <-p.free
	defer func() { p.free <- q }()
	err := p.failure()
	if err == nil {
		if err = q.ask(request, p.config.timeout(), dst, numbers...); err != nil {
			p.close(err)
			err = p.failure()
		}
	}
	if err != nil {
		panic(&inverse.OperatorError{Op: "external", Err: fmt.Errorf("%s: %w", p.config.text(), err)})
	}
}

// Apply sets dst = A(x).
func (p *program) Apply(dst, x []float64) {
	p.CheckApply(dst, x)
	p.ask("apply", dst, x)
}

// ComplexShape returns the shape of the complex numbers that the program measures.
func (p *program) ComplexShape() (shape autodiff.Shape, ok bool) {
	if !p.says.Complex {
		return shape, false
	}
	return autodiff.S(p.says.Out...), true
}

// operator returns the program by what it can do.
func (p *program) operator() inverse.Operator {
	if *p.says.Linear {
		return &linear{p}
	}
	return &curved{p}
}

// linear is a program that computes a matrix.
type linear struct{ *program }

// Adjoint sets dst = A^T y.
func (p *linear) Adjoint(dst, y []float64) {
	p.CheckAdjoint(dst, y)
	p.ask("adjoint", dst, y)
}

// curved is a program that computes a map with a derivative.
type curved struct{ *program }

// VJP sets dst = A'(x)^T ct.
func (p *curved) VJP(dst, x, ct []float64) {
	p.CheckAdjoint(dst, ct)
	if len(x) != len(dst) {
		p.CheckAdjoint(x, ct) // panics with the lengths
	}
	p.ask("vjp", dst, x, ct)
}
