// Package train minimises any loss over the parameters of any network, in steps that can be stopped at any point,
// even by a power cut, and resumed bit for bit.
//
// Step k = 1, 2, ... sees B images in M micro-batches j, each with its own random key:
//
//	g     = 1/M sum_j grad L(theta; batch j, key(seed, k, j))
//	g     = g c / max(|g|, c)                            clipping; |g| over all parameters, in float64
//	lr    = lr0 min(1, k/W) decay(k)                      linear warm-up of W steps, then constant or cosine
//	m     = b1 m + (1-b1) g       v = b2 v + (1-b2) g^2
//	theta = theta - lr ( (m/(1-b1^k)) / (sqrt(v/(1-b2^k)) + eps) + wd theta )
//	e     = beta e + (1-beta) theta                      average kept in float64
//
// The average is defined by its half-life H in images, so that it means the same for every batch size, and forgets
// the start of the run by a warm-up that bounds the half-life by a fraction r of the n images seen:
//
//	beta = 2^(-B / h),   h = min(H, r n)
//
// The loss is an Objective: a function of the scope, the parameters and a Step. The Step carries the random key, so
// a step can be repeated: that is how a NaN is traced to the module that made it (NonFiniteError), and why a run
// that was killed ends with the same bytes as one that was not. Nothing is ever replaced by zero: at the first NaN
// or Inf the step is undone and the run stops.
//
// A state is one safetensors file: weights, average, moments, step, images seen, data cursor and random key. It is
// written beside the old one, synced and renamed over it, so a good state is never lost. It is resumed by default.
//
// The pieces (Gradients, Adam, SGD, EMA) work alone too, for a loop of one's own.
package train
