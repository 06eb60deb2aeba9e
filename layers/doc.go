// Package layers holds the parts that score networks are made of, each a function of named parameters.
//
// With x [B,C,...] an image, h a channel, e [B,E] an embedding of a noise level and i, j positions:
//
//	linear     y = W x + b                                     convolution  y = w * x + b
//	group norm y = gamma (x - m_g)/sqrt(v_g + eps) + beta      statistics over the channels of a group, per sample
//	layer norm the same over the last axis                     batch norm   the same over the batch, per channel
//	attention  y_i = sum_j softmax_j(q_i . k_j / sqrt(d)) v_j  q, k, v = W x, per head of d channels
//	sinusoid   e = (cos t f, sin t f), f_k = P^(-k/h)          Fourier      e = (sin 2 pi c w, cos 2 pi c w)
//	residual   y = s (x + F(x, e)),  F = conv silu norm conv silu norm
//
// A module is made at a Path, which gives its parameters their full names and its initial values their random
// streams, so two networks of one seed agree wherever their paths agree. Constructors return an error that names
// the module where a configuration cannot work; Forward runs in a scope named after the module and keeps only
// its result. Modules hold no state but their parameters (BatchNorm under UpdateStatistics is the exception that
// says so), and nothing in them depends on the number of spatial axes, on squares, or on three channels.
package layers
