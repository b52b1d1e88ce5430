package driver_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/types"
	"os"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"

	"github.com/txlint/txlint/internal/directive"
	"github.com/txlint/txlint/internal/driver"
)

// asTool is the environment variable that makes the test binary a vet tool
// with the rules of fakeTool, so that the go command can call it.
const asTool = "DRIVER_TEST_AS_TOOL"

func TestMain(m *testing.M) {
	if os.Getenv(asTool) == "" {
		os.Exit(m.Run())
	}
	env, err := driver.ProcessEnv()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(driver.ExitFailure)
	}
	args := os.Args[1:]
	if driver.IsVetTool(args) {
		os.Exit(driver.VetTool(context.Background(), fakeTool(), env, args))
	}
	os.Exit(driver.Main(context.Background(), fakeTool(), env, args))
}

// fakeTool returns a tool with two small rules. Every call makes new ones, so
// that tests can set their flags side by side.
//
// The rule "leak" reports calls of functions that open something, in functions
// that do not mention Close. A function opens if its name starts with Open, or
// if it returns the result of one that opens: this is a fact, and crosses
// packages. The rule "badname" reports functions called Bad.
func fakeTool() driver.Tool {
	opener := newOpener()
	return driver.Tool{
		Name:    "txlint",
		Install: "example.com/txlint@latest",
		Rules:   []*analysis.Analyzer{directive.Honor(newLeak(opener)), directive.Honor(newBadName())},
		Libraries: driver.Libraries{
			IsLibrary: func(path string) bool {
				return path == "example.com/lib" || strings.HasPrefix(path, "example.com/lib/")
			},
			IsOpaque: func(path string) bool { return path == "example.com/sqldriver" },
		},
	}
}

// opens is the fact that a function opens something.
type opens struct{ What string }

func (*opens) AFact() {}

// openers is the result of the analyzer that owns the fact.
type openers struct{ calls map[*ast.CallExpr]*types.Func }

func newOpener() *analysis.Analyzer {
	return &analysis.Analyzer{
		Name:       "opener",
		Doc:        "find what opens",
		FactTypes:  []analysis.Fact{new(opens)},
		ResultType: reflect.TypeFor[*openers](),
		Run: func(pass *analysis.Pass) (any, error) {
			result := &openers{calls: make(map[*ast.CallExpr]*types.Func)}
			for _, fn := range functions(pass) {
				if fn.Name.Name == "BoomFact" {
					panic("boom in facts")
				}
				obj := pass.TypesInfo.Defs[fn.Name].(*types.Func)
				if strings.HasPrefix(fn.Name.Name, "Open") {
					pass.ExportObjectFact(obj, &opens{fn.Name.Name})
				}
				for call, callee := range calls(pass, fn) {
					var fact opens
					if strings.HasPrefix(callee.Name(), "Open") && callee.Pkg() == pass.Pkg || pass.ImportObjectFact(callee, &fact) {
						result.calls[call] = callee
						if strings.HasPrefix(fn.Name.Name, "Wrap") {
							pass.ExportObjectFact(obj, &opens{callee.Name()})
						}
					}
				}
			}
			return result, nil
		},
	}
}

func newLeak(opener *analysis.Analyzer) *analysis.Analyzer {
	a := &analysis.Analyzer{
		Name:     "leak",
		Doc:      "leak: report what is opened and not closed\n\nThe rule is for tests.\n\n# Bad\n\n\tOpen()",
		URL:      "https://example.com/rules/leak",
		Requires: []*analysis.Analyzer{opener},
	}
	possible := a.Flags.Bool("possible", false, "also report openings in functions that are called Maybe")
	explain := a.Flags.Bool("explain", false, "say why nothing was reported")
	a.Flags.Bool("panics", false, "has no effect")
	a.Run = func(pass *analysis.Pass) (any, error) {
		opened := pass.ResultOf[opener].(*openers)
		for _, fn := range functions(pass) {
			if fn.Name.Name == "Boom" {
				panic("boom")
			}
			for call, callee := range calls(pass, fn) {
				if opened.calls[call] == nil {
					continue
				}
				switch {
				case strings.HasPrefix(fn.Name.Name, "Wrap"):
				case mentionsClose(fn):
					if *explain {
						pass.Report(analysis.Diagnostic{Pos: call.Pos(), Category: "leak/silent", Message: "Close is called"})
					}
				case !strings.HasPrefix(fn.Name.Name, "Maybe") || *possible:
					pass.Report(leak(fn, call, callee))
				}
			}
		}
		return nil, nil
	}
	return a
}

// leak returns the diagnostic for a call, with a witness and a fix.
func leak(fn *ast.FuncDecl, call *ast.CallExpr, callee *types.Func) analysis.Diagnostic {
	return analysis.Diagnostic{
		Pos: call.Pos(), End: call.End(), Category: "leak", URL: "https://example.com/rules/leak",
		Message: fmt.Sprintf("%s opens and nothing closes", callee.Name()),
		Related: []analysis.RelatedInformation{
			{Pos: fn.Pos(), End: fn.Type.End(), Message: "entered here"},
			{Pos: fn.Body.Rbrace, Message: "left here"},
		},
		SuggestedFixes: []analysis.SuggestedFix{{
			Message:   "Close at the end",
			TextEdits: []analysis.TextEdit{{Pos: fn.Body.Lbrace + 1, End: fn.Body.Lbrace + 1, NewText: []byte("\n\tdefer Close()\n")}},
		}},
	}
}

func newBadName() *analysis.Analyzer {
	return &analysis.Analyzer{
		Name: "badname",
		Doc:  "badname: report functions called Bad",
		Run: func(pass *analysis.Pass) (any, error) {
			for _, fn := range functions(pass) {
				if fn.Name.Name == "Bad" {
					pass.Reportf(fn.Name.Pos(), "a bad name")
				}
			}
			return nil, nil
		},
	}
}

func functions(pass *analysis.Pass) []*ast.FuncDecl {
	var out []*ast.FuncDecl
	for _, file := range pass.Files {
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil {
				out = append(out, fn)
			}
		}
	}
	return out
}

func calls(pass *analysis.Pass, fn *ast.FuncDecl) map[*ast.CallExpr]*types.Func {
	out := make(map[*ast.CallExpr]*types.Func)
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			id, _ := call.Fun.(*ast.Ident)
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
				id = sel.Sel
			}
			if id != nil {
				if callee, ok := pass.TypesInfo.Uses[id].(*types.Func); ok {
					out[call] = callee
				}
			}
		}
		return true
	})
	return out
}

func mentionsClose(fn *ast.FuncDecl) bool {
	found := false
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == "Close" {
			found = true
		}
		return true
	})
	return found
}
