package dpi_test

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/families/dpi"
	"tweedie/families/scoreprior"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/rng"
)

// flowCase is a flow as its authors saved it; see flows/testdata/README.md.
type flowCase struct {
	name, file string
	family     string
}

var flowCases = []flowCase{
	{"img8x8_bn", "generativemodel_realnvp", dpi.DPIRealNVP},
	{"toy2d_nobn", "generativemodel_realnvp", dpi.DPIRealNVP},
	{"lu_8x8", "generativemodel_glow", dpi.DPIGlow},
}

func (c flowCase) path(file string) string {
	return filepath.Join("../../flows/testdata", c.name, file)
}

func (c flowCase) open(t *testing.T, file string) *checkpoints.File {
	t.Helper()
	f, err := checkpoints.Open(c.path(file))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func (c flowCase) array(t *testing.T, name string) []float64 {
	t.Helper()
	a, err := checkpoints.ReadArray(c.path(name + ".npy"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := a.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (c flowCase) config(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(c.path("config.json"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// load is the flow by its config.
func (c flowCase) load(t *testing.T, o dpi.FlowOptions) *dpi.Flow {
	t.Helper()
	f := c.open(t, c.file)
	family, prefix, err := dpi.RecogniseFlow(f, "")
	if err != nil || family != c.family || prefix != "" {
		t.Fatalf("%s is recognised as %q with prefix %q (%v)", c.name, family, prefix, err)
	}
	config, err := dpi.ConfigFlow(f, family, prefix, c.config(t))
	if err != nil {
		t.Fatal(err)
	}
	net, err := dpi.LoadFlow(f, family, prefix, config, o)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// latents are the rows [B,D] of z.npy, or of z0.npy, z1.npy and so on.
func (c flowCase) latents(t *testing.T, net *dpi.Flow) (rows []float64, batch int) {
	if len(net.Latents) == 1 {
		z := c.array(t, "z")
		return z, len(z) / net.Data.Size()
	}
	for i, sh := range net.Latents {
		z := c.array(t, "z"+string(rune('0'+i)))
		batch = len(z) / sh.Size()
		if rows == nil {
			rows = make([]float64, batch*net.Data.Size())
		}
		for b := range batch {
			at := b * net.Data.Size()
			for _, before := range net.Latents[:i] {
				at += before.Size()
			}
			copy(rows[at:at+sh.Size()], z[b*sh.Size():(b+1)*sh.Size()])
		}
	}
	return rows, batch
}

// close32 compares with float32 values of the original, relative to the largest.
func close32(t *testing.T, what string, got, want []float64) {
	t.Helper()
	largest, worst := 0.0, 0.0
	for _, w := range want {
		largest = max(largest, math.Abs(w))
	}
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		if d := math.Abs(got[i] - want[i]); !(d <= worst) {
			worst = d
		}
	}
	t.Logf("%s: %.2g of the largest value", what, worst/largest)
	if !(worst <= 1e-5*largest) {
		t.Errorf("%s: differs by %.3g of the largest value, want 1e-5", what, worst/largest)
	}
}

// Samples, log-determinants in both directions and gradients of the authors' code, in float32 as there.
func TestFlowsAgainstOriginals(t *testing.T) {
	for _, c := range flowCases {
		t.Run(c.name, func(t *testing.T) {
			net := c.load(t, dpi.FlowOptions{})
			rows, batch := c.latents(t, net)
			sh := autodiff.S(batch, net.Data.Size())
			s := autodiff.NewArena().Scope(autodiff.Record, autodiff.F32)
			defer s.Close()
			z := s.Watch(s.Const64(sh, rows))
			x, logdet := net.Net.Inverse(s, z)
			close32(t, "x", testkit.Values(x), c.array(t, "x"))
			close32(t, "logdet", testkit.Values(logdet), c.array(t, "logdet"))
			back, forward := net.Net.Forward(s, s.Const64(sh, c.array(t, "x")))
			close32(t, "logdet_forward", testkit.Values(forward), c.array(t, "logdet_forward"))
			if c.family == dpi.DPIGlow {
				return // z is not that exact there: see TestGlowDensity
			}
			close32(t, "z", testkit.Values(back), rows)
			loss := s.Add(s.Dot(x, s.Const64(sh, c.array(t, "probe"))), s.Dot(logdet, s.Const64(autodiff.S(batch), c.array(t, "probe_logdet"))))
			close32(t, "gradz", testkit.Values(s.Grad1(loss, z)), c.array(t, "gradz"))
		})
	}
}

// log N(z; 0, I) of the Glow's latents. Its matrices lose digits: the authors' code in float32 returns to z with an error
// of 3.5e-3, so that log_p is compared with float64.
func TestGlowDensity(t *testing.T) {
	c := flowCases[2]
	net := c.load(t, dpi.FlowOptions{})
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	d := net.Data.Size()
	x := c.array(t, "x")
	z, _ := net.Net.Forward(s, s.Const64(autodiff.S(len(x)/d, d), x))
	logp := s.Affine(s.Sum(s.Square(z), 1), -0.5, -0.5*math.Log(2*math.Pi)*float64(d))
	close32(t, "log_p", testkit.Values(logp), c.array(t, "log_p"))
	rows, _ := c.latents(t, net)
	for i, v := range testkit.Values(z) {
		if math.Abs(v-rows[i]) > 3.5e-3 {
			t.Fatalf("latent %d is %v, want %v", i, v, rows[i])
		}
	}
}

// The batch's statistics, and the head from its own file.
func TestRealNVPModes(t *testing.T) {
	c := flowCases[0]
	z := c.array(t, "z")
	for _, r := range []struct {
		o         dpi.FlowOptions
		x, logdet string
	}{
		{dpi.FlowOptions{Statistics: layers.BatchStatistics}, "x_trainmode", "logdet_trainmode"},
		{dpi.FlowOptions{Head: c.open(t, "generativescale_realnvp")}, "img", "logdet_total"},
	} {
		net := c.load(t, r.o)
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
		x, logdet := net.Bijector().Inverse(s, s.Const64(autodiff.S(len(z)/64, 64), z))
		close32(t, r.x, testkit.Values(x), c.array(t, r.x))
		close32(t, r.logdet, testkit.Values(logdet), c.array(t, r.logdet))
		s.Close()
		if net.Distribution().Exact() != (r.o.Statistics == layers.RunningStatistics) {
			t.Errorf("%s: Exact is %v", r.x, net.Distribution().Exact())
		}
	}
}

// A flax file, the head in it: the same map, with the running statistics of its own collection.
func TestFlaxFlow(t *testing.T) {
	c := flowCase{"realnvp_bn_softplus", "checkpoint_10000", scoreprior.Name}
	net := c.load(t, dpi.FlowOptions{})
	z := c.array(t, "z")
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	x, logdet := net.Bijector().Inverse(s, s.Const64(autodiff.S(len(z)/64, 64), z))
	close32(t, "x", testkit.Values(x), c.array(t, "x"))
	close32(t, "logdet", testkit.Values(logdet), c.array(t, "logdet"))
	batch := c.load(t, dpi.FlowOptions{Statistics: layers.BatchStatistics})
	other, _ := batch.Bijector().Inverse(s, s.Const64(autodiff.S(len(z)/64, 64), z))
	if slices.Equal(testkit.Values(other), testkit.Values(x)) {
		t.Error("the statistics of the batch are not used")
	}
	for _, p := range net.Net.Params() {
		if !strings.HasPrefix(p.Name(), "blocks.") {
			t.Errorf("a parameter is called %q after loading", p.Name())
		}
	}
	found, err := dpi.ConfigFlow(c.open(t, c.file), c.family, "", nil)
	if err != nil || found.RealNVP.Dim != 64 || found.RealNVP.Flows != 3 || found.RealNVP.Hidden() != 8 || !found.RealNVP.BatchNorm || !found.Softplus {
		t.Errorf("the tensors tell %+v, softplus %v (%v)", found.RealNVP, found.Softplus, err)
	}
}

// A flow without batch norms, written with the names of flax and kernels [in,out], is the same flow.
func TestFlaxNames(t *testing.T) {
	c := flowCases[1]
	want := c.load(t, dpi.FlowOptions{})
	f := &checkpoints.File{}
	names := strings.NewReplacer("blocks.0.", "params.flow_1.", "blocks.1.", "params.flow_2.", "blocks.2.", "params.flow_3.", "actnorm.", "actnorm1.actnorm_", "actnorm2.", "actnorm2.actnorm_",
		"coupling.net.0.weight", "coupling1.Dense_0.kernel", "coupling.net.0.", "coupling1.Dense_0.", "coupling.net.2.weight", "coupling1.Dense_1.kernel", "coupling.net.2.", "coupling1.Dense_1.",
		"coupling.net.4.scale", "coupling1.ZeroFC_0.fc_scale", "coupling.net.4.fc.weight", "coupling1.ZeroFC_0.Dense_0.kernel", "coupling.net.4.fc.", "coupling1.ZeroFC_0.Dense_0.",
		"coupling2.net.0.weight", "coupling2.Dense_0.kernel", "coupling2.net.0.", "coupling2.Dense_0.", "coupling2.net.2.weight", "coupling2.Dense_1.kernel", "coupling2.net.2.", "coupling2.Dense_1.",
		"coupling2.net.4.scale", "coupling2.ZeroFC_0.fc_scale", "coupling2.net.4.fc.weight", "coupling2.ZeroFC_0.Dense_0.kernel", "coupling2.net.4.fc.", "coupling2.ZeroFC_0.Dense_0.")
	for _, p := range want.Params() {
		data, shape := p.Data(), p.Shape().Dims(nil)
		if len(shape) == 2 {
			out, in := shape[0], shape[1]
			kernel := make([]float32, len(data))
			for i := range data {
				kernel[i%in*out+i/in] = data[i]
			}
			data, shape = kernel, []int{in, out}
		}
		if err := f.Add(checkpoints.FromFloat32(names.Replace(p.Name()), shape, data)); err != nil {
			t.Fatal(err)
		}
	}
	config, err := dpi.ConfigFlow(f, scoreprior.Name, "", []byte(`{"model": {"n_flow": 3, "seqfrac": 0.0625, "batch_norm": false}, "out_dim": 2, "optim": {"lr": 1}}`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := dpi.LoadFlow(f, scoreprior.Name, "", config, dpi.FlowOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range got.Params() {
		if q := want.Params()[i]; p.Name() != q.Name() || !slices.Equal(p.Data(), q.Data()) {
			t.Errorf("%s is not what %s was", p.Name(), q.Name())
		}
	}
}

// The permutations are numpy's, exactly.
func TestFlowOrders(t *testing.T) {
	for _, c := range append(slices.Clone(flowCases[:2]), flowCase{name: "realnvp_bn_softplus"}) {
		orders := c.array(t, "orders")
		d := 64
		if c.name == "toy2d_nobn" {
			d = 2
		}
		for i := range len(orders) / d {
			for j, o := range rng.NumpyPermutation(uint32(i), d) {
				if float64(o) != orders[i*d+j] {
					t.Fatalf("%s: block %d puts %d at %d, numpy %v", c.name, i, o, j, orders[i*d+j])
				}
			}
		}
	}
}

// Without a config a RealNVP is what its tensors say, and a Glow is not known.
func TestFlowConfigFromTensors(t *testing.T) {
	for _, c := range flowCases[:2] {
		f := c.open(t, c.file)
		told, err := dpi.ConfigFlow(f, c.family, "", c.config(t))
		if err != nil {
			t.Fatal(err)
		}
		found, err := dpi.ConfigFlow(f, c.family, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		a, b := *told.RealNVP, *found.RealNVP
		if a.Hidden() != b.Hidden() || a.Dim != b.Dim || a.Flows != b.Flows || a.Additive != b.Additive || a.BatchNorm != b.BatchNorm {
			t.Errorf("%s: the tensors tell %+v, the config %+v", c.name, b, a)
		}
	}
	if _, err := dpi.ConfigFlow(flowCases[2].open(t, flowCases[2].file), dpi.DPIGlow, "", nil); !errors.Is(err, families.ErrOpen) {
		t.Errorf("a Glow without a config: %v", err)
	}
}

// The names and shapes of the tensors of a published configuration, from the authors' code, and the number of those learned.
func TestFlowManifest(t *testing.T) {
	file, err := os.Open("../../flows/testdata/manifests.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	text, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]struct {
		Config  json.RawMessage
		Params  int
		Tensors map[string][]int
	}
	if err := json.NewDecoder(text).Decode(&all); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for name, m := range all {
		if !strings.HasPrefix(name, "dpi_") {
			continue
		}
		seen++
		f := &checkpoints.File{}
		for n, shape := range m.Tensors {
			size := 1
			for _, d := range shape {
				size *= d
			}
			data := make([]float32, size)
			if strings.HasSuffix(n, "initialized") {
				data[0] = 1
			}
			if err := f.Add(checkpoints.FromFloat32(n, shape, data)); err != nil {
				t.Fatal(err)
			}
		}
		told, err := dpi.ConfigFlow(f, dpi.DPIRealNVP, "", m.Config)
		if err != nil {
			t.Fatal(err)
		}
		net, err := dpi.LoadFlow(f, dpi.DPIRealNVP, "", told, dpi.FlowOptions{}) // names and shapes match, one to one
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		n := 0
		for _, p := range net.Params() {
			if p.Trainable() {
				n += p.Shape().Size()
			}
		}
		if n != m.Params {
			t.Errorf("%s: %d parameters, want %d", name, n, m.Params)
		}
	}
	if seen != 1 {
		t.Errorf("%d configurations of flows, want 1", seen)
	}
}
