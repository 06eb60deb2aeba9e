package autodiff

// NewPlanner opens the arena of Foresee to tests.
var NewPlanner = newPlanner
