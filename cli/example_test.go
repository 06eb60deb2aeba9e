package cli_test

import "tweedie/cli"

// The program tweedie is this one call. A program of one's own makes it too, after its imports have registered their
// operators, samplers and methods.
func ExampleMain() {
	cli.Main()
}
