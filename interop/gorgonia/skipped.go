package gorgonia

// Skip says why an op has no row in the comparison.
type Skip struct {
	Op  string
	Why string

	// InRules says that the derivative rule of a compared op runs it, so that its values are part of gradients that
	// were compared; what is not compared is its own derivative.
	InRules bool
}

const (
	second    = "its own derivative is a second derivative, at which Gorgonia is silently wrong"
	flat      = "its derivative is zero wherever it exists"
	noTangent = "Gorgonia has no forward mode"
	noSource  = "Gorgonia has no such function and nothing to compose it of"
)

// Skipped is every op of this module without a row: those of autodiff, layers, flows and diffusion. A new op needs
// either a row in the tests of this package or an entry here.
var Skipped = []Skip{
	{Op: "group_norm_vjp", Why: second, InRules: true},
	{Op: "group_norm_params", Why: second, InRules: true},
	{Op: "self_attention_vjp", Why: second, InRules: true},
	{Op: "silu_grad", Why: second, InRules: true},
	{Op: "pad_adjoint", Why: second + "; no call makes it but the rule of pad", InRules: true},
	{Op: "step", Why: flat, InRules: true},
	{Op: "between", Why: flat, InRules: true},
	{Op: "argmax", Why: flat, InRules: true},
	{Op: "group_norm_jvp", Why: noTangent},
	{Op: "group_norm_hvp", Why: noTangent + ", and it is a second derivative"},
	{Op: "self_attention_jvp", Why: noTangent},
	{Op: "self_attention_hvp", Why: noTangent + ", and it is a second derivative"},
	{Op: "erf", Why: noSource},
	{Op: "gelu", Why: noSource + ": it needs erf"},
	{Op: "atan2", Why: noSource},
	{Op: "solve_triangular", Why: noSource},
	{Op: "cholesky", Why: noSource},
	{Op: "inverse", Why: noSource},
	{Op: "log_abs_det", Why: noSource},
	{Op: "half_tril", Why: "only the rule of cholesky calls it"},
	{Op: "cast", Why: "the oracle runs in float64 alone"},
	{Op: "count", Why: "it is the identity, and counts how often it runs"},
	{Op: "seeds", Why: "it draws random numbers"},
	{Op: "dropout", Why: "it draws random numbers"},
}
