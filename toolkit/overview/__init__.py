"""Reports on what a stack runs: folds with no engine and no cluster in them."""
