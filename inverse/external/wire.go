package external

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/internal/nonfinite"
)

// version is that of the protocol.
const version = 1

// Lines of the protocol, as the package comment has them.
type (
	hello struct {
		Protocol int   `json:"protocol"`
		In       []int `json:"in"`
	}
	welcome struct {
		Protocol int    `json:"protocol"`
		In       []int  `json:"in"`
		Out      []int  `json:"out"`
		Linear   *bool  `json:"linear"`
		Complex  bool   `json:"complex"`
		Error    string `json:"error"`
	}
	requestLine struct {
		Request string `json:"request"`
		Numbers int    `json:"numbers"`
	}
	answerLine struct {
		Numbers *int   `json:"numbers"`
		Error   string `json:"error"`
	}
)

// answerError says that a process wrote something that is no answer, where others say that the pipe broke.
type answerError struct{ error }

func wrong(format string, args ...any) error { return &answerError{fmt.Errorf(format, args...)} }

// mostLine bounds a line of a program.
const mostLine = 1 << 16

// send writes a line and numbers.
func (p *process) send(line any, numbers ...[]float64) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	if _, err := p.in.Write(append(text, '\n')); err != nil {
		return err
	}
	for _, list := range numbers {
		p.buffer = p.buffer[:0]
		for _, v := range list {
			p.buffer = binary.LittleEndian.AppendUint64(p.buffer, math.Float64bits(v))
		}
		if _, err := p.in.Write(p.buffer); err != nil {
			return err
		}
	}
	return p.in.Flush()
}

// line reads a line onto what it must be.
func (p *process) line(onto any) error {
	var text []byte
	for {
		part, err := p.out.ReadSlice('\n')
		text = append(text, part...)
		switch {
		case len(text) > mostLine:
			return wrong("a line on its standard output has more than %d bytes and begins with %s; %s", mostLine, begin(text), onlyAnswers)
		case err == nil:
			err := config.Decode(bytes.TrimSpace(text), onto)
			if e, ok := errors.AsType[*config.FieldError](err); ok && e.Field != "" { // an answer, with a field of a wrong type
				return wrong("its answer %s is wrong: %w", begin(text), err)
			}
			if err != nil {
				return wrong("its standard output has %s where a line of JSON belongs (%w); %s", begin(text), err, onlyAnswers)
			}
			return nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
}

const onlyAnswers = "only answers may go there, and all else to standard error"

// begin quotes the first bytes of a text.
func begin(text []byte) string {
	text = bytes.TrimSpace(text)
	if len(text) > 60 {
		return fmt.Sprintf("%q...", text[:60])
	}
	return fmt.Sprintf("%q", text)
}

// greet sends the shape of images and returns what the process says of its operator.
func (p *process) greet(in autodiff.Shape) (w welcome, err error) {
	if err := p.send(hello{version, in.Dims(nil)}); err != nil {
		return w, err
	}
	if err := p.line(&w); err != nil {
		return w, err
	}
	switch {
	case w.Error != "":
		return w, wrong("%s", shown(w.Error))
	case w.Protocol != version:
		return w, wrong("protocol is %d in its first line; it must be %d", w.Protocol, version)
	case w.Linear == nil:
		return w, wrong("linear is missing in its first line; it must be true or false")
	case w.In != nil && !slices.Equal(w.In, in.Dims(nil)):
		return w, wrong("it takes images of shape %v, and these have %v", w.In, in.Dims(nil))
	}
	return w, w.check()
}

// check looks at the shape of a measurement.
func (w welcome) check() error {
	if len(w.Out) == 0 || len(w.Out) >= autodiff.MaxRank {
		return wrong("out is %v in its first line; it must be the shape of a measurement, of 1 to %d axes", w.Out, autodiff.MaxRank-1)
	}
	for _, d := range w.Out {
		if d < 1 {
			return wrong("out is %v in its first line; each axis must be at least 1", w.Out)
		}
	}
	if err := config.Room("external", "out", 16, w.Out...); err != nil {
		return &answerError{err}
	}
	return nil
}

// shape returns that of a measurement as an operator has it.
func (w welcome) shape() autodiff.Shape {
	if w.Complex {
		return autodiff.S(append([]int{2}, w.Out...)...)
	}
	return autodiff.S(w.Out...)
}

// receive reads an answer into dst.
func (p *process) receive(dst []float64) error {
	var a answerLine
	if err := p.line(&a); err != nil {
		return err
	}
	switch {
	case a.Error != "":
		return wrong("it says: %s", shown(a.Error))
	case a.Numbers == nil:
		return wrong("its line has neither numbers nor error")
	case *a.Numbers != len(dst):
		return wrong("it gives %d numbers where %d belong", *a.Numbers, len(dst))
	}
	p.buffer = slices.Grow(p.buffer[:0], 8*len(dst))[:8*len(dst)]
	if _, err := io.ReadFull(p.out, p.buffer); err != nil {
		return err
	}
	for i := range dst {
		dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(p.buffer[8*i:]))
		if nonfinite.Is(dst[i]) {
			return wrong("number %d of %d is %v", i, len(dst), dst[i])
		}
	}
	return nil
}
