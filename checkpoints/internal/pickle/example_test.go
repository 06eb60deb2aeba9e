package pickle_test

import (
	"fmt"
	"strings"

	"tweedie/checkpoints/internal/pickle"
)

// A pickle that would run a program in Python names a function, and that is as far as it gets.
func Example() {
	for _, text := range []string{
		"\x80\x02}X\x04\x00\x00\x00stepK\x07s.",
		"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R.",
	} {
		d := pickle.NewDecoder(strings.NewReader(text), int64(len(text)))
		d.Table = pickle.Python()
		v, err := d.Decode()
		if err != nil {
			fmt.Println(err)
			continue
		}
		step, _ := v.(*pickle.Dict).Get("step")
		fmt.Println(step)
	}
	// Output:
	// 7
	// pickle: byte 2: global not allowed: "os.system"
}
