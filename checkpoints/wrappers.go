package checkpoints

import (
	"slices"
	"strings"
)

// wrapperWords are what torch's wrappers put between the parts of names: of torch.compile, of activation checkpointing, of
// fully sharded and of other data parallelism and averaging.
var wrapperWords = []string{"_orig_mod", "_checkpoint_wrapped_module", "_fsdp_wrapped_module", "module"}

// unwrap takes wrapperWords out of the names of a file of torch, or of safetensors that were not written here: each word wherever it stands before a
// dot, but for a word without which two tensors would have one name.
func (f *File) unwrap() {
	if f.Version() > 0 || !slices.Contains([]string{"torch", "torch legacy", "pickle", "safetensors"}, f.Format) {
		return
	}
	for _, word := range wrapperWords {
		if !f.set.Rename(func(name string) string { return without(name, word) }) {
			continue
		}
		for i, v := range f.Values {
			f.Values[i].Name = without(v.Name, word)
		}
	}
}

// without is a name without the parts that are a word, the last part excepted.
func without(name, word string) string {
	if !strings.Contains(name, word+".") {
		return name
	}
	parts := strings.Split(name, ".")
	last := len(parts) - 1
	kept := slices.DeleteFunc(parts[:last:last], func(p string) bool { return p == word })
	return strings.Join(append(kept, parts[last]), ".")
}
