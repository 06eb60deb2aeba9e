package files

import (
	"context"
	"fmt"

	"tweedie/internal/arrays"
	"tweedie/internal/input"
)

// mostDense bounds the numbers of a matrix with zeros that is written out with them: 512 MiB.
const mostDense = 1 << 26

// marketSparse reads a matrix of MatrixMarket without its zeros.
func marketSparse(ctx context.Context, path, member string) (s arrays.Sparse, err error) {
	if member != "" {
		return s, fmt.Errorf("%s holds one matrix, without a name; leave out %q", input.Name(path), member)
	}
	err = readMarket(ctx, path, func(m *marketFile) error {
		t := arrays.Triplets{Rows: m.rows, Cols: m.cols, Complex: m.field == "complex"}
		if err := m.entries(t.Add); err != nil {
			return err
		}
		s = t.Sparse()
		return nil
	})
	return s, err
}

// marketValues reads a matrix of MatrixMarket with its zeros.
func marketValues(ctx context.Context, path, member string, use arrays.Use) (v arrays.Values, err error) {
	s, err := marketSparse(ctx, path, member)
	if err != nil {
		return v, err
	}
	return dense(path, s, use)
}

// dense writes out a matrix with its zeros where it is small enough.
func dense(path string, s arrays.Sparse, use arrays.Use) (arrays.Values, error) {
	most := mostDense
	if use.Most > 0 {
		most = min(most, use.Most)
	}
	if s.Rows > most/s.Cols {
		return arrays.Values{}, fmt.Errorf("%s holds a matrix of %d x %d; with its zeros it has more than the %d numbers that can be used here: a sparse matrix is taken as it is by operators that hold one",
			input.Name(path), s.Rows, s.Cols, most)
	}
	return s.Dense(), nil
}
