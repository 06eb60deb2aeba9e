// Package optics holds the operators of cameras, telescopes and microscopes: masks, averages over pixels, and blurs.
//
//	inpaint        y = the pixels of x that a mask keeps
//	block-average  y_b = mean of x over block b of r x s pixels
//	blur           y_i = sum_k h_k x_{i-(k-centre)}, circular or with zeros around the image
//
// Importing it registers them with package inverse under these kinds. Images are [C,H,W]. A mask, a block average and a
// circular blur have their singular values in closed form; DenseSVD and LeastSquares serve the blur with zeros around.
package optics
