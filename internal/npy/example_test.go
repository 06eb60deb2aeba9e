package npy_test

import (
	"bytes"
	"fmt"

	"tweedie/internal/npy"
)

func Example() {
	raw := append(npy.AppendHeader(nil, 'u', 1, []int{2, 2}), 1, 2, 3, 4)
	r := bytes.NewReader(raw)
	h, err := npy.ReadHeader(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	body, err := npy.ReadBody(r, h)
	fmt.Println(h.Type(), h.Shape, body, err)
	// Output: uint8 [2 2] [1 2 3 4] <nil>
}
