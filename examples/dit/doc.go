// Package dit is a score network of one's own, a transformer, in a module of one's own: it registers itself as a family, and
// from then on is trained, saved, opened by its name and solved with like the networks that ship. The command in cmd/dit is a
// tweedie that knows it:
//
//	go run ./cmd/dit train --data photos/ --architecture dit --out run
//	go run ./cmd/dit solve --prior run/model.safetensors --y y.npy --sigma 0.05 --op '{"kind":"block-average","rows":2,"cols":2}'
//
// dit_test.go puts it through the suite that the library's own networks pass.
package dit
