package cli

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/layers"
	"tweedie/unet"
)

// planModes are what is planned, each with the step of a workload that needs the most there.
var planModes = []struct{ name, step, what string }{
	{"forward", "fwd", "one evaluation"},
	{"sampling", "fwd", "sample; solve by dpnp and red-diff"},
	{"vjp", "vjp", "gradient by the images; solve by dpi with the surrogate"},
	{"logprob", "logprob", "log-density by the flow, one probe at a time"},
	{"divgrad", "divgrad", "gradient of a divergence; solve by dpi with the flow, one step of it on the tape at a time"},
	{"train", "train", "a step of Adam, with moments and average"},
}

// prediction is what one mode needs. Sizes are in MiB.
type prediction struct {
	Mode    string  `json:"mode"`
	Use     string  `json:"use"`
	Remat   string  `json:"remat"`
	Peak    float64 `json:"buffers_peak_mib"`
	Held    float64 `json:"buffers_held_mib"` // with the gaps between them
	Weights float64 `json:"weights_mib"`
	State   float64 `json:"optimizer_mib"` // gradients, moments, average
	Process float64 `json:"process_mib"`   // of all, with the program itself
	MS      float64 `json:"ms_per_image,omitempty"`
	Problem string  `json:"problem,omitempty"`
}

// kernelScratch is about what the kernels of a small network borrow: packed weights and padded images.
const kernelScratch = 16 << 20

