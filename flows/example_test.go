package flows_test

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/flows"
	"tweedie/layers"
	"tweedie/rng"
)

// A flow of positive images: RealNVP under a softplus. Sampling and scoring agree.
func Example() {
	p := layers.Root(rng.New(1))
	nvp, err := flows.NewRealNVP(p.At("flow"), flows.RealNVPConfig{Dim: 16, Flows: 4, SeqFrac: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	head, err := flows.NewPositive(p.At("head"), 16, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	chain, err := flows.NewChain(p.At("q"), head, nvp) // the order data meets them
	if err != nil {
		fmt.Println(err)
		return
	}
	q := flows.NewFlow(p, chain)
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	z := make([]float64, 16)
	rng.New(2).Stream().FillNorm(z)
	x, logq := q.Sample(s, s.Const64(autodiff.S(1, 16), z))
	fmt.Printf("%.6f\n", logq.Scalar()-q.LogProb(s, x).Scalar())
	// Output: 0.000000
}
