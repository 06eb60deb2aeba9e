package external

import (
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"tweedie/autodiff"
	"tweedie/internal/arrays"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// Config describes the operator that a program computes.
type Config struct {
	// Command is the program and its arguments. No shell reads it.
	Command []string `json:"command"`
	// Dir is the folder in which the program runs, and to which a path in Command is relative: the folder of the file that
	// has the description when it is left out, or else the current one.
	Dir string `json:"dir,omitempty"`
	// Processes run side by side, so that as many requests are answered at once; 0 is 1.
	Processes int `json:"processes,omitempty"`
	// Timeout is the longest time for an answer in seconds, the first one among them; 0 is 60.
	Timeout float64 `json:"timeout,omitempty"`
}

// Bounds of a Config.
const (
	mostProcesses  = 256
	defaultTimeout = 60
	leastTimeout   = .01
	mostTimeout    = 7 * 24 * 3600
)

// Kind returns "external".
func (Config) Kind() string { return "external" }

// Incidental names the fields that may change while a run resumes.
func (Config) Incidental() []string { return []string{"processes", "timeout"} }

// plain is Config with the decoder's own way to read it.
type plain Config

// DecodeFrom reads the fields, and fills Dir with the folder of the file that they stand in.
func (c *Config) DecodeFrom(raw []byte, source config.Source) error {
	p := plain(*c)
	if err := config.DecodeFrom(raw, &p, source); err != nil {
		return err
	}
	*c = Config(p)
	d, ok := source.(arrays.Dir)
	if !ok {
		return nil
	}
	dir, err := filepath.Abs(arrays.Under(d.Path, c.Dir))
	if err != nil {
		return err
	}
	c.Dir = dir
	return nil
}

// UnmarshalJSON reads the fields.
func (c *Config) UnmarshalJSON(raw []byte) error { return c.DecodeFrom(raw, nil) }

// Validate names the field that is wrong. It does not run the program.
func (c Config) Validate(autodiff.Shape) error {
	if len(c.Command) == 0 || c.Command[0] == "" {
		return config.Errorf("external", "command", `is empty; it must name a program and its arguments, as in ["python3", "radon.py"]`)
	}
	for _, word := range c.Command {
		if strings.ContainsRune(word, 0) {
			return config.Errorf("external", "command", "%q holds a zero byte, which no command can", word)
		}
	}
	k := config.Check("external")
	k.Int("processes", c.Processes, 0, mostProcesses)
	if c.Timeout != 0 {
		k.Float("timeout", c.Timeout, leastTimeout, mostTimeout)
	}
	return k.Err()
}

// Build starts the program for images of shape in, or finds it running, where Allow lets it. The error shows the command
// where nothing does, or says what is wrong with the program.
func (c Config) Build(in autodiff.Shape) (inverse.Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	return allowed(c, in)
}

// timeout returns the longest time for an answer.
func (c Config) timeout() time.Duration {
	if c.Timeout == 0 {
		return defaultTimeout * time.Second
	}
	return time.Duration(c.Timeout * float64(time.Second))
}

// text returns the command as errors show it.
func (c Config) text() string {
	words := make([]string, len(c.Command))
	for i, w := range c.Command {
		words[i] = w
		if w == "" || strings.ContainsAny(w, " \t'\"\\") || strconv.Quote(w) != `"`+w+`"` {
			words[i] = strconv.Quote(w)
		}
	}
	return strings.Join(words, " ")
}

func init() { inverse.Register(Config{}) }
