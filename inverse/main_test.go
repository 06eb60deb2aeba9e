package inverse_test

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/external"
	"tweedie/inverse/internal/optest"
)

// TestMain makes the test binary itself the program of the rows of package external.
func TestMain(m *testing.M) {
	if manner, ok := optest.Manner(); ok {
		_ = optest.Program(os.Stdin, os.Stdout, func(in autodiff.Shape) inverse.Operator {
			op, err := inverse.Decode([]byte(manner), in)
			if err != nil {
				panic(err)
			}
			return op
		}, nil)
		os.Exit(0)
	}
	stop := external.Allow(context.Background())
	code := m.Run()
	stop()
	os.Exit(code)
}

// program describes the program that computes another operator.
func program(description string) string {
	command, err := json.Marshal(optest.Command(description))
	if err != nil {
		panic(err)
	}
	return `{"kind":"external","command":` + string(command) + `}`
}
