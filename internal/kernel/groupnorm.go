package kernel

import "fmt"

// NormArgs describes a GroupNorm over x [N,C,Spatial] in Groups groups, followed by silu when SiLU is set.
//
// Within a group of M elements, with h = (x - mean) r, r = 1/sqrt(var + Eps), z = gamma h + beta and
// y = f(z), f = silu or the identity, the linear maps of its derivatives are made of the symmetric
//
//	P v = r (v - mean(v) - h mean(h v)).
type NormArgs struct {
	N, C, Spatial, Groups int
	Eps                   float64
	SiLU                  bool
}

// GroupNorm computes y = gamma[c] (x - mean) / sqrt(var + eps) + beta[c], followed by
// silu when asked, with mean and biased variance over each sample's group of c/groups
// channels; x and y [n,c,spatial], gamma and beta [c], [n,c] (gamma[n,c], beta[n,c]) or nil; y may be x.
// In float32 the statistics are right to 1e-6 and the result to 3e-6 (1 + |mean|/sqrt(var + eps)).
func GroupNorm[T Float](y, x, gamma, beta []T, n, c, spatial, groups int, eps float64, silu bool) {
	runNorm("GroupNorm", normJob[T]{NormArgs: NormArgs{n, c, spatial, groups, eps, silu}, kind: normForward, dst: y, x: x, a: x, t: x, gamma: gamma, beta: beta})
}

// GroupStats computes each group's mean and 1/sqrt(var + eps), mean and rstd [n,groups], as GroupNorm does.
func GroupStats[T Float](mean, rstd, x []T, n, c, spatial, groups int, eps float64) {
	sized("GroupStats", "mean", len(mean), n*groups)
	sized("GroupStats", "rstd", len(rstd), n*groups)
	runNorm("GroupStats", normJob[T]{NormArgs: NormArgs{n, c, spatial, groups, eps, false}, kind: normStats, dst: x, x: x, a: x, t: x, mean: mean, rstd: rstd})
}

type normKind uint8

const (
	normForward normKind = iota
	normStats
	normVJP
	normJVP
	normHVP
	normParams
)

// normPhases is the number of phases of each kind: the statistics, and one after every set of sums that the next needs.
var normPhases = [...]int{normForward: 2, normStats: 1, normVJP: 3, normJVP: 3, normHVP: 4, normParams: 1}

// normChunk is how many elements of a group are summed at once. The sums of a larger group are those of its chunks
// added in order, whether one worker does the group or, where there are at most spreadGroups of them, all workers do
// the chunks of one phase of one group after another.
const (
	normChunk    = 1 << 14
	spreadGroups = 4
)

// normSums is the sums of a phase over a chunk or a group, in as many places as the phase has sums.
type normSums [5]float64

// normGroup is what is known of one sample's group.
type normGroup[T Float] struct {
	mean, rstd float64
	sums       [4]normSums // of each phase
	h, al      []T         // normalised x, and alpha
}

type normJob[T Float] struct {
	NormArgs
	kind                      normKind
	dst, x, a, t, gamma, beta []T
	mean, rstd                []T
	per, size, chunks         int // channels, elements and chunks of a group
	units                     int // groups a block; rows for the parameters when spread
	stretch                   int // samples summed in a block of the parameters

	spread       bool
	phase, index int // of the group at work when spread
	group        normGroup[T]
	part         []float64 // sums of its chunks; for the parameters [.,2,C]
}

var normJobs freeList

func runNorm[T Float](op string, q normJob[T]) {
	n := q.N * q.C * q.Spatial
	if q.Groups < 1 || q.C%q.Groups != 0 {
		panic(&ArgError{op, fmt.Sprintf("%d channels in %d groups: want a divisor", q.C, q.Groups)})
	}
	sized(op, "x", len(q.x), n)
	sized(op, "a", len(q.a), n)
	sized(op, "t", len(q.t), n)
	sizedChannels(op, "gamma", len(q.gamma), q.N, q.C)
	sizedChannels(op, "beta", len(q.beta), q.N, q.C)
	j := take[T, normJob[T]](&normJobs)
	*j = q
	j.cut()
	if q.kind == normParams {
		j.params(op)
	} else {
		sized(op, "dst", len(q.dst), n)
		j.phases()
	}
	give[T](&normJobs, j)
}
