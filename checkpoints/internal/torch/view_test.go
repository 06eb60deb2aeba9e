package torch

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"slices"
	"testing"

	"tweedie/checkpoints/internal/store"

	"pgregory.net/rapid"
)

// flat is a storage of n elements of 4 bytes, numbered, at a place in a file.
func flat(n int, big bool) *storage {
	b := make([]byte, 100, 100+4*n)
	for i := range n {
		if big {
			b = binary.BigEndian.AppendUint32(b, uint32(i))
		} else {
			b = binary.LittleEndian.AppendUint32(b, uint32(i))
		}
	}
	return &storage{dtype: store.I32, given: int64(n), parts: 1, swap: big, rec: &record{Section: store.Section{R: bytes.NewReader(b), Off: 100, N: int64(4 * n)}}}
}

// TestViews: size, stride and offset drawn at random, overlapping and repeating ones among them, against the definition.
func TestViews(t *testing.T) {
	stores := []*storage{flat(200_000, false), flat(3000, true), flat(7, false)}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(stores).Draw(t, "storage")
		rank := rapid.IntRange(0, 5).Draw(t, "rank")
		size, stride := make([]int64, rank), make([]int64, rank)
		shape := make([]int, rank)
		for k := range size {
			size[k] = rapid.Int64Range(1, 7).Draw(t, "size")
			stride[k] = rapid.SampledFrom([]int64{0, 1, 2, 3, 5, 8, 40, 1000, 30_000}).Draw(t, "stride")
			shape[k] = int(size[k])
		}
		offset := rapid.Int64Range(0, 10).Draw(t, "offset")
		last, n := offset, 1
		for k := range size {
			last += (size[k] - 1) * stride[k]
			n *= shape[k]
		}
		v, err := newView(s, store.I32, offset, size, stride)
		if (err != nil) != (last >= s.given) {
			t.Fatalf("error %v, last element %d of %d", err, last, s.given)
		}
		if err != nil {
			return
		}
		want := make([]int64, n)
		for i := range want {
			place, rest := offset, i
			for k := rank - 1; k >= 0; k-- {
				place += int64(rest%shape[k]) * stride[k]
				rest /= shape[k]
			}
			want[i] = place
		}
		x := store.New("x", store.I32, shape, int64(4*n), v)
		got, err := x.Int64s()
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("size %v stride %v offset %d: %v, %v; want %v", size, stride, offset, got, err, want)
		}
		wide, err := x.Float64s()
		for i := range want {
			if err != nil || wide[i] != float64(want[i]) {
				t.Fatalf("size %v stride %v offset %d: %v, %v; want %v", size, stride, offset, wide, err, want)
			}
		}
	})
}

// TestLargeViews: views of many chunks, read in the order of the storage.
func TestLargeViews(t *testing.T) {
	const rows, cols = 300, 1000
	s := flat(rows*cols, false)
	for name, c := range map[string]struct{ size, stride []int64 }{
		"as it lies": {[]int64{rows, cols}, []int64{cols, 1}},
		"transposed": {[]int64{cols, rows}, []int64{1, cols}},
		"by blocks":  {[]int64{cols / 10, rows, 10}, []int64{10, cols, 1}},
		"every 2nd":  {[]int64{rows, cols / 2}, []int64{cols, 2}},
		"windows":    {[]int64{rows*cols - 100, 2}, []int64{1, 100}},
	} {
		v, err := newView(s, store.I32, 0, c.size, c.stride)
		if err != nil {
			t.Fatal(err)
		}
		if v.rising == (name == "windows") {
			t.Errorf("%s: rising is %v", name, v.rising)
		}
		shape, err := store.ToInts(c.size)
		if err != nil {
			t.Fatal(err)
		}
		n, _ := store.ByteSize(store.I32, shape)
		got, err := store.New("x", store.I32, shape, n, v).Float32s()
		if err != nil {
			t.Fatal(err)
		}
		i := 0
		inner, mid := c.size[len(c.size)-1], int64(1)
		if len(c.size) == 3 {
			mid = c.size[1]
		}
		for a := range c.size[0] {
			for b := range mid {
				for d := range inner {
					want := a*c.stride[0] + d*c.stride[len(c.size)-1]
					if len(c.size) == 3 {
						want += b * c.stride[1]
					}
					if got[i] != float32(want) {
						t.Fatalf("%s: element %d is %v, want %d", name, i, got[i], want)
					}
					i++
				}
			}
		}
	}
}

// TestViewLimits: what does not fit, overflows or repeats too much.
func TestViewLimits(t *testing.T) {
	s := flat(1000, false)
	for _, c := range []struct {
		offset       int64
		size, stride []int64
		ok           bool
	}{
		{0, []int64{1000}, []int64{1}, true},
		{0, []int64{1001}, []int64{1}, false},
		{1, []int64{1000}, []int64{1}, false},
		{1000, []int64{0}, []int64{1}, true},
		{-1, []int64{}, []int64{}, false},
		{999, []int64{}, []int64{}, true},
		{1000, []int64{}, []int64{}, false},
		{0, []int64{freeRepeat}, []int64{0}, true},
		{0, []int64{freeRepeat + 1}, []int64{0}, false},
		{0, []int64{2, 1 << 62, 2}, []int64{0, 0, 0}, false},
		{1, []int64{2}, []int64{1<<63 - 1}, false},
		{0, []int64{3}, []int64{1 << 62}, false},
		{0, []int64{2, 2}, []int64{1<<63 - 1, 1}, false},
		{0, []int64{0, 1 << 62, 4}, []int64{0, 0, 0}, false},
	} {
		if _, err := newView(s, store.I32, c.offset, c.size, c.stride); (err == nil) != c.ok {
			t.Errorf("offset %d size %v stride %v: %v", c.offset, c.size, c.stride, err)
		}
	}
}

// TestViewMemory: reading into place takes a small, fixed amount of memory, however the tensor lies.
func TestViewMemory(t *testing.T) {
	const n = 1 << 20
	s := flat(n, false)
	for _, stride := range [][]int64{{1 << 10, 1}, {1, 1 << 10}} {
		v, err := newView(s, store.I32, 0, []int64{1 << 10, 1 << 10}, stride)
		if err != nil {
			t.Fatal(err)
		}
		x := store.New("x", store.F32, []int{1 << 10, 1 << 10}, 4*n, v)
		dst := make([]float32, n)
		if err := x.ReadFloat32s(dst); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 4 {
			if err := x.ReadFloat32s(dst); err != nil {
				t.Fatal(err)
			}
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 4*store.ChunkSize+1<<16 {
			t.Errorf("stride %v: %d bytes allocated to read %d four times", stride, took, 4*n)
		}
	}
}
