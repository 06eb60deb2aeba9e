package zoo

import (
	"fmt"
	"slices"
	"strings"

	"tweedie/checkpoints"
)

// Family is a project whose networks are known by the names of their tensors.
type Family string

// The families whose tensors are recognised; Readable says of which networks can be built.
const (
	ADM        Family = "adm"         // guided diffusion
	ScoreSDE   Family = "score_sde"   // score_sde_pytorch
	EDM        Family = "edm"         // NVlabs/edm
	Diffusers  Family = "diffusers"   // UNet2DModel
	ScorePrior Family = "score_prior" // flax
	DPIRealNVP Family = "dpi_realnvp" // deep probabilistic imaging
	DPIGlow    Family = "dpi_glow"    // deep probabilistic imaging
)

// marks are names, after a common prefix, that the tensors of a family have.
var marks = []struct {
	family Family
	names  []string
}{
	{ADM, []string{"time_embed.0.weight", "input_blocks.0.0.weight"}},
	{EDM, []string{"map_layer0.weight", "map_layer1.weight"}},
	{Diffusers, []string{"conv_in.weight", "time_embedding.linear_1.weight"}},
	{ScoreSDE, []string{"all_modules.0.weight"}},
	{ScoreSDE, []string{"all_modules.1.weight"}},
	{ScorePrior, []string{"Dense_0.kernel", "Conv_0.kernel"}},
	{DPIGlow, []string{"blocks.0.flows.0.actnorm.loc"}},
	{DPIRealNVP, []string{"blocks.0.actnorm.loc", "blocks.0.coupling.net.0.weight"}},
}

// Readable are the families that networks can be built of.
func Readable() []Family { return []Family{ADM} }

// Recognise is the family of a file's tensors and the prefix before their names: "module." of torch's DataParallel,
// "ema." of a training state. Of several networks in one file it takes the one with averaged weights; when that is
// not one, and when there is no network, it is an error. A prefix that is given is looked at alone.
func Recognise(f *checkpoints.File, prefix string) (Family, string, error) {
	for _, m := range marks {
		found := prefixes(f, m.names, prefix)
		if len(found) > 1 {
			averages := slices.DeleteFunc(slices.Clone(found), func(p string) bool { return !strings.Contains(p, "ema") })
			if len(averages) != 1 {
				return m.family, "", fmt.Errorf("zoo: the file holds %d networks of family %s, at the prefixes %q; name one", len(found), m.family, found)
			}
			found = averages
		}
		if len(found) == 1 {
			return m.family, found[0], nil
		}
	}
	if prefix != "" {
		return "", "", fmt.Errorf("zoo: no tensors of a known network follow the prefix %q", prefix)
	}
	return "", "", fmt.Errorf("zoo: the names of the tensors are those of no family that is known")
}

// prefixes are those after which every one of the names is a tensor; only the one given, when it is not empty.
func prefixes(f *checkpoints.File, names []string, given string) (found []string) {
	for _, n := range f.Names() {
		p, ok := strings.CutSuffix(n, names[0])
		if !ok || p != "" && !strings.HasSuffix(p, ".") || given != "" && p != given {
			continue
		}
		if !slices.ContainsFunc(names, func(m string) bool { return !f.Has(p + m) }) {
			found = append(found, p)
		}
	}
	return found
}
