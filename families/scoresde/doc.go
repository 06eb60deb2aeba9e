// Package scoresde is the family of the networks of Song et al. (2021), score_sde_pytorch and its flax code: DDPM, DDPM++, NCSN
// and NCSN++ on VP, sub-VP and VE processes.
package scoresde
