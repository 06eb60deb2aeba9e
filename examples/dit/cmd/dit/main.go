// Command dit is tweedie with one more network.
package main

import (
	_ "example.org/dit"
	"tweedie/cli"
)

func main() { cli.Main() }
