package pickle

import (
	"slices"
	"strings"
)

// programs are modules whose functions run programs, load code, or reach files and networks, and runners are such functions
// of other modules. No checkpoint needs them; a file that names one attacks whoever reads it with Python. Here they would be
// as inert as any other name: that such a file is refused is a warning.
var (
	programs = strings.Fields("os posix nt subprocess sys importlib imp runpy pty socket shutil ctypes webbrowser codeop pdb bdb " +
		"timeit cProfile marshal pickle _pickle shelve pip popen2 commands distutils zipimport ensurepip venv code doctest pydoc site sh " +
		"sqlite3 urllib urllib2 http ftplib telnetlib smtplib xmlrpc antigravity")
	runners = strings.Fields("torch.load torch.serialization.load torch.hub numpy.load numpy.f2py numpy.testing pandas.read_pickle pandas.eval " +
		"joblib.load dill.load dill.loads dill._dill.load dill._dill.loads cloudpickle.load cloudpickle.loads torch.jit.load torch.utils.cpp_extension " +
		"multiprocessing.util.spawnv_passfds types.FunctionType types.CodeType operator.methodcaller io.open io.open_code _io.open " +
		"pathlib.Path.unlink pathlib.Path.rmdir pathlib.Path.rename pathlib.Path.replace pathlib.Path.open pathlib.Path.write_text pathlib.Path.write_bytes " +
		"builtins.eval builtins.exec builtins.execfile builtins.compile builtins.__import__ builtins.open builtins.input " +
		"builtins.breakpoint builtins.help builtins.exit builtins.quit builtins.delattr builtins.setattr builtins.globals builtins.locals " +
		"builtins.vars builtins.file builtins.reload")
)

// runs reports whether a call of the name would run something in Python, as far as that can be told. A name may have
// parts, which Python looks up one after the other.
func (g Global) runs() bool {
	full := g.String()
	if rest, ok := strings.CutPrefix(full, "__builtin__."); ok {
		full = "builtins." + rest
	}
	module, _, _ := strings.Cut(full, ".")
	parts := strings.Split(g.Name, ".")
	return slices.Contains(programs, module) ||
		slices.ContainsFunc(parts[:len(parts)-1], func(p string) bool { return slices.Contains(programs, p) || p == "__builtins__" || p == "__globals__" }) ||
		slices.ContainsFunc(runners, func(r string) bool { return full == r || strings.HasPrefix(full, r+".") })
}
