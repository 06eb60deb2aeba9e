package train

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/config"
)

// lion is an optimiser of a user's: the sign of a mean of gradients, with steps that shrink as their count grows, so
// that both its slots and its count matter.
type lion struct {
	params []*autodiff.Param
	m      [][]float32
	k      int64
}

func newLion(params []*autodiff.Param) *lion {
	l := &lion{params: Trainable(params)}
	for _, p := range l.params {
		l.m = append(l.m, make([]float32, p.Shape().Size()))
	}
	return l
}

func (l *lion) Step(lr float64, g *Gradients) {
	l.k++
	rate := float32(lr / math.Sqrt(float64(l.k)))
	for i, p := range l.params {
		for j, x := range g.Of(i) {
			l.m[i][j] = 0.9*l.m[i][j] + 0.1*x
			p.Data()[j] -= float32(math.Copysign(float64(rate), float64(l.m[i][j])))
		}
		p.Touch()
	}
}

func (l *lion) Steps() int64     { return l.k }
func (l *lion) SetSteps(k int64) { l.k = k }

func (l *lion) Slots() (s []Slot) {
	for i, p := range l.params {
		s = append(s, Slot{Name: "lion.m." + p.Name(), Shape: p.Shape(), Data: l.m[i]})
	}
	return s
}

// stairs is a learning rate of a user's.
func stairs(k int64) float64 { return 0.01 / float64(1+k/8) }

// restore puts a table of names back as it was when the test ends, and gives the test a copy.
func restore[T any](t *testing.T, table **config.Table[T]) {
	t.Helper()
	before, fresh := *table, config.TableOf[T]("train", "name")
	for _, name := range before.List() {
		v, _ := before.Get(name)
		if err := fresh.Register(name, v); err != nil {
			t.Fatal(err)
		}
	}
	*table = fresh
	t.Cleanup(func() { *table = before })
}

// A run with an optimiser and a learning rate of the user's, given as fields or by name, is resumed to the bit.
func TestAUsersOptimizerIsResumed(t *testing.T) {
	restore(t, &optimizers)
	restore(t, &decays)
	if err := RegisterOptimizer("test-lion", func(_ Config, params []*autodiff.Param) Optimizer { return newLion(params) }); err != nil {
		t.Fatal(err)
	}
	if err := RegisterDecay("test-stairs", func(_ Config, k int64) float64 { return stairs(k) }); err != nil {
		t.Fatal(err)
	}
	named := toyConfig()
	named.WarmupSteps, named.Optimizer, named.Decay = 0, "test-lion", "test-stairs"
	var final [2][]byte
	for i, c := range []Config{toyConfig(), named} {
		setup := func(dir string) Setup {
			n := newToy()
			s := n.setup(c, dir)
			if i == 0 {
				s.Optimizer, s.Rate = newLion(s.Params), LearningRateFunc(stairs)
			}
			return s
		}
		once := t.TempDir()
		r, err := mustNew(t, setup(once)).Run(context.Background())
		if err != nil || !r.Done {
			t.Fatal(r, err)
		}
		dir, runs := t.TempDir(), 0
		for done := false; !done; runs++ {
			ctx, cancel := context.WithCancel(context.Background())
			s := setup(dir)
			calls, loss := 0, s.Objective
			s.Objective = ObjectiveFunc(func(sc *autodiff.Scope, step Step) (autodiff.Var, error) {
				if calls++; calls == 20 {
					cancel()
				}
				return loss.Loss(sc, step)
			})
			r, err := mustNew(t, s).Run(ctx)
			cancel()
			if done = r.Done; !done && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		if final[i] = stateBytes(t, once); runs < 3 || !bytes.Equal(stateBytes(t, dir), final[i]) {
			t.Errorf("%s: after %d interruptions the state differs from that of one run", c.Optimizer, runs-1)
		}
		if _, err := New(newToy().setup(toyConfig(), dir)); err == nil || !strings.Contains(err.Error(), "optimizer") {
			t.Errorf("%s: resumed with another optimiser: %v", c.Optimizer, err)
		}
	}
	if a, b := weightsOf(t, final[0]), weightsOf(t, final[1]); !bytes.Equal(a, b) {
		t.Error("as fields and by name they give other weights")
	}
	for want, err := range map[string]error{
		`"adam" is registered already`:   RegisterOptimizer("adam", func(Config, []*autodiff.Param) Optimizer { return nil }),
		`"cosine" is registered already`: RegisterDecay("cosine", func(Config, int64) float64 { return 0 }),
		`"test-nil": there is nothing`:   RegisterOptimizer("test-nil", nil),
		`"test-nil": its rule is nil`:    RegisterDecay("test-nil", nil),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
}

// weightsOf is what follows the header of a state: its tensors.
func weightsOf(t *testing.T, state []byte) []byte {
	t.Helper()
	n := 0
	for i := range 8 {
		n |= int(state[i]) << (8 * i)
	}
	return state[8+n:]
}

// slotted is an optimiser with slots that a state cannot hold.
type slotted struct {
	lion
	slots []Slot
}

func (s *slotted) Slots() []Slot { return s.slots }

func TestWhatAUsersOptimizerMayNotBe(t *testing.T) {
	one := autodiff.S(1)
	for want, slots := range map[string][]Slot{
		"slot 0 of the optimiser has no name":       {{"", one, make([]float32, 1)}},
		"has this name already":                     {{"a", one, make([]float32, 1)}, {"a", one, make([]float32, 1)}},
		"begin with param. and ema.":                {{"param.w", one, make([]float32, 1)}},
		`"a" of the optimiser has 2 values and the`: {{"a", one, make([]float32, 2)}},
		`"cursor" of the optimiser`:                 {{"cursor", one, make([]float32, 1)}},
	} {
		s := newToy().setup(toyConfig(), t.TempDir())
		s.Optimizer = &slotted{slots: slots}
		if _, err := New(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
	for _, lr := range []float64{math.NaN(), math.Inf(1), -1} {
		n := newToy()
		s := n.setup(toyConfig(), t.TempDir())
		s.Rate = LearningRateFunc(func(k int64) float64 { return map[bool]float64{true: 0.01, false: lr}[k < 3] })
		r, err := mustNew(t, s).Run(context.Background())
		if err == nil || !strings.Contains(err.Error(), "train: step 3: the learning rate is") || r.Step != 2 {
			t.Errorf("rate %v: %v after %d steps", lr, err, r.Step)
		}
	}
}
