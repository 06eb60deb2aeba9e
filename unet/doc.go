// Package unet computes the U-Nets of published score networks: those of guided diffusion, known as ADM (Dhariwal and
// Nichol 2021), for signals, images and volumes of any size that their levels divide, and those of other families:
// ScoreSDE (Song et al. 2021), EDM (Karras et al. 2022) and Diffusers.
//
// An ADM computes F(x, t, y) of noisy images x [B,C,...], one label t a sample and, where it has classes, one class y a
// sample:
//
//	e   = silu(W2 silu(W0 (cos t f, sin t f) + b0) + b2 + L_y)          f_k = 10000^(-k/h), h half the features
//	h_0 = w * x,   h_i = D_i(h_{i-1}, e)                                on the way down
//	u_n = M(h_n, e),   u_{i-1} = U_i([u_i, h_i], e)                     on the way up, [,] joins channels
//	F   = w * silu(norm(u_{-1}))
//
// D_i, M and U_i are residual blocks, at chosen factors of downsampling followed by self-attention over all positions;
// between the levels the extents are halved and doubled. A residual block is
//
//	h -> skip(h) + w2 * silu(norm(w1 * silu(norm(h)))(1 + a) + b),   (a, b) = A e,
//
// or norm(w1 * silu(norm(h)) + A e) without the scale. The last convolution of every block starts at zero, so an
// untrained network is the zero function. Twice as many channels out as in mean a learned variance: the first half
// predicts the noise, the second where the variance lies between its bounds (Nichol and Dhariwal 2021).
//
// A network is described by an ADMConfig, which is data: it prints, hashes, and is stored beside the weights.
// Parameters have the names and the order of the original, so published weights load by name. ADMPreset has the
// published configurations, and ParseADM reads those that lie beside weight files.
//
// The families differ in what their stages hold, not in how they are joined: a trunk (trunk.go) is the U of them all,
// and a family is a description of its stages. To add one, write
//
//   - a config struct in its authors' vocabulary, with Effective, Validate, String, Hash and CheckShape, and a Parse of
//     the JSON that lies beside its weights;
//   - a constructor that fills a builder (builder.go) in the order of its parameters: part, block and layer make and
//     name a part, run joins parts that see the images alone, down and up add stages, skip tells the channels to be
//     joined. Names of parts are changed by layers.Path.Named, so that weights load by name;
//   - Params, and a Forward that embeds the labels, runs the trunk, and maps its end to the output.
package unet
