//go:build tools

// Package tools names the programs of this module, so that "go mod tidy" keeps them and all they need.
package tools

import _ "github.com/google/go-containerregistry/cmd/crane"
