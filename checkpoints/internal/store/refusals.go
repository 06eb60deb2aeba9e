package store

// Refusals are what a file holds and cannot be read as a tensor, by name, and why.
type Refusals map[string]string

// AnObject begins what is said of an object that may be no tensor at all.
const AnObject = "an object of "

// Add notes one.
func (r *Refusals) Add(name, why string) {
	if *r == nil {
		*r = Refusals{}
	}
	(*r)[name] = why
}

// renamed are those of names that get another name.
func (r Refusals) renamed(rename func(name string) (string, bool)) (out Refusals) {
	for name, why := range r {
		if to, ok := rename(name); ok {
			out.Add(to, why)
		}
	}
	return out
}
