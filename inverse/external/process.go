package external

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"tweedie/internal/input"
)

// process is one running copy of a program. One goroutine at a time asks it.
type process struct {
	cmd    *exec.Cmd
	in     *bufio.Writer
	out    *bufio.Reader
	pipes  []io.Closer // our ends of its standard input and output
	said   *tail
	ended  chan struct{} // closed when it has ended
	exit   error         // how, once ended is closed
	kill   sync.Once
	buffer []byte
}

// grace is how long the output of a process that has ended, or closed its pipes, is waited for.
const grace = 2 * time.Second

// launch starts a process.
func launch(c Config) (*process, error) {
	if c.Dir != "" {
		if info, err := os.Stat(c.Dir); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("dir: %s is no folder", input.Name(c.Dir))
		}
	}
	p := &process{cmd: exec.Command(c.Command[0], c.Command[1:]...), said: new(tail), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stderr, p.cmd.WaitDelay = c.Dir, p.said, grace
	ownGroup(p.cmd)
	// Pipes of our own stay open until we have read what a process wrote before it ended.
	itsIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, itsOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, itsIn.Close(), in.Close())
	}
	p.cmd.Stdin, p.cmd.Stdout = itsIn, itsOut
	err = p.run()
	_, _ = itsIn.Close(), itsOut.Close() // the process has its own
	if err != nil {
		_, _ = in.Close(), out.Close()
		var missing *exec.Error
		if errors.As(err, &missing) {
			err = fmt.Errorf("%w; give the path of the program", missing.Err)
		}
		return nil, err
	}
	p.in, p.out, p.pipes = bufio.NewWriterSize(in, 1<<16), bufio.NewReaderSize(out, 1<<16), []io.Closer{in, out}
	return p, nil
}

// run starts the process and has a goroutine wait for its end. The goroutine keeps the thread that started it, since the
// process is killed when that thread ends.
func (p *process) run() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.exit = p.cmd.Wait()
			close(p.ended)
		}
	}()
	return <-started
}

// end kills the process and those that it started, and closes the pipes, so that a read or write under way returns.
func (p *process) end() {
	p.kill.Do(func() {
		killGroup(p.cmd)
		for _, c := range p.pipes {
			_ = c.Close()
		}
	})
}

// leave ends the input of the process, which is to end then, and kills it where it does not.
func (p *process) leave() {
	_ = p.pipes[0].Close()
	select {
	case <-p.ended:
	case <-time.After(grace):
	}
	p.end()
}

// ask sends a request with its numbers and reads the answer into dst within the given time. After an error the process is of
// no more use.
func (p *process) ask(request string, within time.Duration, dst []float64, numbers ...[]float64) error {
	count := 0
	for _, v := range numbers {
		count += len(v)
	}
	return p.timed("answer to "+request, within, func() error {
		if err := p.send(requestLine{request, count}, numbers...); err != nil {
			return err
		}
		return p.receive(dst)
	})
}

// timed runs one exchange with the process. What it says of a failure is the most telling of: the time that is up, the end
// of the process, and what the exchange found.
func (p *process) timed(what string, within time.Duration, exchange func() error) error {
	up := make(chan struct{})
	timer := time.AfterFunc(within, func() {
		p.end()
		close(up)
	})
	err := exchange()
	if !timer.Stop() {
		<-up
		return p.explain(fmt.Errorf("no %s within %v; a longer timeout can be given", what, within))
	}
	if err == nil {
		return nil
	}
	var wrong *answerError
	if errors.As(err, &wrong) {
		p.end()
		return p.explain(fmt.Errorf("%s: %w", what, err))
	}
	// The pipe broke, so the process is about to end, if it has not ended.
	select {
	case <-p.ended:
	case <-time.After(grace):
	}
	p.end()
	<-p.ended
	how := "it ended"
	if p.exit != nil {
		how = "it ended with " + p.exit.Error()
	}
	return p.explain(fmt.Errorf("%s before its %s", how, what))
}

// explain adds the last lines that the process wrote to standard error.
func (p *process) explain(err error) error {
	select {
	case <-p.ended:
	case <-time.After(grace):
	}
	if text := p.said.text(); text != "" {
		return fmt.Errorf("%w; it said: %s", err, text)
	}
	return err
}
