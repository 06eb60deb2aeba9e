package store

// Source yields the elements of a tensor in pieces, in any order, each element once.
type Source interface {
	Each(size int, put Put) error // size: bytes of an element
}

// Put takes n elements at b, b[gap:], b[2*gap:] ..., little-endian, that belong at, at+step, at+2*step ... in row-major
// order. It must not keep b.
type Put func(at, step int, b []byte, gap, n int)

// Memory is data at hand, Lazy is data made by a function: little-endian and row-major.
type (
	Memory []byte
	Lazy   func() ([]byte, error)
)

func (m Memory) whole() ([]byte, error) { return m, nil }
func (l Lazy) whole() ([]byte, error)   { return l() }

// Each hands over all at once.
func (m Memory) Each(size int, put Put) error {
	put(0, 1, m, size, len(m)/size)
	return nil
}

// Each makes the data and hands over all at once.
func (l Lazy) Each(size int, put Put) error {
	b, err := l()
	if err != nil {
		return err
	}
	return Memory(b).Each(size, put)
}
