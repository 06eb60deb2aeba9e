package families_test

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/layers"
	"tweedie/prior"
	"tweedie/rng"
	"tweedie/unet"
)

// gain multiplies images by 1 + w, w [1,C,1,...].
type gain struct{ w *autodiff.Param }

func (g gain) Params() []*autodiff.Param { return []*autodiff.Param{g.w} }

func (g gain) Forward(s *autodiff.Scope, h, _ autodiff.Var) autodiff.Var {
	return s.Add(h, s.Mul(h, s.Param(g.w)))
}

func init() {
	err := families.RegisterBlock("test-gain", func(_ json.RawMessage, channels, _ int, at layers.Path) (unet.Block, error) {
		return gain{at.Param("w", autodiff.S(1, channels, 1, 1), layers.Normal(.5))}, nil
	})
	if err != nil {
		panic(err)
	}
}

// small are networks of every family with a trunk, for images [1,8,8].
var small = map[string]string{
	"unet":                `{"in_channels":1,"model_channels":8,"num_res_blocks":1,"channel_mult":[1,2],"norm_groups":4}`,
	"edm":                 `{"precond":"EDMPrecond","kwargs":{"img_resolution":8,"img_channels":1,"model_type":"SongUNet","model_channels":8,"channel_mult":[1,2],"num_blocks":1,"attn_resolutions":[]}}`,
	"score_sde":           `{"training":{"sde":"vpsde","continuous":true},"data":{"image_size":8,"num_channels":1,"centered":true},"model":{"name":"ddpm","nf":32,"ch_mult":[1,1],"num_res_blocks":1,"attn_resolutions":[],"conditional":true}}`,
	"denoising_diffusion": `{"dim":8,"dim_mults":[1,2],"channels":1,"attn_heads":[1,1],"attn_dim_head":[4,4]}`,
	"diffusers":           `{"sample_size":8,"in_channels":1,"out_channels":1,"block_out_channels":[8,8],"norm_num_groups":4,"layers_per_block":1,"attention_head_dim":null,"down_block_types":["DownBlock2D","DownBlock2D"],"up_block_types":["UpBlock2D","UpBlock2D"]}`,
}

// A block behind every place of every family changes the output, and is there again, with its weights, when the file is opened.
func TestInsertedBlocksAreRecorded(t *testing.T) {
	for architecture, config := range small {
		shape := []int{1, 8, 8}
		spec := families.Spec{Shape: shape, SigmaData: .5, Affine: diffusion.Affine{Scale: 1}, Range: [2]float64{-1, 1}, Std: .5}
		net, effective, err := families.Build(architecture, json.RawMessage(config), shape, rng.New(1))
		if err != nil {
			t.Errorf("%s: %v", architecture, err)
			continue
		}
		spec.Network = effective
		for _, p := range net.Params() {
			for i := range p.Data() {
				p.Data()[i] += .1 * float32(math.Sin(float64(i)))
			}
			p.Touch()
		}
		before := values(t, architecture, net, spec)
		for _, place := range net.(families.Inserter).Places() {
			if err := spec.Insert(net, families.Insertion{At: place.Name, Kind: "test-gain"}, rng.New(2)); err != nil {
				t.Errorf("%s: %v", architecture, err)
				continue
			}
			after := values(t, architecture, net, spec)
			if before == after {
				t.Errorf("%s: a block behind %s changes nothing", architecture, place.Name)
			}
			before = after
		}
		p, err := prior.New("x", architecture, net, spec)
		if err != nil {
			t.Fatal(err)
		}
		f, err := p.File()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "x.safetensors")
		if err := checkpoints.Save(path, f, checkpoints.SaveOptions{}); err != nil {
			t.Fatal(err)
		}
		again, err := prior.Open(path, prior.Options{})
		if err != nil {
			t.Errorf("%s: %v", architecture, err)
			continue
		}
		if before != values(t, architecture, again.Network(), again.Spec) {
			t.Errorf("%s: the file opens as another network", architecture)
		}
	}
}

// What is no place, and what is no kind, is said.
func TestInsertExplains(t *testing.T) {
	net, _, err := families.Build("unet", json.RawMessage(small["unet"]), []int{1, 8, 8}, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	plain, _, err := families.Build("conv-score", nil, []int{1, 8, 8}, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		net  families.Network
		i    families.Insertion
		want string
	}{
		{net, families.Insertion{At: "middle_block", Kind: "nosuch"}, `kind "nosuch"`},
		{net, families.Insertion{At: "nowhere", Kind: "test-gain"}, "there are input_blocks.0"},
		{plain, families.Insertion{At: "middle", Kind: "test-gain"}, "takes no blocks"},
	} {
		var spec families.Spec
		if err := spec.Insert(c.net, c.i, rng.New(1)); err == nil || !strings.Contains(err.Error(), c.want) || len(spec.Inserted) > 0 {
			t.Errorf("%+v: %v, %d recorded", c.i, err, len(spec.Inserted))
		}
	}
}

// values returns the denoiser of a network at one image.
func values(t *testing.T, what string, net families.Network, spec families.Spec) string {
	t.Helper()
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	x := make([]float64, 64)
	rng.New(3).Stream().FillNorm(x)
	return fmt.Sprint(spec.Denoiser(net).Denoise(s, s.Const64(autodiff.S(1, 1, 8, 8), x), []float64{.7}).Float64s())
}
