// Package store holds what every format of checkpoints speaks of: tensors whose elements stay in a file until they are
// asked for, values, what cannot be read, and the contents of a file. Its errors speak for package checkpoints, which
// hands them on as they are.
package store

// Contents is what a reader finds in a file.
type Contents struct {
	Format string
	Meta   map[string]string
	Values []Value // what the file holds besides tensors, in order
	Set
}

// Refuse notes a tensor that is in the file and cannot be read, and lists it as a value that says why.
func (c *Contents) Refuse(name, why string) {
	c.Refused.Add(name, why)
	c.Values = append(c.Values, Value{name, "<" + why + ">"})
}

// Value holds something in a file besides its tensors: a step, a learning rate, an argument of the training program. V
// is nil, a bool, int64, *big.Int, float64, string or []byte, or a []any of these.
type Value struct {
	Name string
	V    any
}

// MaxValue limits a value in bytes; longer ones are left out.
const MaxValue = 1 << 20
