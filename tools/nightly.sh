#!/usr/bin/env bash
# Runs every fuzz target, every benchmark and every figure of 'tweedie bench' for a while, and appends one line of JSON for
# each to a file of history:
#
#   tools/nightly.sh HISTORY [SECONDS [PATTERN]]
#
# SECONDS, 60 if not given, is for each fuzz target; a benchmark gets a sixtieth of it, and below 60 'tweedie bench' times
# one run. PATTERN, a regular expression of grep, chooses by name, such as 'fuzz data' or 'bench unet'. The code is 1 when
# anything failed; an input that a fuzz target failed on is then in its package's testdata, to be committed with the fix.
set -uo pipefail
usage='usage: tools/nightly.sh HISTORY [SECONDS [PATTERN]]'
history=${1:?$usage}
seconds=${2:-60}
pattern=${3:-.}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "SECONDS is $seconds; want a whole number from 1 on. $usage" >&2; exit 1; }
mkdir -p "$(dirname "$history")" && : >>"$history" || exit 1
history=$(cd "$(dirname "$history")" && pwd)/$(basename "$history")
cd "$(dirname "$0")/.." || exit 1
export CGO_ENABLED=0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/tweedie" ./cmd/tweedie || exit 1
bench() { "$work/tweedie" bench "$@"; }

commit=$(git rev-parse --short HEAD)$(git diff --quiet HEAD || echo +)
processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -1)
processor=${processor:-$(sysctl -n machdep.cpu.brand_string 2>/dev/null || uname -m)}
kernels=$("$work/tweedie" doctor --json | sed -n 's/.*"kernels": *"\([^"]*\)".*/\1/p')
failures=0

# note NAME FIGURES prints the figures, and appends them with what they depend on.
note() {
  echo "$1: $2"
  printf '{"date":"%s","commit":"%s","processor":"%s","kernels":"%s","name":"%s","figures":%s}\n' \
    "$(date -u +%FT%TZ)" "$commit" "$processor" "$kernels" "$1" "$2" >>"$history"
}

# failed NAME says what failed, with the end of its output.
failed() {
  failures=$((failures + 1))
  note "$1" '{"failed":true}'
  echo "failed: $1" >&2
  tail -40 "$work/out" >&2
}

wanted() { grep -qE -- "$pattern" <<<"$1"; }

# each FUNCTION lists 'package name' of the test functions that begin so.
each() {
  git grep -Eo "^func $1[A-Za-z0-9_]+" -- '*_test.go' | sed -E 's!^(.*)/[^/]*:func !\1 !' | sort -u
}

while read -r pkg target; do
  wanted "fuzz $pkg $target" || continue
  if go test "./$pkg" -run '^$' -fuzz "^$target\$" -fuzztime "${seconds}s" >"$work/out" 2>&1; then
    note "fuzz $pkg $target" "$(awk '/execs: /{for (i = 1; i < NF; i++) if ($i == "execs:") n = $(i + 1); else if ($i == "interesting:") k = $(i + 1)} END {printf "{\"seconds\":%d,\"execs\":%d,\"new_interesting\":%d}", '"$seconds"', n, k}' "$work/out")"
  else
    failed "fuzz $pkg $target"
  fi
done < <(each Fuzz)

while read -r pkg; do
  wanted "benchmark $pkg" || continue
  if ! go test "./$pkg" -run '^$' -bench . -benchtime "$((seconds * 1000 / 60 + 1))ms" -benchmem >"$work/out" 2>&1; then
    failed "benchmark $pkg"
    continue
  fi
  # A line is: name, runs, and pairs of a value and its unit.
  while read -r name runs pairs; do
    note "benchmark $pkg $name" "$(awk -v runs="$runs" '{printf "{\"runs\":%d", runs; for (i = 1; i < NF; i += 2) printf ",\"%s\":%s", $(i + 1), $i; print "}"}' <<<"$pairs")"
  done < <(grep '^Benchmark.*/op' "$work/out")
done < <(each Benchmark | cut -d' ' -f1 | sort -u)

one=()
[ "$seconds" -ge 60 ] || one=(--runs 1)
verbs=$(bench --help | awk '/^Available Commands:/{on = 1; next} /^$/{on = 0} on && $1 != "compare" && $1 != "unet" {print $1}')
for figure in 'unet --mode '{fwd,vjp,div,divgrad,train} $verbs; do
  wanted "bench $figure" || continue
  runs=("${one[@]}")
  [ "$figure" != score ] || runs=()
  # shellcheck disable=SC2086
  if bench $figure "${runs[@]}" --json >"$work/out" 2>"$work/err"; then
    note "bench $figure" "$(tr -d '\n' <"$work/out")"
  else
    cat "$work/err" >>"$work/out"
    failed "bench $figure"
  fi
done
echo "$failures failures"
[ "$failures" -eq 0 ]
