package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/txlint/txlint/internal/catalog"
	"github.com/txlint/txlint/internal/spelling"
)

// Decode reads a configuration. The name is that of the file, for messages. The
// error is of type [Errors].
func Decode(name string, data []byte, spec Spec) (*Config, error) {
	d := &decoder{spec: spec, config: &Config{File: name}, seen: map[string]Position{}}
	d.document(data)
	if err := d.errors.sorted(); err != nil {
		return nil, err
	}
	return d.config, nil
}

// A decoder walks the nodes of the file.
type decoder struct {
	spec   Spec
	config *Config
	errors Errors
	// seen are the functions and types that rows are about.
	seen map[string]Position
}

func (d *decoder) fail(at Position, format string, args ...any) {
	d.errors = append(d.errors, &Error{d.config.File, at, fmt.Sprintf(format, args...)})
}

func place(n *yaml.Node) Position { return Position{n.Line, n.Column} }

// document reads the whole file.
func (d *decoder) document(data []byte) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return
	case err != nil:
		d.syntax(err)
		return
	}
	switch err := dec.Decode(&more); {
	case err == nil:
		d.fail(place(&more), "a second document: there must be one")
		return
	case !errors.Is(err, io.EOF):
		d.syntax(err)
		return
	}
	if len(doc.Content) != 1 || isNull(doc.Content[0]) {
		return
	}
	d.mapping(doc.Content[0], "the configuration", map[string]func(key, value *yaml.Node){
		"libraries":    func(_, v *yaml.Node) { d.list(v, "libraries", d.library) },
		"repositories": func(_, v *yaml.Node) { d.list(v, "repositories", d.repository) },
		"finishers":    func(_, v *yaml.Node) { d.list(v, "finishers", func(n *yaml.Node) { d.function(n, "finish") }) },
		"borrowers":    func(_, v *yaml.Node) { d.list(v, "borrowers", func(n *yaml.Node) { d.function(n, "borrow") }) },
		"slow":         func(_, v *yaml.Node) { d.list(v, "slow", func(n *yaml.Node) { d.function(n, "wait") }) },
		"rules":        func(_, v *yaml.Node) { d.rules(v) },
		"exclude":      func(_, v *yaml.Node) { d.list(v, "exclude", d.pattern) },
	})
}

