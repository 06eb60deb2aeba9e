package data

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/rng"
)

// numbers is a set whose image i is [[100i, 100i+1, ...], ...].
type numbers struct {
	n int
	size
	fail int
}

func (s *numbers) Len() int                  { return s.n }
func (s *numbers) Range() (float64, float64) { return 0, 100 * float64(s.n) }
func (s *numbers) Read(i int, dst []float32) (int, error) {
	checkRead(s, i, dst)
	if i == s.fail {
		return 0, errors.New("broken")
	}
	for k := range dst {
		dst[k] = float32(100*i + k)
	}
	return i, nil
}

// draw takes n batches and returns labels and values.
func draw(t testing.TB, c *Cursor, n int) (labels []int, values []float32) {
	t.Helper()
	b, ch, h, w := c.Shape()
	img, label := make([]float32, b*ch*h*w), make([]int, b)
	for range n {
		if err := c.Next(img, label); err != nil {
			t.Fatal(err)
		}
		labels, values = append(labels, label...), append(values, img...)
	}
	return labels, values
}

func cursor(t testing.TB, s Set, cfg CursorConfig, seed uint64) *Cursor {
	t.Helper()
	c, err := NewCursor(s, cfg, rng.New(seed))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestEpochs: every image once an epoch, in another order each time; batches across the boundary are full.
func TestEpochs(t *testing.T) {
	s := &numbers{10, size{1, 1, 1}, -1}
	c := cursor(t, s, CursorConfig{Batch: 4}, 1)
	labels, values := draw(t, c, 5)
	for e := range 2 {
		order := labels[10*e : 10*e+10]
		sorted := slices.Sorted(slices.Values(order))
		if !slices.Equal(sorted, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
			t.Errorf("epoch %d draws %v", e, order)
		}
	}
	if slices.Equal(labels[:10], labels[10:]) || slices.IsSorted(labels[:10]) {
		t.Errorf("orders %v", labels)
	}
	for i, l := range labels {
		if values[i] != float32(100*l) {
			t.Errorf("image %v with label %d", values[i], l)
		}
	}
	if c.Epoch() != 1 || c.Seen() != 20 {
		t.Errorf("epoch %d, %d seen", c.Epoch(), c.Seen())
	}
	big := cursor(t, s, CursorConfig{Batch: 20}, 1)
	if all, _ := draw(t, big, 1); !slices.Equal(all, labels) {
		t.Errorf("the batch size changes the order: %v, want %v", all, labels)
	}
	if other, _ := draw(t, cursor(t, s, CursorConfig{Batch: 20}, 2), 1); slices.Equal(other, labels) {
		t.Error("the key does not matter")
	}
}

// TestResume stops after every batch: a restored cursor goes on bit for bit, crops and flips included.
func TestResume(t *testing.T) {
	s := &numbers{7, size{2, 3, 4}, -1}
	cfg := CursorConfig{Batch: 3, Flip: true, Crop: [2]int{2, 3}}
	for stop := range 8 {
		a := cursor(t, s, cfg, 3)
		draw(t, a, stop)
		state, err := a.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		b := cursor(t, s, cfg, 99)
		if err := b.UnmarshalBinary(state); err != nil {
			t.Fatal(err)
		}
		l1, v1 := draw(t, a, 9)
		l2, v2 := draw(t, b, 9)
		if !slices.Equal(l1, l2) || !slices.Equal(v1, v2) {
			t.Errorf("after %d batches the restored cursor draws %v, want %v", stop, l2, l1)
		}
	}
	state, err := cursor(t, s, cfg, 3).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	other := cursor(t, &numbers{8, size{2, 3, 4}, -1}, cfg, 1)
	if err := other.UnmarshalBinary(state); err == nil || !strings.Contains(err.Error(), "7 images, this one has 8") {
		t.Errorf("a set of another length: %v", err)
	}
	bad := slices.Clone(state)
	bad[len(bad)-16] = 200
	for _, b := range [][]byte{nil, state[:20], append(slices.Clone(state), 0), bad} {
		if cursor(t, s, cfg, 1).UnmarshalBinary(b) == nil {
			t.Errorf("state %q was accepted", b)
		}
	}
	if new(Cursor).UnmarshalBinary(state) == nil {
		t.Error("a cursor without a set was restored")
	}
}

// TestAugment: N = 4000 draws; each of the 2 x 3 x 2 windows comes with its share, within 4 standard errors, and is an
// exact copy or mirror image of a part.
func TestAugment(t *testing.T) {
	const n = 4000
	s := &numbers{3, size{1, 3, 4}, -1}
	c := cursor(t, s, CursorConfig{Batch: n, Flip: true, Crop: [2]int{2, 2}}, 5)
	labels, values := draw(t, c, 1)
	count := map[[3]int]float64{}
	for i, l := range labels {
		v := values[4*i : 4*i+4]
		flip, first := 0, v[0]
		if v[1] < v[0] {
			flip, first = 1, v[1]
		}
		k := int(first) - 100*l
		y, x := k/4, k%4
		count[[3]int{y, x, flip}]++
		a := float32(100*l + k)
		want := []float32{a, a + 1, a + 4, a + 5}
		if flip == 1 {
			want = []float32{a + 1, a, a + 5, a + 4}
		}
		if !slices.Equal(v, want) {
			t.Fatalf("window %v, want %v", v, want)
		}
	}
	if len(count) != 12 {
		t.Errorf("%d different windows, want 12", len(count))
	}
	for k, m := range count {
		if se := math.Sqrt(n / 12. * 11 / 12); math.Abs(m-n/12.) > 4*se {
			t.Errorf("window %v: %v times of %d", k, m, n)
		}
	}
}

// TestNextFails: after an error the cursor is where it was, also when the batch had already entered the next epoch.
func TestNextFails(t *testing.T) {
	const seed = 2
	s := &numbers{5, size{1, 1, 1}, -1}
	c := cursor(t, s, CursorConfig{Batch: 3}, seed)
	draw(t, c, 1)
	before, _ := c.MarshalBinary()
	s.fail = c.key.Split("epoch", 1).Stream().Perm(5)[0]
	if slices.Contains(c.order[3:], s.fail) {
		t.Fatalf("image %d must fail in the next epoch only; take another seed", s.fail)
	}
	if err := c.Next(make([]float32, 3), nil); err == nil {
		t.Fatal("no error")
	}
	if after, _ := c.MarshalBinary(); !slices.Equal(before, after) {
		t.Error("the cursor moved")
	}
	s.fail = -1
	want, _ := draw(t, cursor(t, s, CursorConfig{Batch: 6}, seed), 1)
	if got, _ := draw(t, c, 1); !slices.Equal(got, want[3:]) {
		t.Errorf("then %v, want %v", got, want[3:])
	}
}

func TestCursorConfig(t *testing.T) {
	s := &numbers{5, size{1, 2, 2}, -1}
	for why, f := range map[string]func() (*Cursor, error){
		"Batch":                   func() (*Cursor, error) { return NewCursor(s, CursorConfig{}, rng.New(1)) },
		"a crop (--crop) of [3":   func() (*Cursor, error) { return NewCursor(s, CursorConfig{Batch: 1, Crop: [2]int{3, 1}}, rng.New(1)) },
		"is empty":                func() (*Cursor, error) { return NewCursor(Subset(s, nil), CursorConfig{Batch: 1}, rng.New(1)) },
		"a crop (--crop) of [1 0": func() (*Cursor, error) { return NewCursor(s, CursorConfig{Batch: 1, Crop: [2]int{1, 0}}, rng.New(1)) },
	} {
		if _, err := f(); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("error %v, want one with %q", err, why)
		}
	}
}

