// Package optics holds the operators of cameras, telescopes and microscopes: masks, averages over pixels, blurs, colour
// filters, tone curves, and compressed sensing.
//
//	inpaint         y = the pixels of x that a mask keeps
//	mosaic          y_ij = x_{c(i,j),i,j}, a colour filter array
//	gray            y_ij = sum_c w_c x_cij
//	block-average   y_b = mean of x over block b of r x s pixels
//	downsample      Y = R X S^T: every r-th row and s-th column of x behind a bicubic, bilinear, box or Lanczos filter
//	blur            y_i = sum_k h_k x_{i-(k-centre)} with a circular, zero, reflect or valid boundary
//	hadamard        y = S H D x, chosen rows of the Walsh-Hadamard transform
//	gaussian-rows   y = A x, A_ij ~ N(0, 1/m)
//	tone            y = clip(f(gain (A x - black))), datum by datum
//	intensity-blur  y = (1 - w) A x + w B x, w a sigmoid of A x
//
// Importing it registers them with package inverse under these kinds. Images are [C,H,W]. The last two are differentiable
// and not linear. All others have their singular values in closed form, of which the largest is the operator's norm, but for
// gaussian-rows, blurs that are neither circular nor separable, and very large images; DenseSVD and LeastSquares serve those.
package optics