// inLine finds the line in an error of the yaml package.
var inLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(?s:(.*))$`)

// syntax notes that the file is no YAML.
func (d *decoder) syntax(err error) {
	var at Position
	text := err.Error()
	if m := inLine.FindStringSubmatch(text); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			at = Position{max(n, 1), 1}
		}
		text = m[2]
	}
	d.fail(at, "this is no YAML: %s", text)
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// kind says in words what a node is.
func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	switch n.ShortTag() {
	case "!!str":
		return strconv.Quote(n.Value)
	case "!!null":
		return "nothing"
	}
	return n.Value
}

// is reports whether a node has the kind, and notes if it has not. An alias has
// none: a file of aliases of aliases is small and says very much.
func (d *decoder) is(n *yaml.Node, k yaml.Kind, want string) bool {
	switch {
	case n.Kind == yaml.AliasNode:
		d.fail(place(n), "aliases are not understood here: write out what *%s stands for", n.Value)
	case n.Kind != k:
		d.fail(place(n), "want %s, not %s", want, kind(n))
	case k != yaml.ScalarNode && n.Tag != "" && n.ShortTag() != "!!map" && n.ShortTag() != "!!seq":
		d.fail(place(n), "want %s, not something tagged %s", want, n.Tag)
	default:
		return true
	}
	return false
}

// mapping reads a mapping whose keys are known.
func (d *decoder) mapping(n *yaml.Node, what string, fields map[string]func(key, value *yaml.Node)) {
	if !d.is(n, yaml.MappingNode, what+" as a mapping") {
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if !d.is(key, yaml.ScalarNode, "a key") {
			continue
		}
		if line, dup := first[key.Value]; dup {
			d.fail(place(key), "%q stands here again; it is in line %d already", key.Value, line)
			continue
		}
		first[key.Value] = key.Line
		read, ok := fields[key.Value]
		if !ok {
			d.unknown(place(key), "key", key.Value, sortedKeys(fields))
			continue
		}
		read(key, value)
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// unknown notes a word that is not known, with the nearest that is.
func (d *decoder) unknown(at Position, what, word string, known []string) {
	d.fail(at, "unknown %s %q%s", what, word, hint(word, known))
}

// hint names the known word that was probably meant, or all if they are few.
func hint(word string, known []string) string {
	if guess := spelling.Nearest(word, known); guess != "" {
		return fmt.Sprintf("; did you mean %q?", guess)
	}
	if len(known) == 0 || len(known) > 24 {
		return ""
	}
	return "; there are " + strings.Join(known, ", ")
}

// list reads a list, which may be left empty.
func (d *decoder) list(n *yaml.Node, what string, item func(*yaml.Node)) {
	if isNull(n) || !d.is(n, yaml.SequenceNode, what+" as a list") {
		return
	}
	for _, v := range n.Content {
		item(v)
	}
}

// text reads a text.
func (d *decoder) text(n *yaml.Node, want string) (string, bool) {
	if !d.is(n, yaml.ScalarNode, want) {
		return "", false
	}
	if n.ShortTag() != "!!str" || n.Value == "" {
		d.fail(place(n), "want %s, not %s", want, kind(n))
		return "", false
	}
	return n.Value, true
}

// truth reads true or false.
func (d *decoder) truth(n *yaml.Node) (value, ok bool) {
	if !d.is(n, yaml.ScalarNode, "true or false") {
		return false, false
	}
	if n.ShortTag() != "!!bool" {
		d.fail(place(n), "want true or false, not %s", kind(n))
		return false, false
	}
	return strings.EqualFold(n.Value, "true"), true
}

// number reads an index.
func (d *decoder) number(n *yaml.Node) (int, bool) {
	if !d.is(n, yaml.ScalarNode, "a number") {
		return 0, false
	}
	i, err := strconv.Atoi(n.Value)
	if n.ShortTag() != "!!int" || err != nil {
		d.fail(place(n), "want an index like 0, not %s", kind(n))
		return 0, false
	}
	return i, true
}

// library reads a row.
func (d *decoder) library(n *yaml.Node) {
	row := Row{At: place(n), Fields: map[string]Position{}}
	before := len(d.errors)
	fields := map[string]func(key, value *yaml.Node){}
	v := reflect.ValueOf(&row.UserRow).Elem()
	for name, i := range rowFields() {
		field := v.Field(i)
		fields[name] = func(_, value *yaml.Node) {
			row.Fields[name] = place(value)
			d.rowField(field, value)
		}
	}
	d.mapping(n, "a row", fields)
	if len(d.errors) == before {
		d.add(row)
	}
}

// rowFields returns the fields of a row by the name that they have in files.
func rowFields() map[string]int {
	out := map[string]int{}
	t := reflect.TypeFor[catalog.UserRow]()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		out[name] = i
	}
	return out
}

func (d *decoder) rowField(field reflect.Value, n *yaml.Node) {
	switch field.Kind() {
	case reflect.String:
		if s, ok := d.text(n, "a text"); ok {
			field.SetString(s)
		}
	case reflect.Bool:
		if b, ok := d.truth(n); ok {
			field.SetBool(b)
		}
	default:
		if i, ok := d.number(n); ok {
			field.Set(reflect.ValueOf(&i))
		}
	}
}

// inLineOf says in which line something is, where lines are known.
func inLineOf(p Position) string {
	if p.Line == 0 {
		return ""
	}
	return fmt.Sprintf(" in line %d", p.Line)
}

// add adds a row, if nothing is wrong with it.
func (d *decoder) add(row Row) {
	if err := row.Check(); err != nil {
		d.wrong(row, err)
		return
	}
	if first, dup := d.seen[row.Name()]; dup {
		d.fail(row.At, "there is a row about %s%s already", row.Name(), inLineOf(first))
		return
	}
	d.seen[row.Name()] = row.At
	d.config.Rows = append(d.config.Rows, row)
}

// wrong notes what the catalog finds wrong with a row.
func (d *decoder) wrong(row Row, err error) {
	d.errors = append(d.errors, d.config.RowError(row, err))
}

// RowError returns a mistake in a row with its place.
func (c *Config) RowError(row Row, err error) *Error {
	at, message := row.At, err.Error()
	var wrong *catalog.UserError
	if errors.As(err, &wrong) {
		if p, ok := row.Fields[wrong.Field]; ok {
			at = p
		}
		if wrong.Word != "" {
			message += hint(wrong.Word, wrong.Known)
		}
	}
	return &Error{c.File, at, message}
}

// FromSettings returns the configuration that settings of another program come
// to. Mistakes have no place but the name of what they are in.
func FromSettings(libraries []catalog.UserRow, repositories, finishers, borrowers, slow []string) (*Config, error) {
	c := &Config{}
	d := &decoder{config: c, seen: map[string]Position{}}
	of := func(name string, i int, read func()) {
		c.File = fmt.Sprintf("%s[%d]", name, i)
		read()
	}
	for i, row := range libraries {
		of("libraries", i, func() { d.add(Row{UserRow: row}) })
	}
	node := func(text string) *yaml.Node {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	}
	for i, name := range repositories {
		of("repositories", i, func() { d.repository(node(name)) })
	}
	for i, name := range finishers {
		of("finishers", i, func() { d.function(node(name), "finish") })
	}
	for i, name := range borrowers {
		of("borrowers", i, func() { d.function(node(name), "borrow") })
	}
	for i, name := range slow {
		of("slow", i, func() { d.function(node(name), "wait") })
	}
	c.File = ""
	if err := d.errors.sorted(); err != nil {
		return nil, err
	}
	return c, nil
}

// function reads a function that stands in a list.
func (d *decoder) function(n *yaml.Node, does string) {
	name, ok := d.text(n, "a function like example.com/db.Finish")
	if !ok {
		return
	}
	row, err := catalog.ParseFunction(name)
	if err != nil {
		d.fail(place(n), "%v", err)
		return
	}
	row.Does = does
	d.add(Row{UserRow: row, At: place(n)})
}

// repository reads a type that stands in a list.
func (d *decoder) repository(n *yaml.Node) {
	name, ok := d.text(n, "a type like example.com/db.Store")
	if !ok {
		return
	}
	row, err := catalog.ParseType(name)
	if err == nil {
		err = catalog.UserRow{Package: row.Package, Type: row.Type, Is: "pool"}.Check()
	}
	if err == nil && strings.Contains(name, ",") {
		err = fmt.Errorf("%q is no type", name)
	}
	if err != nil {
		d.fail(place(n), "%v", err)
		return
	}
	for _, r := range d.config.Repositories {
		if r.Name() == row.Name() {
			d.fail(place(n), "%s stands here%s already", row.Name(), inLineOf(r.At))
			return
		}
	}
	d.config.Repositories = append(d.config.Repositories, Row{UserRow: row, At: place(n)})
}

// rules reads what is said of the rules.
func (d *decoder) rules(n *yaml.Node) {
	if isNull(n) {
		return
	}
	fields := map[string]func(key, value *yaml.Node){}
	for _, r := range d.spec.Rules {
		fields[r.Name] = func(_, value *yaml.Node) { d.rule(r, value) }
	}
	before := len(d.errors)
	d.mapping(n, "rules", fields)
	slices.SortFunc(d.config.Rules, func(a, b Rule) int { return cmp.Compare(a.Name, b.Name) })
	if len(d.errors) > before {
		return
	}
	off := 0
	for _, r := range d.config.Rules {
		if r.Off {
			off++
		}
	}
	if off > 0 && off == len(d.spec.Rules) {
		d.fail(place(n), "every rule is switched off")
	}
}

// rule reads a truth value, or options.
func (d *decoder) rule(spec RuleSpec, n *yaml.Node) {
	rule := Rule{Name: spec.Name}
	if n.Kind == yaml.ScalarNode {
		if n.ShortTag() != "!!bool" {
			d.fail(place(n), "want true, false or the options of %s, not %s", spec.Name, kind(n))
			return
		}
		on, _ := d.truth(n)
		rule.Off = !on
		d.config.Rules = append(d.config.Rules, rule)
		return
	}
	fields := map[string]func(key, value *yaml.Node){}
	for _, o := range spec.Options {
		fields[o.Name] = func(_, value *yaml.Node) {
			if v, ok := d.option(o, value); ok {
				rule.Options = append(rule.Options, Option{o.Name, v, place(value)})
			}
		}
	}
	for _, name := range []string{RowsFlag, RepositoriesFlag} {
		fields[name] = func(key, _ *yaml.Node) {
			d.fail(place(key), "%s stand at the top of the file, for all rules", name)
		}
	}
	d.mapping(n, "options of "+spec.Name, fields)
	slices.SortFunc(rule.Options, func(a, b Option) int { return cmp.Compare(a.Name, b.Name) })
	d.config.Rules = append(d.config.Rules, rule)
}

// option reads the value of an option.
func (d *decoder) option(spec OptionSpec, n *yaml.Node) (string, bool) {
	if spec.Bool {
		b, ok := d.truth(n)
		return strconv.FormatBool(b), ok
	}
	if !d.is(n, yaml.ScalarNode, "a value") {
		return "", false
	}
	if len(spec.Words) > 0 && (n.ShortTag() != "!!str" || !slices.Contains(spec.Words, n.Value)) {
		d.unknown(place(n), "value", n.Value, spec.Words)
		return "", false
	}
	switch n.ShortTag() {
	case "!!str", "!!int", "!!float", "!!bool":
		return n.Value, true
	}
	d.fail(place(n), "want a value, not %s", kind(n))
	return "", false
}

// pattern reads a path to leave out.
func (d *decoder) pattern(n *yaml.Node) {
	text, ok := d.text(n, "a path like gen/**")
	if !ok {
		return
	}
	p, err := ParsePattern(text)
	if err != nil {
		d.fail(place(n), "%v", err)
		return
	}
	for _, q := range d.config.Exclude {
		if q.Text == p.Text {
			d.fail(place(n), "%q stands here again", text)
			return
		}
	}
	d.config.Exclude = append(d.config.Exclude, p)
}
