package pickle

import (
	"errors"
	"fmt"
	"io"
)

const (
	maxProtocol = 5
	maxName     = 256       // bytes of a module or class name
	maxInt      = 1024      // bytes of an integer
	maxOps      = 1 << 23   // opcodes
	maxStack    = 1 << 20   // values on the stack
	maxMemory   = 128 << 20 // bytes, roughly, of all values made
)

// Decoder reads pickles that follow each other in a file. The limits hold for all of them together.
type Decoder struct {
	Table      Table                        // what the next pickle may name
	Persistent func(id *Tuple) (any, error) // what BINPERSID makes; nil forbids
	Foreign    bool                         // other names than those of the Table make an *Object; else they are errors

	src    source
	stack  []any
	marks  []int // stack heights at the open MARKs
	memo   map[uint32]any
	ops    int
	memory int64
}

// NewDecoder reads from the first of the size bytes of r on.
func NewDecoder(r io.ReaderAt, size int64) *Decoder {
	return &Decoder{src: source{r: r, size: size}}
}

// Offset is where the next pickle begins: behind the last byte that was read.
func (d *Decoder) Offset() int64 { return d.src.at }

// Decode reads one pickle. The error says at which byte it went wrong.
func (d *Decoder) Decode() (any, error) {
	d.stack, d.marks, d.memo = d.stack[:0], d.marks[:0], map[uint32]any{}
	for {
		at := d.src.at
		code, err := d.src.take(1)
		if err != nil {
			return nil, errors.New("pickle: the data end without STOP")
		}
		op := code[0]
		if d.ops++; d.ops > maxOps {
			return nil, fmt.Errorf("pickle: more than %d opcodes", maxOps)
		}
		if op == opStop {
			break
		}
		if err := d.step(op); err != nil {
			return nil, fmt.Errorf("pickle: byte %d: %w", at, err)
		}
	}
	if len(d.stack) != 1 || len(d.marks) > 0 {
		return nil, fmt.Errorf("pickle: STOP with %d values on the stack, want 1", len(d.stack))
	}
	return d.pop()
}

// charge accounts for memory that a value takes.
func (d *Decoder) charge(n int64) error {
	if d.memory += n; d.memory > maxMemory {
		return fmt.Errorf("the values take more than %d MiB", maxMemory>>20)
	}
	return nil
}

// push puts a value of about n bytes on the stack.
func (d *Decoder) push(v any, n int64) error {
	if len(d.stack) >= maxStack {
		return fmt.Errorf("more than %d values on the stack", maxStack)
	}
	d.stack = append(d.stack, v)
	return d.charge(n)
}

// floor is the height below which the values belong to an open MARK.
func (d *Decoder) floor() int {
	if len(d.marks) == 0 {
		return 0
	}
	return d.marks[len(d.marks)-1]
}

func (d *Decoder) pop() (any, error) {
	s, err := d.popN(1)
	if err != nil {
		return nil, err
	}
	return s[0], nil
}

// popN takes n values off the stack; they are valid until the next push.
func (d *Decoder) popN(n int) ([]any, error) {
	if len(d.stack)-d.floor() < n {
		return nil, fmt.Errorf("%d values are wanted, the stack has %d", n, len(d.stack)-d.floor())
	}
	top := d.stack[len(d.stack)-n:]
	d.stack = d.stack[:len(d.stack)-n]
	return top, nil
}

// popMark takes the values above the last MARK, and it, off the stack.
func (d *Decoder) popMark() ([]any, error) {
	if len(d.marks) == 0 {
		return nil, errors.New("no MARK")
	}
	top := d.stack[d.floor():]
	d.stack, d.marks = d.stack[:d.floor()], d.marks[:len(d.marks)-1]
	return top, nil
}

// peek returns the value on top of the stack without taking it.
func (d *Decoder) peek() (any, error) {
	if len(d.stack) == d.floor() {
		return nil, errors.New("the stack is empty")
	}
	return d.stack[len(d.stack)-1], nil
}

// remember stores the value on top of the stack in the memo.
func (d *Decoder) remember(i uint32) error {
	v, err := d.peek()
	if err != nil {
		return err
	}
	d.memo[i] = v
	return d.charge(48)
}

func (d *Decoder) recall(i uint32) error {
	v, ok := d.memo[i]
	if !ok {
		return fmt.Errorf("the memo has no value %d", i)
	}
	return d.push(v, 16)
}
