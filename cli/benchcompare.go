package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"tweedie/internal/config"

	"github.com/spf13/cobra"

	"tweedie/internal/input"
)

// side is what one program needs for the yardstick, the median over rounds.
type side struct {
	Engine string  `json:"engine"`
	MS     float64 `json:"ms_per_image"`
	RSS    float64 `json:"peak_rss_mib"`
	Above  float64 `json:"rss_above_start_mib"` // 0 when it does not tell
}

// comparison is one mode of the yardstick on both sides.
type comparison struct {
	Mode     string  `json:"mode"`
	Threads  int     `json:"threads"`
	Rounds   int     `json:"rounds"`
	Ours     side    `json:"ours"`
	Peer     side    `json:"peer"` // the faster of its ways
	PeerArgs string  `json:"peer_args"`
	Time     float64 `json:"time_ratio"` // ours / the peer's
	Memory   float64 `json:"rss_ratio"`
}

// contest is the flags of bench compare.
type contest struct {
	yardstick
	python, script string
	modes          []string
	rounds         int
	variants       []string
}

func benchCompareCommand(o *options) *cobra.Command {
	f := &contest{}
	c := &cobra.Command{Use: "compare", Short: "Time the yardstick here and in another program, in turn; prints JSON lines", Args: noArgs,
		Long: `Run bench unet and a script that takes the same flags and prints the same keys, in turn, each in a
fresh process, --rounds times; print medians and ratios as one line of JSON for each mode. A script
that has several ways, such as channels-last, is run in each (--variant); the faster counts.`,
		Example: "  tweedie bench compare --script torch_unet.py --variant '' --variant --channels-last --mode fwd,train --threads 2",
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.script == "" {
				return errors.New("--script is missing: name a program that takes the flags of bench unet and prints its keys")
			}
			k := config.Check("")
			if k.Int("--rounds", f.rounds, 1, 1000); k.Err() != nil {
				return k.Err()
			}
			for _, m := range f.modes {
				if !slices.Contains(benchModes, m) {
					return fmt.Errorf("--mode %q is unknown; it is one of %v", m, benchModes)
				}
			}
			if f.python != "" { // otherwise a name may stand for a program in PATH
				script, size, err := input.Open(f.script)
				if err != nil {
					return fmt.Errorf("--script: %w", err)
				}
				script.Close()
				if size == 0 {
					return fmt.Errorf("--script: %s is empty", input.Name(f.script))
				}
			}
			restore, err := f.use()
			if err != nil {
				return err
			}
			restore()
			self, err := os.Executable()
			if err != nil {
				return err
			}
			for _, m := range f.modes {
				r, err := f.run(cmd.Context(), self, m)
				if err != nil {
					return err
				}
				if err := printLine(cmd.OutOrStdout(), r); err != nil {
					return err
				}
			}
			return nil
		}}
	f.flags(c)
	c.Flags().StringVar(&f.python, "python", "python3", "program that runs the script; empty to run it itself")
	c.Flags().StringVar(&f.script, "script", "", "the other side")
	c.Flags().StringArrayVar(&f.variants, "variant", []string{""}, "more arguments for the script, in words; may be repeated")
	c.Flags().StringSliceVar(&f.modes, "mode", benchModes, "modes")
	c.Flags().IntVar(&f.rounds, "rounds", 5, "processes on each side")
	return c
}

// arguments are the flags that both sides take.
func (f *contest) arguments(mode string) []string {
	list := func(v []int) string { return strings.Trim(strings.ReplaceAll(fmt.Sprint(v), " ", ","), "[]") }
	threads := f.threads
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	a := []string{"--mode", mode, "--mult", list(f.mult), "--attn", list(f.attn)}
	for _, flag := range []struct {
		name  string
		value int
	}{{"size", f.size}, {"channels", f.channels}, {"width", f.width}, {"blocks", f.blocks}, {"heads", f.heads}, {"batch", f.batch}, {"threads", threads}, {"runs", f.runs}} {
		a = append(a, "--"+flag.name, strconv.Itoa(flag.value))
	}
	return a
}

// run plays all rounds of one mode.
func (f *contest) run(ctx context.Context, self, mode string) (comparison, error) {
	var ours []timing
	peers := make([][]timing, len(f.variants))
	args := f.arguments(mode)
	for range f.rounds {
		t, err := child(ctx, append([]string{self, "bench", "unet"}, args...))
		if err != nil {
			return comparison{}, err
		}
		ours = append(ours, t)
		for i, v := range f.variants {
			words := slices.Concat([]string{f.script}, args, strings.Fields(v))
			if f.python != "" {
				words = append([]string{f.python}, words...)
			}
			if t, err = child(ctx, words); err != nil {
				return comparison{}, err
			}
			peers[i] = append(peers[i], t)
		}
	}
	c := comparison{Mode: mode, Threads: ours[0].Threads, Rounds: f.rounds, Ours: medians(ours)}
	for i, p := range peers {
		if s := medians(p); i == 0 || s.MS < c.Peer.MS {
			c.Peer, c.PeerArgs = s, f.variants[i]
		}
	}
	c.Time, c.Memory = c.Ours.MS/c.Peer.MS, c.Ours.RSS/c.Peer.RSS
	return c, nil
}

// child runs a program and reads the timing that it prints last.
func child(ctx context.Context, words []string) (t timing, err error) {
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

// medians are those of each column.
func medians(ts []timing) side {
	middle := func(f func(t timing) float64) float64 {
		var v []float64
		for _, t := range ts {
			v = append(v, f(t))
		}
		slices.Sort(v)
		return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
	}
	return side{Engine: ts[0].Engine, MS: middle(func(t timing) float64 { return t.Median }), RSS: middle(func(t timing) float64 { return float64(t.PeakRSS) }),
		Above: middle(func(t timing) float64 { return float64(t.Above) })}
}
