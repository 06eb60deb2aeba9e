package files

import (
	"context"
	"fmt"

	"tweedie/internal/arrays"
	"tweedie/internal/input"
)

// A matrix with zeros is written out with them when it has fewer than so many numbers, or than so many for each entry, but no
// more than mostDense, which take 512 MiB.
const (
	freeDense = 1 << 22
	eachDense = 256
	mostDense = 1 << 26
)

// marketSparse reads a matrix of MatrixMarket without its zeros.
func marketSparse(ctx context.Context, path, member string) (s arrays.Sparse, err error) {
	return marketAllowed(ctx, path, member, arrays.Use{})
}

// marketAllowed reads a matrix of a shape that use allows.
func marketAllowed(ctx context.Context, path, member string, use arrays.Use) (s arrays.Sparse, err error) {
	if member != "" {
		return s, fmt.Errorf("%s holds one matrix, without a name; leave out %q", input.Name(path), member)
	}
	var refused error
	err = readMarket(ctx, path, func(m *marketFile) error {
		if refused = use.Allow([]int{m.rows, m.cols}, m.field == "complex"); refused != nil {
			return refused
		}
		t := arrays.Triplets{Rows: m.rows, Cols: m.cols, Complex: m.field == "complex"}
		if err := m.entries(t.Add); err != nil {
			return err
		}
		if err := t.Room(); err != nil {
			return err
		}
		s = t.Sparse()
		return nil
	})
	if refused != nil {
		return s, refused
	}
	return s, err
}

// marketValues reads a matrix of MatrixMarket with its zeros.
func marketValues(ctx context.Context, path, member string, use arrays.Use) (v arrays.Values, err error) {
	s, err := marketAllowed(ctx, path, member, use)
	if err != nil {
		return v, err
	}
	return dense(path, s, use)
}

// dense writes out a matrix with its zeros where it is small enough.
func dense(path string, s arrays.Sparse, use arrays.Use) (arrays.Values, error) {
	most := min(mostDense, freeDense+eachDense*len(s.Data))
	if use.Most > 0 {
		most = min(most, use.Most)
	}
	if s.Rows > most/s.Cols {
		return arrays.Values{}, fmt.Errorf("%s holds a matrix of %d x %d; with its zeros it has more than the %d numbers that can be used here: a sparse matrix is taken as it is by operators that hold one",
			input.Name(path), s.Rows, s.Cols, most)
	}
	return s.Dense(), nil
}
