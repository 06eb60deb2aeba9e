package optest

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"tweedie/autodiff"
	"tweedie/inverse"
)

// programWord is the argument that makes a test binary a program.
const programWord = "serve-as-external-program"

// Command returns the command that makes the running test binary a program in the given manner.
func Command(manner string) []string {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return []string{exe, programWord, manner}
}

// Manner returns what Command was given in the process that it makes, ok false in others. A TestMain asks it first.
func Manner() (manner string, ok bool) {
	if len(os.Args) == 3 && os.Args[1] == programWord {
		return os.Args[2], true
	}
	return "", false
}

// Request is one of the protocol of package external.
type Request struct {
	Request string
	Numbers int
}

// Program is the other side of the protocol of package external, of the operator that op makes for a shape. It calls before
// ahead of every answer, when it is given, and returns at the end of in.
func Program(in io.Reader, out io.Writer, op func(in autodiff.Shape) inverse.Operator, before func(Request)) error {
	r := bufio.NewReader(in)
	read := func(onto any) error {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return err
		}
		return json.Unmarshal(line, onto)
	}
	var hello struct{ In []int }
	if err := read(&hello); err != nil {
		return err
	}
	a := op(autodiff.S(hello.In...))
	_, linear := a.(inverse.Linear)
	fmt.Fprintf(out, `{"protocol":1,"out":[%d],"linear":%v}`+"\n", a.OutShape().Size(), linear)
	n := a.InShape().Size()
	for {
		var q Request
		if err := read(&q); err != nil {
			return err
		}
		v := make([]float64, q.Numbers)
		if err := binary.Read(r, binary.LittleEndian, v); err != nil {
			return err
		}
		if before != nil {
			before(q)
		}
		answer := make([]float64, n)
		switch q.Request {
		case "apply":
			answer = Apply(a, v)
		case "adjoint":
			a.(inverse.Linear).Adjoint(answer, v)
		case "vjp":
			a.(inverse.Differentiable).VJP(answer, v[:n], v[n:])
		}
		fmt.Fprintf(out, `{"numbers":%d}`+"\n", len(answer))
		if err := binary.Write(out, binary.LittleEndian, answer); err != nil {
			return err
		}
	}
}
