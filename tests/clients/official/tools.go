//go:build tools

// Package official names the client whose own tests run.py compiles and runs, so that go.mod keeps it.
package official

import (
	_ "github.com/hashicorp/consul/api"
	_ "github.com/hashicorp/consul/api/watch"
)