// TestSplit: N = 20,000, within 4 standard errors of the fraction; sides do not change when images are added.
func TestSplit(t *testing.T) {
	const n, fraction = 20000, 0.1
	s := &numbers{n, size{1, 1, 1}, -1}
	train, validation := Split(s, fraction, 7)
	if train.Len()+validation.Len() != n {
		t.Fatalf("%d + %d images", train.Len(), validation.Len())
	}
	if se := math.Sqrt(n * fraction * (1 - fraction)); math.Abs(float64(validation.Len())-n*fraction) > 4*se {
		t.Errorf("%d of %d for validation", validation.Len(), n)
	}
	_, fewer := Split(&numbers{n / 2, size{1, 1, 1}, -1}, fraction, 7)
	for i := range fewer.Len() {
		_, a := picture(t, validation, i)
		if _, b := picture(t, fewer, i); a != b {
			t.Fatalf("validation image %d is %d, was %d with fewer images", i, a, b)
		}
	}
	if _, other := Split(s, fraction, 8); other.Len() == validation.Len() && other.(*subset).index[0] == validation.(*subset).index[0] {
		t.Error("the seed does not matter")
	}
	for _, f := range []float64{0, 1} {
		if _, v := Split(s, f, 1); v.Len() != int(f)*n {
			t.Errorf("fraction %v: %d for validation", f, v.Len())
		}
	}
	sub := Subset(digits(t), []int{5, 3})
	if sum, err := Summarize(t.Context(), sub, 0); err != nil || sum.Kind != "CSV" || sum.Images != 2 {
		t.Errorf("%+v, %v", sum, err)
	}
	if sum, err := Summarize(t.Context(), Subset(s, nil), 0); err != nil || sum.Seen != 0 || sum.Mean != 0 {
		t.Errorf("an empty set: %+v, %v", sum, err)
	}
}
