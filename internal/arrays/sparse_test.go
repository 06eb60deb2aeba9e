package arrays_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tweedie/internal/arrays"
	"tweedie/internal/config"
)

// Entries come in any order and twice in one place; what is made of them is sorted and added up.
func TestTripletsBecomeCompressedRows(t *testing.T) {
	for _, isComplex := range []bool{false, true} {
		tr := arrays.Triplets{Rows: 3, Cols: 4, Complex: isComplex}
		for _, e := range [][4]float64{{2, 3, 5, -1}, {0, 1, 2, 0.5}, {2, 0, 7, 0}, {2, 3, 1, 1}} {
			tr.Add(int(e[0]), int(e[1]), e[2], e[3])
		}
		s := tr.Sparse()
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		re := []float64{0, 2, 0, 0, 0, 0, 0, 0, 7, 0, 0, 6}
		im := []float64{0, 0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
		want := re
		if isComplex {
			want = make([]float64, 24)
			for i := range re {
				want[2*i], want[2*i+1] = re[i], im[i]
			}
		}
		v := s.Dense()
		if !slices.Equal(v.Data, want) || v.Complex != isComplex || !slices.Equal(v.Shape, []int{3, 4}) {
			t.Errorf("complex %v: %+v", isComplex, v)
		}
		text, err := json.Marshal(s)
		var back arrays.Sparse
		if err == nil {
			err = config.Decode(text, &back)
		}
		if err != nil || !slices.Equal(back.Dense().Data, want) {
			t.Errorf("%s came back as %+v (%v)", text, back, err)
		}
	}
}

// A matrix written out with its zeros is the same as one without, and what cannot be one is refused.
func TestSparseJSON(t *testing.T) {
	var a, b arrays.Sparse
	if err := config.Decode([]byte(`[[0,0,5],[1,4,0]]`), &a); err != nil {
		t.Fatal(err)
	}
	if err := config.Decode([]byte(`{"rows":2,"cols":3,"start":[0,1,3],"col":[2,0,1],"data":[5,1,4]}`), &b); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(a.Dense().Data, b.Dense().Data) {
		t.Errorf("%+v and %+v", a, b)
	}
	for text, want := range map[string]string{
		`[1,2]`: "two axes",
		`{"rows":2,"cols":3,"start":[0,1],"col":[2],"data":[5]}`:             "rows+1",
		`{"rows":1,"cols":3,"start":[0,1],"col":[3],"data":[5]}`:             "[0,3)",
		`{"rows":1,"cols":3,"start":[0,2],"col":[1,1],"data":[5,6]}`:         "ascend",
		`{"rows":2,"cols":3,"start":[0,2,1],"col":[1],"data":[5]}`:           "ascend",
		`{"rows":99999999999,"cols":3,"start":[0,1],"col":[1],"data":[5]}`:   "between 1 and",
		`{"rows":1,"cols":3,"start":[0,1],"col":[1],"dat":[5]}`:              "data",
		`{"rows":1,"cols":3,"start":[0,1],"col":[1],"data":[5],"complex":1}`: "true or false",
		`[[1,null]]`: "finite",
	} {
		var s arrays.Sparse
		if err := config.Decode([]byte(text), &s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
	var named arrays.Sparse
	if err := config.Decode([]byte(`"A.mtx"`), &named); err != nil {
		t.Fatal(err)
	}
	if err := named.Validate(); err == nil || !strings.Contains(err.Error(), "A.mtx, which has not been read") {
		t.Errorf("a matrix that was not read: %v", err)
	}
	if text, err := json.Marshal(named); err != nil || string(text) != `"A.mtx"` {
		t.Errorf("written as %s (%v)", text, err)
	}
}
