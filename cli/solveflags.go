package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tweedie/infer"
	"tweedie/internal/config"
	"tweedie/internal/input"
	"tweedie/inverse"
	"tweedie/problem"
)

// flagOf is the flag that stands for a field of a problem file.
var flagOf = map[string]string{"prior": "prior", "prior.class": "class", "prior.size": "size", "operator": "op", "data": "y", "simulate.image": "image", "simulate.prior": "simulate",
	"noise": "sigma", "method.kind": "method", "method": "config", "samples": "samples", "seed": "seed"}

// open opens the problem of the file and the flags.
func (f *solveFlags) open(cmd *cobra.Command, o *options) (*problem.Problem, error) {
	file, err := f.file(cmd, o)
	if err != nil {
		return nil, err
	}
	p, err := leaving(cmd.Context(), nil, func() (*problem.Problem, error) { return problem.New(cmd.Context(), file) })
	if err != nil {
		return nil, f.named(cmd, err)
	}
	if f.state != "" {
		if k, err := infer.KindOf(p.Method.Name()); err == nil && !k.KeepsState {
			return nil, fmt.Errorf("--state: %s keeps no state, so a run cannot go on from one; leave it out", k.Name)
		}
	}
	return p, nil
}

// named says of an error in a field which flag the field came from, or which file.
func (f *solveFlags) named(cmd *cobra.Command, err error) error {
	e, ok := errors.AsType[*problem.Error](err)
	if !ok {
		return err
	}
	flag := flagOf[e.Field]
	if flag == "image" && f.simulate != "" {
		flag = "simulate"
	}
	if flag == "y" && f.problem == "" && f.y == "" {
		return errors.New("give your measurement with --y, or an image to simulate one from with --image, or all in a file with --problem")
	}
	if flag == "sigma" && f.problem == "" && !f.sigmaGiven {
		return errors.New("--sigma is missing: give the standard deviation of the noise in --y, in the units of the measurement")
	}
	if flag == "op" && f.problem == "" && !f.opGiven && f.y != "" {
		return errors.New("--op is missing: give the forward model that made --y, as in --op '{\"kind\":\"block-average\",\"rows\":2,\"cols\":2}'; kinds are " + strings.Join(inverse.Kinds(), ", "))
	}
	if flag == "" || f.problem != "" && !cmd.Flags().Changed(flag) {
		e.Path = f.problem
		return e
	}
	if flag == "prior" {
		return e.Err
	}
	e.Field = "--" + flag
	return e
}

// file is the problem file of --problem with the fields that flags replace, or that of the flags alone.
func (f *solveFlags) file(cmd *cobra.Command, o *options) (file problem.File, err error) {
	given := cmd.Flags().Changed
	use := func(flag string) bool { return f.problem == "" || given(flag) }
	f.sigmaGiven, f.opGiven = given("sigma"), given("op")
	file = problem.Default()
	if f.problem != "" {
		if file, err = problem.Read(f.problem); err != nil {
			if e, ok := errors.AsType[*problem.Error](err); ok {
				return file, e
			}
			return file, fmt.Errorf("--problem: %w", err)
		}
	}
	if use("prior") {
		file.Prior = problem.Prior{Name: f.prior}
	}
	if use("class") {
		if file.Prior.Class, err = chosenClass(f.class); err != nil {
			return file, err
		}
	}
	if use("size") {
		file.Prior.Size = f.size
	}
	if use("samples") {
		file.Samples = f.samples
	}
	if use("seed") {
		file.Seed = o.seed
	}
	for _, step := range []func(*problem.File, func(string) bool) error{f.operator, f.measurement, f.noise, f.chosenMethod} {
		if err := step(&file, use); err != nil {
			return file, err
		}
	}
	return file, nil
}

// operator reads --op, which has a default for a simulation only.
func (f *solveFlags) operator(file *problem.File, use func(string) bool) (err error) {
	if !use("op") {
		return nil
	}
	if f.y != "" && !f.opGiven {
		return nil // named says what is missing
	}
	file.OperatorFolder = folderOf(f.op)
	if file.Operator, err = jsonFlag("--op", f.op, `{"kind":"block-average","rows":2,"cols":2}`); err == nil && len(file.Operator) == 0 {
		err = errors.New("--op is empty; kinds of forward model are " + strings.Join(inverse.Kinds(), ", "))
	}
	return err
}

// folderOf is where the files lie that a flag with JSON names: the folder of the file that holds the JSON.
func folderOf(text string) string {
	if text = strings.TrimSpace(text); text == "" || strings.HasPrefix(text, "{") {
		return ""
	}
	return filepath.Dir(text)
}

// measurement reads --y, --simulate and --image, of which each replaces data and simulate both.
func (f *solveFlags) measurement(file *problem.File, use func(string) bool) error {
	switch {
	case f.y != "" && f.image != "":
		return errors.New("--y and --image exclude each other: give your measurement, or an image to simulate one from")
	case f.simulate != "" && (f.y != "" || f.image != ""):
		return errors.New("--simulate excludes --y and --image: give your measurement, or prior or an image to simulate one from")
	case f.simulate == "prior":
		file.Data, file.Simulate = nil, &problem.Simulation{Prior: true}
	case f.simulate != "":
		file.Data, file.Simulate = nil, &problem.Simulation{Image: problem.FromFile(f.simulate)}
	case f.y != "":
		file.Data, file.Simulate = problem.FromFile(f.y), nil
	case f.image != "":
		file.Data, file.Simulate = nil, &problem.Simulation{Image: problem.FromFile(f.image)}
	}
	return nil
}

// noise reads --sigma, which has a default for a simulation only.
func (f *solveFlags) noise(file *problem.File, use func(string) bool) (err error) {
	if !use("sigma") {
		return nil
	}
	if f.y != "" && !f.sigmaGiven {
		return nil // named says what is missing
	}
	noise := inverse.Gaussian{Sigma: f.sigma}
	if err := noise.Validate(1); err != nil {
		return fmt.Errorf("--sigma: %w", err)
	}
	file.Noise, err = inverse.EncodeNoise(noise)
	return err
}

// chosenMethod reads --method and --config. A method that is named replaces that of the file; fields change either.
func (f *solveFlags) chosenMethod(file *problem.File, use func(string) bool) error {
	text, err := jsonFlag("--config", f.config, `{"rounds":40}`)
	if err != nil {
		return err
	}
	method := map[string]json.RawMessage{}
	if len(file.Method) > 0 {
		if method, err = config.Object(file.Method); err != nil {
			return fmt.Errorf("%s: method: %w", input.Name(f.problem), err)
		}
	}
	if use("method") || len(method) == 0 {
		kind, err := json.Marshal(f.method)
		if err != nil {
			return err
		}
		method = map[string]json.RawMessage{"kind": kind}
	}
	if len(text) > 0 {
		fields, err := config.Object(text)
		if err != nil {
			return fmt.Errorf("--config: %w", err)
		}
		for name, value := range fields {
			if name == "kind" {
				return errors.New("--config: kind is unknown; name the method with --method")
			}
			method[name] = value
		}
	}
	file.Method, err = json.Marshal(method)
	return err
}
