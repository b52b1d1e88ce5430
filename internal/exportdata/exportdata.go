// Package exportdata reads the types of packages from what the compiler left of
// them.
package exportdata

import (
	"fmt"
	"go/token"
	"go/types"
	"os"

	"golang.org/x/tools/go/gcexportdata"
)

// Read reads the types of the package path from a file of the go command.
// imports has packages by path, of which incomplete ones were only mentioned by
// others; what is read is added to it.
func Read(fset *token.FileSet, imports map[string]*types.Package, file, path string) (*types.Package, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// The go command's export files are archives, which gcexportdata.Read alone
	// does not take.
	//lint:ignore SA1019 needed until they are not
	r, err := gcexportdata.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("cannot read export data: %w", err)
	}
	return gcexportdata.Read(r, fset, imports, path)
}
