package inversetest

import "tweedie/inverse"

func (c *checker) config(op inverse.Described) {
	c.Helper()
	if op.Config() == nil {
		return
	}
	data, err := inverse.Encode(op.Config())
	if err != nil {
		c.Errorf("config: %s: %v", op.Name(), err)
		return
	}
	again, err := inverse.Decode(data, op.InShape())
	if err != nil {
		c.Errorf("config: %s: its own description %s does not decode: %v", op.Name(), data, err)
		return
	}
	x := c.probe(c.n)
	if again.OutShape() != op.OutShape() || !same(apply(again.Apply, x, c.m), apply(op.Apply, x, c.m)) {
		c.Errorf("config: %s: what %s describes is another operator", op.Name(), data)
	}
}
