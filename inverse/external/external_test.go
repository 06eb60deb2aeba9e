package external_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tweedie/autodiff"
	"tweedie/internal/config/configtest"
	"tweedie/internal/testkit"
	"tweedie/inverse"
	"tweedie/inverse/external"
	"tweedie/inverse/internal/optest"
	"tweedie/inverse/inversetest"
)

// TestMain makes the test binary itself the programs that the tests run.
func TestMain(m *testing.M) {
	if manner, ok := optest.Manner(); ok {
		behave(manner)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var (
	shape  = autodiff.S(1, 1, 3)
	matrix = inverse.DenseConfig{Rows: 2, Data: []float64{1, 1, 2, 0, 2, 3}}
)

// behave is a program in one of the manners that the tests ask for. Those that are wrong answer the first request well.
func behave(manner string) {
	say := func(text string) func(optest.Request) {
		return func(optest.Request) { fmt.Print(text) }
	}
	second := func(f func(optest.Request)) func(optest.Request) {
		count := 0
		return func(q optest.Request) {
			if count++; count == 2 {
				f(q)
			}
		}
	}
	var before func(optest.Request)
	switch manner {
	case "silent at the start":
		time.Sleep(time.Hour)
	case "fails at the start":
		fmt.Fprint(os.Stderr, "Traceback:\n  line 1\n\tline 2\nImportError: no module\x1b named numpy\n")
		os.Exit(3)
	case "greets otherwise":
		fmt.Println("hello")
	case "other protocol":
		fmt.Println(`{"protocol":2,"out":[2],"linear":true}`)
	case "no linear":
		fmt.Println(`{"protocol":1,"out":[2]}`)
	case "no out":
		fmt.Println(`{"protocol":1,"linear":true}`)
	case "negative out":
		fmt.Println(`{"protocol":1,"linear":true,"out":[2,-1]}`)
	case "huge out":
		fmt.Println(`{"protocol":1,"linear":true,"out":[4611686018427387904,3]}`)
	case "other in":
		fmt.Println(`{"protocol":1,"linear":true,"out":[2],"in":[3,1,1]}`)
	case "refuses":
		fmt.Println(`{"error":"no images\nof that shape"}`)
	case "long line":
		fmt.Print(strings.Repeat("x", 1<<17))
	case "dies":
		before = second(func(optest.Request) {
			fmt.Fprintln(os.Stderr, "segmentation of the sinogram failed")
			os.Exit(7)
		})
	case "ends":
		before = second(func(optest.Request) { os.Exit(0) })
	case "hangs":
		before = second(func(optest.Request) {
			fmt.Fprintln(os.Stderr, "waiting")
			time.Sleep(time.Hour)
		})
	case "prints":
		before = second(say("step 1 of 10\n"))
	case "answers too few":
		before = second(say(`{"numbers":1}` + "\n12345678"))
	case "answers NaN":
		before = second(say(`{"numbers":2}` + "\n" + strings.Repeat("\xff", 16)))
	case "answers half":
		before = second(func(optest.Request) {
			fmt.Print(`{"numbers":2}` + "\n12345678")
			os.Exit(0)
		})
	case "says an error":
		before = second(say(`{"error":"the detector has no row 40"}` + "\n"))
	case "says nothing of numbers":
		before = second(say("{}\n"))
	}
	if place, ok := strings.CutPrefix(manner, "parent "); ok {
		op, _, err := external.Start(context.Background(), external.Config{Command: optest.Command("sleeper " + place)}, shape)
		if err != nil {
			panic(err)
		}
		fmt.Println("asking")
		optest.Apply(op, make([]float64, 3))
	}
	if place, ok := strings.CutPrefix(manner, "sleeper "); ok {
		before = func(optest.Request) {
			_ = os.WriteFile(place, []byte(fmt.Sprint(os.Getpid())), 0o600)
			time.Sleep(time.Hour)
		}
	}
	if strings.HasPrefix(manner, "ring") {
		before = ringDies(manner)
	}
	_ = optest.Program(os.Stdin, os.Stdout, func(in autodiff.Shape) inverse.Operator {
		if strings.HasPrefix(manner, "ring") {
			return mustBuild(inverse.SelectConfig{Slice: &inverse.SliceConfig{Step: 2}}, in)
		}
		if manner == "squares" {
			return mustBuild(inverse.PointwiseConfig{Function: "square"}, in)
		}
		return mustBuild(matrix, in)
	}, before)
}

func mustBuild(c inverse.Config, in autodiff.Shape) inverse.Operator {
	op, err := c.Build(in)
	if err != nil {
		panic(err)
	}
	return op
}

// start runs a program in a manner until the test ends.
func start(t *testing.T, c external.Config) inverse.Operator {
	t.Helper()
	op, stop, err := external.Start(context.Background(), c, shape)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return op
}

// failure returns the *inverse.OperatorError with which f panics, nil when it does not.
func failure(f func()) (err error) {
	defer inverse.CatchOperator(&err)
	f()
	return nil
}

func TestProgramsAreOperators(t *testing.T) {
	for manner, c := range map[string]external.Config{"good": {}, "squares": {}, "several": {Processes: 3}} {
		c.Command = optest.Command(manner)
		op := start(t, c)
		stop := external.Allow(context.Background()) // its description is built anew
		inversetest.Operator(t, op)
		stop()
		if _, ok := op.(inverse.Linear); ok == (manner == "squares") {
			t.Errorf("%s: %T", manner, op)
		}
	}
	a, b := start(t, external.Config{Command: optest.Command("good")}), mustBuild(matrix, shape)
	x := []float64{.1, -2, 3e10}
	testkit.Near(t, "A x", optest.Apply(a, x), optest.Apply(b, x), 0)
}

// A program of which the start fails is an error that says why in one line.
func TestStartsThatFail(t *testing.T) {
	for manner, want := range map[string]string{
		"silent at the start": "no first line within 300ms; a longer timeout can be given",
		"fails at the start":  "it ended with exit status 3 before its first line; it said: line 1 | line 2 | ImportError: no module named numpy",
		"greets otherwise":    `first line: its standard output has "hello" where a line of JSON belongs`,
		"other protocol":      "first line: protocol is 2 in its first line; it must be 1",
		"no linear":           "linear is missing",
		"no out":              "out is []",
		"negative out":        "out is [2 -1]",
		"huge out":            "out is 4611686018427387904",
		"other in":            "it takes images of shape [3 1 1], and these have [1 1 3]",
		"refuses":             "no images of that shape",
		"long line":           "has more than 65536 bytes",
	} {
		_, _, err := external.Start(context.Background(), external.Config{Command: optest.Command(manner), Timeout: .3}, shape)
		if manner != "silent at the start" && err != nil && strings.Contains(err.Error(), "within 300ms") {
			_, _, err = external.Start(context.Background(), external.Config{Command: optest.Command(manner), Timeout: 30}, shape) // a slow machine
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "external: ") || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%s:\n got  %v\n want %s", manner, err, want)
		}
	}
	for _, c := range []struct {
		config external.Config
		want   string
	}{
		{external.Config{Command: []string{"no-such-program-of-ours"}}, "external: no-such-program-of-ours: executable file not found"},
		{external.Config{Command: []string{"./no such"}}, `external: "./no such": `},
		{external.Config{Command: optest.Command("good"), Dir: "no-such-folder"}, "dir: no-such-folder is no folder"},
		{external.Config{}, "external: command is empty"},
		{external.Config{Command: []string{"a\x00"}}, "zero byte"},
	} {
		if _, _, err := external.Start(context.Background(), c.config, shape); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v:\n got  %v\n want %s", c.config, err, c.want)
		}
	}
}

