package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"tweedie/internal/config"
	"tweedie/internal/input"
)

// Side says what one program needs for the yardstick, the median over rounds.
type Side struct {
	Engine string  `json:"engine"`
	MS     float64 `json:"ms_per_image"`
	RSS    float64 `json:"peak_rss_mib"`
	Above  float64 `json:"rss_above_start_mib"` // 0 when it does not tell
}

// Comparison holds one mode of the yardstick on both sides.
type Comparison struct {
	Mode     string  `json:"mode"`
	Threads  int     `json:"threads"`
	Rounds   int     `json:"rounds"`
	Ours     Side    `json:"ours"`
	Peer     Side    `json:"peer"` // the faster of its ways
	PeerArgs string  `json:"peer_args"`
	Time     float64 `json:"time_ratio"` // ours / the peer's
	Memory   float64 `json:"rss_ratio"`
}

// Contest times the yardstick here and in a script that takes the flags of "bench unet" and prints its keys.
type Contest struct {
	Yardstick
	Python   string // program that runs the script; "" to run the script itself
	Script   string
	Modes    []string // of Modes
	Rounds   int      // processes on each side, for each mode
	Variants []string // more arguments for the script, in words; the fastest counts
}

// Check returns an error that names the flag with a value that cannot be used.
func (c *Contest) Check() error {
	if c.Script == "" {
		return errors.New("--script is missing: name a program that takes the flags of bench unet and prints its keys")
	}
	k := config.Check("")
	if k.Int("--rounds", c.Rounds, 1, 1000); k.Err() != nil {
		return k.Err()
	}
	for _, m := range c.Modes {
		if err := CheckMode(m); err != nil {
			return err
		}
	}
	if c.Python != "" { // otherwise a name may stand for a program in PATH
		script, size, err := input.Open(c.Script)
		if err != nil {
			return fmt.Errorf("--script: %w", err)
		}
		script.Close()
		if size == 0 {
			return fmt.Errorf("--script: %s is empty", input.Name(c.Script))
		}
	}
	return c.Size.Check()
}

// arguments returns the flags that both sides take.
func (c *Contest) arguments(mode string) []string {
	list := func(v []int) string { return strings.Trim(strings.ReplaceAll(fmt.Sprint(v), " ", ","), "[]") }
	threads := c.Threads
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	a := []string{"--mode", mode, "--mult", list(c.Mult), "--attn", list(c.Attn)}
	for _, flag := range []struct {
		name  string
		value int
	}{{"size", c.Side}, {"channels", c.Channels}, {"width", c.Width}, {"blocks", c.Blocks}, {"heads", c.Heads}, {"batch", c.Batch}, {"threads", threads}, {"runs", c.Runs}} {
		a = append(a, "--"+flag.name, strconv.Itoa(flag.value))
	}
	return a
}

// Play plays all rounds of one mode, in turn, each in a fresh process; self is the path of this program.
func (c *Contest) Play(ctx context.Context, self, mode string) (Comparison, error) {
	var ours []Timing
	peers := make([][]Timing, len(c.Variants))
	args := c.arguments(mode)
	for range c.Rounds {
		t, err := child(ctx, append([]string{self, "bench", "unet"}, args...))
		if err != nil {
			return Comparison{}, err
		}
		ours = append(ours, t)
		for i, v := range c.Variants {
			words := slices.Concat([]string{c.Script}, args, strings.Fields(v))
			if c.Python != "" {
				words = append([]string{c.Python}, words...)
			}
			if t, err = child(ctx, words); err != nil {
				return Comparison{}, err
			}
			peers[i] = append(peers[i], t)
		}
	}
	r := Comparison{Mode: mode, Threads: ours[0].Threads, Rounds: c.Rounds, Ours: medians(ours)}
	for i, p := range peers {
		if s := medians(p); i == 0 || s.MS < r.Peer.MS {
			r.Peer, r.PeerArgs = s, c.Variants[i]
		}
	}
	r.Time, r.Memory = r.Ours.MS/r.Peer.MS, r.Ours.RSS/r.Peer.RSS
	return r, nil
}

// child runs a program and reads the timing that it prints last.
func child(ctx context.Context, words []string) (t Timing, err error) {
	var out, msg bytes.Buffer
	c := exec.CommandContext(ctx, words[0], words[1:]...)
	c.Stdout, c.Stderr = &out, &msg
	if err := c.Run(); err != nil {
		return t, fmt.Errorf("%s: %w: %s", strings.Join(words, " "), err, bytes.TrimSpace(msg.Bytes()))
	}
	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	if err := json.Unmarshal(lines[len(lines)-1], &t); err != nil || !(t.Median > 0) {
		return t, fmt.Errorf("%s printed %q; want a line of JSON with ms_per_image", strings.Join(words, " "), lines[len(lines)-1])
	}
	return t, nil
}

// medians takes the median of each column.
func medians(ts []Timing) Side {
	middle := func(f func(t Timing) float64) float64 {
		var v []float64
		for _, t := range ts {
			v = append(v, f(t))
		}
		slices.Sort(v)
		return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
	}
	return Side{Engine: ts[0].Engine, MS: middle(func(t Timing) float64 { return t.Median }), RSS: middle(func(t Timing) float64 { return float64(t.PeakRSS) }),
		Above: middle(func(t Timing) float64 { return float64(t.Above) })}
}