func planCommand(o *options) *cobra.Command {
	var prior, preset, network, mem string
	var batch, size, class int
	var timed bool
	c := &cobra.Command{
		Use:   "plan",
		Short: "Predict the memory of a run, and its time, before it starts",
		Long: `Predict the memory of every kind of run with a network at a batch size, without running it: shapes
are followed, no number is computed. With --mem a mode whose buffers do not fit is planned with the
blocks of the network computed again in derivatives (remat block), when that fits. With --timed
each mode that fits is run once, after one run to warm up.
The process is the program, weights, buffers, and what its optimiser and kernels keep.`,
		Example: `  tweedie plan --prior model.safetensors --batch 16 --mem 4GiB
  tweedie plan --preset ffhq_10m --batch 1 --json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			budget, err := memFlag(mem)
			if err != nil {
				return err
			}
			t, err := planTarget(prior, preset, network, class, batch, size, timed)
			if err != nil {
				return err
			}
			var rows []prediction
			for _, m := range planModes {
				p, err := t.predict(m.name, m.step, budget, timed)
				if err != nil {
					return err
				}
				p.Use = m.what
				rows = append(rows, p)
			}
			if o.json {
				return printJSON(cmd.OutOrStdout(), rows)
			}
			w := cmd.OutOrStdout()
			fmt.Fprintf(w, "%s, batch %d, %d parameters; MiB\n%-9s %9s %9s %9s %9s %9s  %-6s", t.name, batch, t.params, "mode", "buffers", "held", "weights", "optimizer", "process", "remat")
			if timed {
				fmt.Fprintf(w, " %10s", "ms/image")
			}
			fmt.Fprintln(w)
			for _, r := range rows {
				fmt.Fprintf(w, "%-9s %9.1f %9.1f %9.1f %9.1f %9.0f  %-6s", r.Mode, r.Peak, r.Held, r.Weights, r.State, r.Process, r.Remat)
				if r.MS > 0 {
					fmt.Fprintf(w, " %10.2f", r.MS)
				}
				if r.Problem != "" {
					fmt.Fprintf(w, "  %s", r.Problem)
				}
				fmt.Fprintln(w)
			}
			return nil
		},
	}
	c.Flags().StringVar(&prior, "prior", "", "name of a prior or a checkpoint file")
	classFlag(c.Flags(), &class)
	c.Flags().StringVar(&preset, "preset", "", "published U-Net, such as ffhq_10m")
	c.Flags().StringVar(&network, "network", "", "configuration of a U-Net, JSON or a file with it")
	c.Flags().IntVar(&batch, "batch", 1, "images")
	c.Flags().IntVar(&size, "size", 0, "rows and columns, where the configuration does not say")
	c.Flags().StringVar(&mem, "mem", "", "memory for buffers, such as 4GiB")
	c.Flags().BoolVar(&timed, "timed", false, "run each mode that fits once and tell the time")
	return c
}

// mostPlanned bounds the values of the images of a plan, which computes nothing.
const mostPlanned = maxValues >> 2

// target is what is planned.
type target struct {
	*workload
	name   string
	params int
}

// planTarget is the network that the flags name; weights that are made for it are none, unless it is to be run.
func planTarget(prior, preset, network string, class, batch, size int, run bool) (*target, error) {
	given := 0
	for _, s := range []string{prior, preset, network} {
		if s != "" {
			given++
		}
	}
	if given != 1 {
		return nil, errors.New("give one of --prior, --preset and --network")
	}
	if prior != "" {
		p, err := openPriorOf(prior, class)
		if err != nil {
			return nil, err
		}
		if err := checkBatch("--batch", batch, p.Shape().Size(), mostPlanned); err != nil {
			return nil, err
		}
		sigma := slices.Repeat([]float64{p.Spec.Std/p.Spec.Affine.Unit() + math.SmallestNonzeroFloat32}, batch)
		field := func(s *autodiff.Scope, x autodiff.Var) autodiff.Var { return p.Denoiser.Denoise(s, x, sigma) }
		return &target{newWorkload(p.Shape().Insert(0, batch), field), p.Summary(), p.Params}, nil
	}
	cfg, err := unet.ADMPreset(preset)
	if network != "" {
		var text []byte
		if text, err = jsonFlag("--network", network, `{"in_channels":1,"model_channels":32}`); err == nil {
			cfg, err = unet.ParseADM(text)
		}
	}
	if err != nil {
		return nil, err
	}
	if cfg.ImageSize > 0 && size == 0 {
		size = cfg.ImageSize
	}
	if size < 1 || size > 1<<14 {
		return nil, fmt.Errorf("--size is %d; want the rows and columns of an image", size)
	}
	image := []int{cfg.InChannels}
	for range cfg.Dims {
		image = append(image, size)
	}
	values, ok := config.Size(image...)
	if !ok || values > mostPlanned {
		return nil, fmt.Errorf("--size is %d; images %v have more than %d values", size, image, mostPlanned)
	}
	if err := checkBatch("--batch", batch, values, mostPlanned); err != nil {
		return nil, err
	}
	net, err := newUNet(cfg, !run)
	if err != nil {
		return nil, err
	}
	labels := slices.Repeat([]float64{500}, batch)
	var classes []int
	if cfg.NumClasses > 0 {
		classes = make([]int, batch)
	}
	shape := autodiff.S(append([]int{batch}, image...)...)
	field := func(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
		y := net.ForwardClass(s, x, labels, classes)
		if cfg.OutChannels > cfg.InChannels {
			y = s.Slice(y, 1, 0, cfg.InChannels) // without the learned variance
		}
		return y
	}
	return &target{newWorkload(shape, field), cmp.Or(preset, "u-net"), layers.Count(net.Params())}, nil
}

// predict plans a mode within a budget in bytes; 0 is no limit.
func (t *target) predict(mode, step string, budget int, timed bool) (prediction, error) {
	if budget == 0 {
		budget = math.MaxInt
	}
	policy, f, err := autodiff.Choose(budget, func(a *autodiff.Arena, p autodiff.Policy) {
		w := *t.workload
		w.policy = p
		w.step(step)(a)
	})
	p := prediction{Mode: mode, Remat: policy.String(), Peak: mib(f.Peak), Held: mib(f.Held), Weights: mib(4 * t.params)}
	if f.Held == 0 {
		return p, err
	}
	if mode == "train" {
		p.State = mib((4 + 8 + 12) * t.params) // float32 gradients and moments, float64 average and weights set aside
	}
	p.Process = p.Held + p.Weights + p.State + mib(kernelScratch) + startMiB
	if err != nil {
		p.Problem = err.Error()
		return p, nil
	}
	if timed {
		t.policy = policy
		p.MS, err = t.once(step)
	}
	return p, err
}

// startMiB is the size of the program before it does anything.
const startMiB = 16

// once is the time of one step, in milliseconds an image.
func (t *target) once(step string) (ms float64, err error) {
	defer autodiff.Catch(&err)
	a := autodiff.NewArena()
	f := t.workload.randomize().step(step)
	f(a)
	begin := time.Now()
	f(a)
	return time.Since(begin).Seconds() * 1e3 / float64(t.shape.Dim(0)), nil
}
