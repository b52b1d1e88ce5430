package oracle

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOnFailure(t *testing.T) {
	t.Parallel()
	// The line with HERE runs on failure only where the name says so.
	for name, body := range map[string]string{
		"fails in a branch":             "if err := ext.Step(); err != nil {\nHERE\n}",
		"fails with more conditions":    "if a && (ext.Step() != nil) {\nHERE\n}",
		"fails in else":                 "if ext.Step() == nil || a {\n} else {\nHERE\n}",
		"fails where not":               "if !(ext.Step() == nil) {\nHERE\n}",
		"fails in a clause":             "switch {\ncase a:\ncase ext.Step() != nil:\nHERE\n}",
		"fails in a later clause":       "switch {\ncase ext.Step() == nil:\ncase a:\nHERE\n}",
		"fails in the default":          "switch {\ndefault:\nHERE\ncase ext.Step() == nil:\n}",
		"fails after a return":          "if ext.Step() == nil {\nreturn\n}\nHERE",
		"fails after a return, else":    "if ext.Step() == nil {\nreturn\n} else {\next.Note()\n}\nHERE",
		"fails after a return in else":  "if ext.Step() != nil {\next.Note()\n} else {\nreturn\n}\nHERE",
		"fails in a loop in a branch":   "if ext.Step() != nil {\nfor a {\nHERE\n}\n}",
		"works in the other branch":     "if ext.Step() != nil {\n} else {\nHERE\n}",
		"works in the condition":        "if HERE; ext.Step() != nil {\n}",
		"works where one of two is":     "if ext.Step() != nil || a {\nHERE\n}",
		"works where it is no error":    "if x != nil {\nHERE\n}",
		"works in another clause":       "switch {\ncase ext.Step() == nil:\nHERE\ncase a:\n}",
		"works in a clause of two":      "switch {\ncase ext.Step() != nil, a:\nHERE\n}",
		"works after a return":          "if ext.Step() != nil {\nreturn\n}\nHERE",
		"works after a branch":          "if ext.Step() == nil {\next.Note()\n}\nHERE",
		"works before a return":         "HERE\nif ext.Step() == nil {\nreturn\n}",
		"works where errors are values": "if ext.Step() != ext.ErrSpecial {\nHERE\n}",
	} {
		src := fmt.Sprintf("package p\n\nimport %q\n\nfunc F(a bool, x *int) {\n%s\n}\n", extPath, body)
		line := 1 + strings.Count(src[:strings.Index(src, "HERE")], "\n")
		c := &Case{Name: "c1", Files: []File{{"p", "c1.go", strings.Replace(src, "HERE", "ext.Note()", 1)}}}
		assert.Equal(t, strings.HasPrefix(name, "fails"), onFailure(c, fmt.Sprintf("p/c1.go:%d", line)), name)
	}
}