// A program that fails in the middle of a run is an *inverse.OperatorError that says why, and stays one.
func TestProgramsThatFail(t *testing.T) {
	for manner, want := range map[string]string{
		"dies":                    "it ended with exit status 7 before its answer to apply; it said: segmentation of the sinogram failed",
		"ends":                    "it ended before its answer to apply",
		"hangs":                   "no answer to apply within 1s; a longer timeout can be given; it said: waiting",
		"prints":                  `answer to apply: its standard output has "step 1 of 10" where a line of JSON belongs`,
		"answers too few":         "it gives 1 numbers where 2 belong",
		"answers NaN":             "number 0 of 2 is NaN",
		"answers half":            "it ended before its answer to apply",
		"says an error":           "it says: the detector has no row 40",
		"says nothing of numbers": "its line has neither numbers nor error",
	} {
		t.Run(manner, func(t *testing.T) {
			c := external.Config{Command: optest.Command(manner)}
			if manner == "hangs" {
				c.Timeout = 1
			}
			op := start(t, c)
			x, y := make([]float64, 3), make([]float64, 2)
			if err := failure(func() { op.Apply(y, x) }); err != nil {
				t.Fatal(err)
			}
			first := failure(func() { op.Apply(y, x) })
			var e *inverse.OperatorError
			if !errors.As(first, &e) || !strings.Contains(first.Error(), want) || strings.Contains(first.Error(), "\n") {
				t.Fatalf("\n got  %v\n want %s", first, want)
			}
			if again := failure(func() { op.(inverse.Linear).Adjoint(x, y) }); again == nil || again.Error() != first.Error() {
				t.Errorf("later: %v, want %v", again, first)
			}
		})
	}
}

