package bench

import (
	"fmt"
	"runtime"

	"tweedie/internal/config"
)

// Size says what every benchmark of a network works on.
type Size struct {
	Side     int // rows and columns
	Channels int
	Batch    int // images
	Runs     int // that are timed
	Threads  int // 0 for all
}

// maxThreads is more than any machine has use for; each thread takes memory.
const maxThreads = 1024

// Check returns an error that names the flag whose value is out of bounds.
func (s Size) Check() error {
	c := config.Check("")
	c.Int("--size", s.Side, 2, config.MostSide)
	c.Int("--channels", s.Channels, 1, config.MostBatch)
	c.Int("--batch", s.Batch, 1, config.MostInput)
	c.Int("--runs", s.Runs, 1, config.MostSteps)
	c.Int("--threads", s.Threads, 0, maxThreads)
	if err := c.Err(); err != nil {
		return err
	}
	if n, ok := config.Size(s.Side, s.Side, s.Channels, s.Batch); !ok || n > config.MostInput {
		return fmt.Errorf("--size %d, --channels %d and --batch %d make more than %d values", s.Side, s.Channels, s.Batch, config.MostInput)
	}
	return nil
}

// Use checks the size and sets the number of threads of the process until restore is called.
func (s Size) Use() (restore func(), err error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	old := runtime.GOMAXPROCS(s.Threads)
	return func() { runtime.GOMAXPROCS(old) }, nil
}
