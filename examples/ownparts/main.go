// Ownparts is the command tweedie with five parts that are not of the library, each in a file of its own: a noise
// (noise.go), an operator (operator.go), a method (method.go), a variational family of DPI (family.go) and a denoising
// sampler of DPnP (sampler.go). Each file registers its part in an init function, and every verb then finds it by name:
//
//	go run ./examples/ownparts solve --problem examples/ownparts/problem.json --out result
//	go run ./examples/ownparts solve --problem examples/ownparts/problem.json --out result --method dpi \
//		--config '{"steps": 300, "family": {"kind": "johnson"}}'
//	go run ./examples/ownparts solve --problem examples/ownparts/problem.json --out result --method dpnp \
//		--config '{"sampler": "ancestral"}'
//
// The tests put each part through the suite that the library's own parts pass; see ownparts_test.go.
package main

import "tweedie/cli"

func main() { cli.Main() }
