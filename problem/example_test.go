package problem_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"tweedie/problem"
)

// A Go program fills in a File, saves it, and opens it again, as the command's --problem does.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	file := problem.Default()
	file.Prior.Name = "toy2d"
	file.Operator = json.RawMessage(`{"kind": "dense", "rows": 1, "data": [1, 1]}`)
	file.Noise = json.RawMessage(`{"kind": "gaussian", "sigma": 0.1}`)
	file.Data = problem.Numbers([]int{1}, []float64{1})
	file.Samples = 500
	path := filepath.Join(dir, "problem.json")
	if err := file.Write(path); err != nil {
		panic(err)
	}

	ctx := context.Background()
	p, err := problem.Open(ctx, path)
	if err != nil {
		panic(err)
	}
	res, err := p.Method.Solve(ctx, p.Problem, p.Run())
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s: the pixels add up to %.1f\n", p.Method.Name(), res.Mean[0]+res.Mean[1])
	// Output: dpnp: the pixels add up to 1.0
}
