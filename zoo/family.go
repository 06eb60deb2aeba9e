package zoo

import (
	"fmt"
	"slices"
	"strings"

	"tweedie/checkpoints"
	"tweedie/internal/input"
)

// Family names a project whose networks are known by the names of their tensors.
type Family string

// The families whose tensors are recognised. Readable lists those whose networks can be built.
const (
	ADM        Family = "adm"         // guided diffusion
	ScoreSDE   Family = "score_sde"   // score_sde_pytorch
	EDM        Family = "edm"         // NVlabs/edm
	Diffusers  Family = "diffusers"   // UNet2DModel
	ScorePrior Family = "score_prior" // flax
	DPIRealNVP Family = "dpi_realnvp" // deep probabilistic imaging
	DPIGlow    Family = "dpi_glow"    // deep probabilistic imaging
)

// foreign are names that the tensors of families have that have no networkReader yet.
var foreign = []networkReader{
	{Family: DPIGlow, Marks: [][]string{{"blocks.0.flows.0.actnorm.loc"}}},
	{Family: DPIRealNVP, Marks: [][]string{{"blocks.0.actnorm.loc", "blocks.0.coupling.net.0.weight"}}},
}

// Recognise returns the family of a file's tensors and the prefix before their names: "module." of torch's
// DataParallel, "ema." of a training state. Of several networks in one file it takes the one with averaged weights. It
// returns an error when there is not exactly one of those, and when there is no network, which says what the tensors seem
// to be. A prefix that is given is the
// only one looked at.
func Recognise(f *checkpoints.File, prefix string) (Family, string, error) {
	for _, r := range readers {
		if family, p, ok, err := r.recognise(f, prefix); ok {
			return family, p, err
		}
	}
	for _, r := range foreign {
		if family, p, ok, err := r.recognise(f, prefix); ok {
			return family, p, err
		}
	}
	if prefix != "" {
		return "", "", fmt.Errorf("zoo: no tensors of a known network follow the prefix %q", prefix)
	}
	return "", "", fmt.Errorf("zoo: %s", unknown(f))
}

// recognise says whether f holds networks of the family.
func (r *networkReader) recognise(f *checkpoints.File, prefix string) (family Family, at string, ok bool, err error) {
	for _, names := range r.Marks {
		found := prefixes(f, names, prefix)
		if len(found) > 1 {
			averages := slices.DeleteFunc(slices.Clone(found), func(p string) bool { return !strings.Contains(p, "ema") })
			if len(averages) != 1 {
				return r.Family, "", true, fmt.Errorf("zoo: the file holds %d networks of family %s, at the prefixes %s; name one", len(found), r.Family, input.List(found))
			}
			found = averages
		}
		if len(found) == 1 {
			return r.Family, found[0], true, nil
		}
	}
	return "", "", false, nil
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
