package dpnp

import "flag"

var long = flag.Bool("long", false, "also run the checks that take minutes")
