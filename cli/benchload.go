package cli

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tweedie/checkpoints"
	"tweedie/internal/disk"
	"tweedie/layers"
	"tweedie/zoo"
)

func benchLoadCommand(o *options) *cobra.Command {
	var path string
	y := &yardstick{}
	c := &cobra.Command{Use: "load", Short: "Reading a checkpoint into a network; prints one line of JSON", Args: noArgs,
		Long: `Read a checkpoint into a network. Without --checkpoint it is one of the U-Net by which engines are
compared, in safetensors, written for the purpose and removed. Prints one line of JSON, with
the milliseconds of the whole file.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			y.batch = 1
			restore, err := y.use()
			if err != nil {
				return err
			}
			defer restore()
			start := peakRSS()
			config := ""
			if path == "" {
				target := filepath.Join(os.TempDir(), "tweedie-bench")
				if err := disk.RemoveStale(target); err != nil {
					return err
				}
				dir := disk.TempPath(target)
				if err := os.Mkdir(dir, 0o700); err != nil {
					return err
				}
				defer os.RemoveAll(dir)
				path = filepath.Join(dir, "unet.safetensors")
				if config, err = y.write(path); err != nil {
					return err
				}
			}
			params := 0
			t, err := measure(cmd.Context(), "load", y.runs, 1, start, nil, func() error {
				f, err := checkpoints.Open(path)
				if err != nil {
					return err
				}
				defer f.Close()
				net, err := zoo.LoadNetwork(f, zoo.Source{Config: config})
				if err == nil {
					params = layers.Count(net.Params())
				}
				return err
			})
			if err != nil {
				return err
			}
			t.Params = params
			return printLine(cmd.OutOrStdout(), t)
		}}
	y.flags(c)
	for _, unused := range []string{"batch", "size"} {
		if err := c.Flags().MarkHidden(unused); err != nil {
			panic(err)
		}
	}
	c.Flags().StringVar(&path, "checkpoint", "", "a network of any family that can be read")
	return c
}

// write saves a network to path and returns its config.
func (y *yardstick) write(path string) (config string, err error) {
	net, err := y.network()
	if err != nil {
		return "", err
	}
	var f checkpoints.File
	for _, p := range net.Params() {
		if err := f.Add(checkpoints.FromFloat32(p.Name(), p.Shape().Dims(nil), p.Data())); err != nil {
			return "", err
		}
	}
	return net.Config().String(), checkpoints.Save(path, &f, checkpoints.SaveOptions{})
}
