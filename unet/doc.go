// Package unet is what the U-Nets of published score networks have in common: a Trunk, the parts that its stages are made of, a
// Builder that makes them in the order of their parameters, and Insert, which puts a block of somebody's behind a stage.
//
// The families differ in what their stages hold, not in how they are joined: a Trunk (trunk.go) is the U of them all,
// and a family is a description of its stages, in a room below tweedie/families. A network of one's own is
//
//   - a config struct in its authors' vocabulary, with Effective, Validate, String, Hash and CheckShape, and a Parse of
//     the JSON that lies beside its weights;
//   - a constructor that fills a Builder (builder.go) in the order of its parameters: Make, Residual and MakeLayer make and
//     name a part, Run joins parts that see the images alone, Down and Up add stages, Skip tells the channels to be
//     joined. Names of parts are changed by layers.Path.Named, so that weights load by name;
//   - Params, and a Forward that embeds the labels, runs the Trunk, and maps its end to the output.
package unet
