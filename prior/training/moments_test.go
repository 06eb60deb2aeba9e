package training

import (
	"math"
	"path/filepath"
	"testing"

	"tweedie/checkpoints"
	"tweedie/data"
)

// once counts how often each image of a set is read.
type once struct {
	data.Set
	reads map[int]int
}

func (o *once) Read(i int, dst []float32) (int, error) {
	o.reads[i]++
	return o.Set.Read(i, dst)
}

// The moments are those of two passes to the last bit, from one reading of what fits into the room.
func TestMoments(t *testing.T) {
	values := make([]float64, 200)
	for i := range values {
		values[i] = math.Sin(float64(i))
	}
	path := filepath.Join(t.TempDir(), "x.npy")
	if err := checkpoints.SaveNPY(path, checkpoints.FromFloat64("x", []int{10, 1, 4, 5}, values)); err != nil {
		t.Fatal(err)
	}
	set, err := data.Open(t.Context(), path, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var mean, std float64
	for i := range 200 {
		mean += float64(float32(math.Sin(float64(i)))) / 200
	}
	for i := range 200 {
		std += math.Pow(float64(float32(math.Sin(float64(i))))-mean, 2)
	}
	std = math.Sqrt(std / 200)
	var bits [2]float64
	for _, room := range []int{200, 65, 19} {
		o := &once{set, map[int]int{}}
		m, s, err := moments(t.Context(), o, 100, room)
		if err != nil || math.Abs(m-mean) > 1e-12 || math.Abs(s-std) > 1e-12 {
			t.Errorf("room %d: mean %v, std %v, %v; want %v, %v", room, m, s, err, mean, std)
		}
		if bits == [2]float64{} {
			bits = [2]float64{m, s}
		}
		if bits != [2]float64{m, s} {
			t.Errorf("room %d: mean %v, std %v; with room for all %v", room, m, s, bits)
		}
		for i := range 10 {
			if want := map[bool]int{true: 1, false: 2}[i < room/20]; o.reads[i] != want {
				t.Errorf("room %d: image %d is read %d times, want %d", room, i, o.reads[i], want)
			}
		}
	}
}
