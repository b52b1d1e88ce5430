package oracle_test

import (
	"fmt"
	"testing"

	"github.com/txlint/txlint"
	"github.com/txlint/txlint/internal/oracle"
)

func TestTmp(t *testing.T) {
	cases, _ := oracle.Generate(1, 1000, 10)
	good, _, _ := oracle.Compiling([]*oracle.Case{cases[135], cases[30]})
	f, err := oracle.Analyze(good, txlint.Suite())
	fmt.Println(err)
	for _, c := range good {
		fmt.Println(c)
		for _, x := range f[c.Name] {
			fmt.Println(x)
		}
	}
}
