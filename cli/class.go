package cli

import (
	"fmt"

	"github.com/spf13/pflag"

	"tweedie/checkpoints"
	"tweedie/zoo"
)

// noClass is the value of --class where the prior has none.
const noClass = -1

// classFlag declares --class.
func classFlag(fl *pflag.FlagSet, class *int) {
	fl.IntVar(class, "class", noClass, "class of the images, for a prior that was trained with --classes")
}

// openPriorOf is openPrior for a network with classes: the prior of one of them.
func openPriorOf(name string, class int) (*zoo.Prior, error) {
	if class < noClass {
		return nil, fmt.Errorf("--class is %d; classes are numbered from 0", class)
	}
	if p, err := openCard(name, class); p != nil || err != nil {
		return p, err
	}
	if class == noClass {
		p, err := openPrior(name)
		if n := classesIn(name); err != nil && n > 0 {
			return nil, fmt.Errorf("--class is missing; %s has %d classes, numbered from 0", name, n)
		}
		return p, err
	}
	n := classesIn(name)
	if n == 0 {
		if _, err := openPrior(name); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("--class is %d; %s has no classes", class, name)
	}
	if class >= n {
		return nil, fmt.Errorf("--class is %d; %s has %d classes, numbered from 0", class, name, n)
	}
	f, err := checkpoints.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return zoo.OfClass(fmt.Sprintf("%s, class %d", name, class), f, class)
}

// classesIn is the number of classes of the network in a file; 0 for none, and for what is no such file.
func classesIn(name string) int {
	f, err := checkpoints.Open(name)
	if err != nil {
		return 0
	}
	defer f.Close()
	return zoo.Classes(f)
}
