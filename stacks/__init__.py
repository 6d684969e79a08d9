"""The environments: settings of each stack, and the program that turns them into components."""
