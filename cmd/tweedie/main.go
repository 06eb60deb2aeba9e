// Command tweedie trains score priors on images, draws from them, and turns a measurement into posterior samples
// with an honest uncertainty. Run it without arguments to see what it does.
package main

import "tweedie/cli"

func main() { cli.Main() }
