package torch

import (
	"encoding/binary"
	"fmt"

	"tweedie/checkpoints/internal/store"
)

// pickler writes what Python's pickler writes, protocol 2: a value that has occurred is fetched from the memo.
type pickler struct {
	b    []byte
	memo map[string]int // of names and constant strings
	next int
}

// stateDict pickles an OrderedDict of tensors, one storage each.
func stateDict(ts []*store.Tensor) ([]byte, error) {
	p := &pickler{b: []byte{0x80, 2}, memo: map[string]int{}}
	p.name("collections", "OrderedDict")
	p.b = append(p.b, ')', 'R')
	p.put()
	const batch = 1000
	for at := 0; at < len(ts); at += batch {
		part := ts[at:min(at+batch, len(ts))]
		if len(part) > 1 {
			p.b = append(p.b, '(')
		}
		for i, t := range part {
			if err := p.tensor(t, at+i); err != nil {
				return nil, err
			}
		}
		if len(part) > 1 {
			p.b = append(p.b, 'u')
		} else {
			p.b = append(p.b, 's')
		}
	}
	return append(p.b, '.'), nil
}

// tensor pickles the name and _rebuild_tensor_v2(("storage", class, key, "cpu", count), 0, size, stride, False, {}).
func (p *pickler) tensor(t *store.Tensor, key int) error {
	class := ""
	for name, d := range plainStorages {
		if d == t.DType {
			class = name
		}
	}
	if err := store.Check(t); err != nil {
		return err
	}
	if class == "" || len(t.Shape) > maxRank {
		return fmt.Errorf("tensor %q: torch has no %v with %d axes", t.Name, t.DType, len(t.Shape))
	}
	p.text(t.Name)
	p.put()
	p.name("torch._utils", "_rebuild_tensor_v2")
	p.b = append(p.b, '(', '(')
	p.constant("storage")
	p.name("torch", class)
	p.text(fmt.Sprint(key))
	p.put()
	p.constant("cpu")
	p.integer(t.Len())
	p.b = append(p.b, 't')
	p.put()
	p.b = append(p.b, 'Q')
	p.integer(0)
	stride := make([]int, len(t.Shape))
	n := 1
	for k := len(stride) - 1; k >= 0; k-- {
		stride[k] = n
		n *= max(1, t.Shape[k])
	}
	p.tuple(t.Shape)
	p.tuple(stride)
	p.b = append(p.b, 0x89) // requires_grad
	p.name("collections", "OrderedDict")
	p.b = append(p.b, ')', 'R')
	p.put()
	p.b = append(p.b, 't')
	p.put()
	p.b = append(p.b, 'R')
	p.put()
	return nil
}

// put stores the value on top of the stack in the memo.
func (p *pickler) put() {
	if p.next < 256 {
		p.b = append(p.b, 'q', byte(p.next))
	} else {
		p.b = binary.LittleEndian.AppendUint32(append(p.b, 'r'), uint32(p.next))
	}
	p.next++
}

// once writes a value that is the same whenever it occurs.
func (p *pickler) once(key string, write func()) {
	i, ok := p.memo[key]
	switch {
	case !ok:
		p.memo[key] = p.next
		write()
		p.put()
	case i < 256:
		p.b = append(p.b, 'h', byte(i))
	default:
		p.b = binary.LittleEndian.AppendUint32(append(p.b, 'j'), uint32(i))
	}
}

func (p *pickler) name(module, name string) {
	p.once(module+"."+name, func() { p.b = fmt.Appendf(p.b, "c%s\n%s\n", module, name) })
}

func (p *pickler) constant(s string) { p.once(s, func() { p.text(s) }) }

func (p *pickler) text(s string) {
	p.b = append(binary.LittleEndian.AppendUint32(append(p.b, 'X'), uint32(len(s))), s...)
}

// integer writes n >= 0.
func (p *pickler) integer(n int) {
	switch {
	case n < 1<<8:
		p.b = append(p.b, 'K', byte(n))
	case n < 1<<16:
		p.b = binary.LittleEndian.AppendUint16(append(p.b, 'M'), uint16(n))
	case int64(n) < 1<<31:
		p.b = binary.LittleEndian.AppendUint32(append(p.b, 'J'), uint32(n))
	default:
		width := 4 // with room for the sign
		for int64(n)>>(8*width-1) > 0 {
			width++
		}
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], uint64(n))
		p.b = append(append(p.b, 0x8a, byte(width)), b[:width]...)
	}
}

func (p *pickler) tuple(list []int) {
	if len(list) > 3 {
		p.b = append(p.b, '(')
	}
	for _, n := range list {
		p.integer(n)
	}
	if len(list) == 0 {
		p.b = append(p.b, ')') // not remembered
		return
	}
	if len(list) > 3 {
		p.b = append(p.b, 't')
	} else {
		p.b = append(p.b, byte(0x84+len(list)))
	}
	p.put()
}
