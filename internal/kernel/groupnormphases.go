package kernel

import "tweedie/internal/par"

// cut decides how the groups are shared out.
func (j *normJob[T]) cut() {
	j.per = j.C / j.Groups
	j.size = j.per * j.Spatial
	j.chunks = max(1, blocksOf(j.size, normChunk))
	j.spread = j.chunks > 1 && j.N*j.Groups <= spreadGroups
}

// phases does all groups.
func (j *normJob[T]) phases() {
	if !j.spread {
		j.units = max(1, dearBlock/max(1, j.size))
		par.Do(blocksOf(j.N*j.Groups, j.units), j)
		return
	}
	h, al := j.scratch(&j.group)
	s := borrow[float64](j.chunks * len(normSums{}))
	j.part = s.buf
	for j.index = range j.N * j.Groups {
		for phase := range normPhases[j.kind] {
			j.spreadPhase(phase)
		}
	}
	s.free()
	release(h, al)
}

// spreadPhase does one phase of the group at work, each chunk in a block of its own.
func (j *normJob[T]) spreadPhase(phase int) {
	j.phase = phase
	par.Do(j.chunks, j)
	sums := &j.group.sums[phase]
	*sums = normSums(j.part)
	for c := 1; c < j.chunks; c++ {
		sums.add(phase, (*normSums)(j.part[c*len(sums):]))
	}
	j.known(&j.group, j.index, phase)
}

// scratch gives g room for h and alpha where the kind has a use for them.
func (j *normJob[T]) scratch(g *normGroup[T]) (h, al *scratch[T]) {
	if j.kind != normForward && j.kind != normStats {
		h = borrow[T](j.size)
		g.h = h.buf
	}
	if j.kind == normHVP || j.kind == normParams {
		al = borrow[T](j.size)
		g.al = al.buf
	}
	return h, al
}

func release[T Float](list ...*scratch[T]) {
	for _, s := range list {
		if s != nil {
			s.free()
		}
	}
}

// Block does a run of groups, a chunk of one, or a part of the parameters.
func (j *normJob[T]) Block(b int) {
	switch {
	case j.kind == normParams && j.phase > 0:
		j.paramRows(b)
	case j.spread:
		j.chunk(&j.group, j.index, b, j.phase, (*normSums)(j.part[b*len(normSums{}):]))
	case j.kind == normParams:
		j.paramGroups(b)
	default:
		var g normGroup[T]
		h, al := j.scratch(&g)
		for i := b * j.units; i < min((b+1)*j.units, j.N*j.Groups); i++ {
			j.whole(&g, i)
		}
		release(h, al)
	}
}

// whole does one group, phase after phase.
func (j *normJob[T]) whole(g *normGroup[T], i int) {
	for phase := range normPhases[j.kind] {
		sums := &g.sums[phase]
		j.chunk(g, i, 0, phase, sums)
		for c := 1; c < j.chunks; c++ {
			var more normSums
			j.chunk(g, i, c, phase, &more)
			sums.add(phase, &more)
		}
		j.known(g, i, phase)
	}
}

// add adds the sums of the next chunk.
func (s *normSums) add(phase int, next *normSums) {
	if phase == 0 {
		s.join(next)
		return
	}
	for k, v := range next {
		s[k] += v
	}
}

// known notes what follows from the sums of a phase.
func (j *normJob[T]) known(g *normGroup[T], i, phase int) {
	if phase > 0 {
		return
	}
	g.mean, g.rstd = g.sums[0].meanRstd(j.Eps)
	if j.kind == normStats {
		j.mean[i], j.rstd[i] = T(g.mean), T(g.rstd)
	}
}
