// Package denoisingdiffusion has the U-Net of the library denoising_diffusion_pytorch, which many small networks of digits and
// clothes are, and reads what its GaussianDiffusion, its Trainer and ema_pytorch save: the network, its averages, the table of
// betas, and what the network predicts.
package denoisingdiffusion
