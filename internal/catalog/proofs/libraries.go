//go:build libraries

package proofs

// Libraries whose rows are looked up but which are not run: running them would
// take a server that is more than a script. The build tag keeps them out of
// the test binary, the imports keep their versions in go.mod.
import (
	_ "cloud.google.com/go/spanner"
	_ "github.com/go-xorm/xorm"
	_ "go.mongodb.org/mongo-driver/mongo"
)