// describe returns the description of a program in a manner.
func describe(t *testing.T, manner string) []byte {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"kind": "external", "command": optest.Command(manner)})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// A description starts nothing unless that is allowed, and then one program for all that are the same.
func TestPermission(t *testing.T) {
	raw := describe(t, "good")
	refused := func() {
		t.Helper()
		_, err := inverse.Decode(raw, shape)
		var f *inverse.FieldError
		if !errors.As(err, &f) || f.Field != "command" || !strings.Contains(err.Error(), filepath.Base(os.Args[0])) || !strings.Contains(err.Error(), "--allow-programs") {
			t.Errorf("without permission: %v", err)
		}
	}
	refused()
	stop := external.Allow(context.Background())
	a, err := inverse.Decode(raw, shape)
	if err != nil {
		t.Fatal(err)
	}
	b, err := inverse.Decode(raw, shape)
	if err != nil {
		t.Fatal(err)
	}
	stop()
	for _, op := range []inverse.Operator{a, b} {
		if err := failure(func() { optest.Apply(op, make([]float64, 3)) }); err == nil || !strings.Contains(err.Error(), "stopped") {
			t.Errorf("after the permission: %v", err)
		}
	}
	refused()
	ctx, cancel := context.WithCancel(context.Background())
	defer external.Allow(ctx)()
	if a, err = inverse.Decode(raw, shape); err != nil {
		t.Fatal(err)
	}
	cancel()
	for end := time.Now().Add(time.Minute); failure(func() { optest.Apply(a, make([]float64, 3)) }) == nil && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if err := failure(func() { optest.Apply(a, make([]float64, 3)) }); !errors.Is(err, context.Canceled) {
		t.Errorf("after the context: %v", err)
	}
}

// Goroutines share processes, one or several, and the end of the context ends a request under way.
func TestManyAtOnce(t *testing.T) {
	for _, processes := range []int{1, 4} {
		op := start(t, external.Config{Command: optest.Command("good"), Processes: processes})
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				x := []float64{float64(i), 1, -1}
				for range 50 {
					if y := optest.Apply(op, x); y[0] != float64(i)-1 || y[1] != -1 {
						t.Errorf("goroutine %d: %v", i, y)
					}
				}
			})
		}
		wg.Wait()
	}
	ctx, cancel := context.WithCancel(context.Background())
	op, stop, err := external.Start(ctx, external.Config{Command: optest.Command("hangs"), Timeout: 30}, shape)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	x, y := make([]float64, 3), make([]float64, 2)
	op.Apply(y, x)
	time.AfterFunc(100*time.Millisecond, cancel)
	if err := failure(func() { op.Apply(y, x) }); !errors.Is(err, context.Canceled) {
		t.Errorf("a request when the context ends: %v", err)
	}
}

// The folder of a file that has a description is where its program runs.
func TestFolder(t *testing.T) {
	if _, err := inverse.DecodeFrom(context.Background(), "some/where", describe(t, "good"), shape); err == nil || !strings.Contains(err.Error(), filepath.Join("some", "where")) {
		t.Errorf("the refusal does not name the folder: %v", err)
	}
	dir := t.TempDir()
	defer external.Allow(context.Background())()
	op, err := inverse.DecodeFrom(context.Background(), dir, describe(t, "good"), shape)
	if err != nil {
		t.Fatal(err)
	}
	if c := op.(inverse.Described).Config().(external.Config); c.Dir != dir {
		t.Errorf("the folder is %q, want %q", c.Dir, dir)
	}
}

func TestHostileNumbers(t *testing.T) {
	c := external.Config{Command: []string{"true"}, Processes: 2, Timeout: 1}
	configtest.Hostile(t, c, func(c external.Config) error { return c.Validate(shape) })
}
