package layers_test

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/layers"
	"tweedie/rng"
)

// Block is a user's module: two layers, made at paths below its own.
type Block struct {
	name     string
	up, down *layers.Linear
}

func NewBlock(p layers.Path, width int) (*Block, error) {
	up, err := layers.NewLinear(p.At("up"), layers.LinearConfig{In: width, Out: 4 * width})
	if err != nil {
		return nil, err
	}
	down, err := layers.NewLinear(p.At("down"), layers.LinearConfig{In: 4 * width, Out: width, Init: layers.Zero()})
	return &Block{p.Local(), up, down}, err
}

func (b *Block) Params() []*autodiff.Param { return layers.Params(b.up, b.down) }

// Forward returns x + down(silu(up(x))).
func (b *Block) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(b.name)
	y := c.Add(x, b.down.Forward(c, c.SiLU(b.up.Forward(c, x))))
	c.Close(y)
	return y
}

// A module of your own takes names, initial values and error paths from its Path.
func Example() {
	b, err := NewBlock(layers.Root(rng.New(1)).At("net").At("block"), 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range b.Params() {
		fmt.Println(p.Name(), p.Shape())
	}
	_, err = layers.OutShape(b.Forward, autodiff.S(2, 5))
	fmt.Println(err)
	// Output:
	// net.block.up.weight [12,3]
	// net.block.up.bias [12]
	// net.block.down.weight [3,12]
	// net.block.down.bias [3]
	// block.up: linear of [2,5]: want [...,in] for weights [12,3]
}
