package config

import (
	"encoding/json"
	"reflect"
	"slices"

	"github.com/txlint/txlint/internal/catalog"
)

// SchemaURL is where editors find the schema.
const SchemaURL = "https://raw.githubusercontent.com/txlint/txlint/main/docs/txlint.schema.json"

// identifier is what names of Go look like to editors.
const identifier = `^[\p{L}_][\p{L}_\p{Nd}]*$`

// fieldDocs describes the fields of a row to those who write one.
var fieldDocs = map[string]string{
	"package":                  "The import path of the package that declares the function or type.",
	"type":                     "A type of the package: what the row is about, or the receiver of method.",
	"method":                   "A method of the type.",
	"function":                 "A function of the package.",
	"does":                     "What a call does.",
	"is":                       "What a type stands for.",
	"result":                   "begin: the index of the result that is the handle; by default the first that can be one.",
	"error":                    "The index of the error result; by default the last result, if it is an error.",
	"context":                  "begin: the index of the context whose end rolls the transaction back.",
	"parameter":                "commit, rollback, finish, derive: the index of the parameter that is the transaction; by default one whose type is known to be a transaction, else the receiver.",
	"callback":                 "managed: the index of the function that is called with the transaction.",
	"writable":                 "begin: the index of the parameter that says whether the transaction may write, if one that may not needs no end.",
	"options":                  "begin, managed: the index of the parameter that can make the transaction read-only.",
	"lazy":                     "begin: takes nothing until the handle is first used.",
	"waits":                    "begin: takes nothing until the handle's start.",
	"writes":                   "statement: changes rows.",
	"sends":                    "statement: what it sends, if that is not one statement.",
	"instead":                  "statement: what to do instead of one for each element, as messages say it.",
	"error-field":              "The field that carries the error of the last call.",
	"chains":                   "Every method that returns the type itself hands out a handle on the same transaction.",
	"failed-commit-open":       "The transaction is still open after a commit that failed.",
	"auto-commit":              "The handle can be used after its end.",
	"idle-commit":              "A commit after the end does nothing and says nothing of that.",
	"nested-ends":              "A managed transaction on a transaction ends that one.",
	"rollback-after-commit":    "A rollback after a commit does no harm: a fix can defer it.",
	"cancelled-rollback-keeps": "A rollback under a context that has ended leaves the connection taken.",
	"done-error":               "The error variable of the package that calls return for a transaction that is over.",
}

type object = map[string]any

// Schema returns the JSON schema of the configuration.
func Schema(spec Spec) ([]byte, error) {
	rules := object{}
	for _, r := range spec.Rules {
		options := object{}
		for _, o := range r.Options {
			options[o.Name] = object{"description": o.Usage, "type": []string{"string", "number", "boolean"}}
			switch {
			case o.Bool:
				options[o.Name] = object{"description": o.Usage, "type": "boolean"}
			case len(o.Words) > 0:
				options[o.Name] = object{"description": o.Usage, "enum": o.Words}
			}
		}
		rules[r.Name] = object{
			"description": "false switches the rule off; options switch it on.",
			"oneOf": []object{
				{"type": "boolean"},
				{"type": "object", "additionalProperties": false, "properties": options},
			},
		}
	}
	schema := object{
		"$schema":              "https://json-schema.org/draft/2020-12/schema",
		"$id":                  SchemaURL,
		"title":                "txlint configuration",
		"type":                 []string{"object", "null"},
		"additionalProperties": false,
		"properties": object{
			"libraries":    listOf("What calls and types of a library or of the project itself do.", object{"oneOf": rowSchemas()}),
			"repositories": listOf("Types whose methods send statements, like example.com/db.Store.", nameSchema(`^[^\s,]+\.[\p{L}_][\p{L}_\p{Nd}]*$`)),
			"finishers":    listOf("Functions that end the transaction that they are given, like example.com/db.Finish.", nameSchema(`^[^\s]+\.[\p{L}_][\p{L}_\p{Nd}]*$`)),
			"borrowers":    listOf("Functions that use what they are given, and neither end nor keep it.", nameSchema(`^[^\s]+\.[\p{L}_][\p{L}_\p{Nd}]*$`)),
			"slow":         listOf("Functions that wait for something that is no database, like example.com/mail.Send.", nameSchema(`^[^\s]+\.[\p{L}_][\p{L}_\p{Nd}]*$`)),
			"rules":        object{"description": "Switches rules on and off, and sets their options.", "type": []string{"object", "null"}, "additionalProperties": false, "properties": rules},
			"exclude":      listOf("Paths to leave out, relative to this file. * stands for any part of a name, ** for any number of directories.", nameSchema(`^[^/]`)),
		},
	}
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(text, '\n'), nil
}

func listOf(doc string, items object) object {
	return object{"description": doc, "type": []string{"array", "null"}, "uniqueItems": true, "items": items}
}

func nameSchema(pattern string) object {
	return object{"type": "string", "minLength": 1, "pattern": pattern}
}

// rowSchemas returns the forms of a row: what a call of each kind does, and what
// a type of each kind is.
func rowSchemas() []object {
	var out []object
	for _, w := range catalog.UserEffects() {
		word := object{"const": w.Name, "description": w.Means}
		fields := catalog.FieldsOf(w.Name)
		out = append(out, rowSchema(fields, object{"does": word, "function": fieldSchema("function")}, "package", "function", "does"))
		out = append(out, rowSchema(fields, object{"does": word, "type": fieldSchema("type"), "method": fieldSchema("method")}, "package", "type", "method", "does"))
	}
	for _, w := range catalog.UserRoles() {
		out = append(out, rowSchema(catalog.FieldsOf(w.Name), object{"is": object{"const": w.Name, "description": w.Means}, "type": fieldSchema("type")}, "package", "type", "is"))
	}
	return out
}

func rowSchema(fields []string, properties object, required ...string) object {
	properties["package"] = fieldSchema("package")
	for _, f := range fields {
		properties[f] = fieldSchema(f)
	}
	row := object{"type": "object", "additionalProperties": false, "required": required, "properties": properties}
	if slices.Contains(fields, "sends") {
		row["allOf"] = besideSends(fields)
	}
	return row
}

// besideSends rules out the fields that say nothing of a statement that sends
// what it does. A field may say that something is not so.
func besideSends(fields []string) []object {
	var out []object
	for _, w := range catalog.UserSends() {
		ruled := object{}
		for _, f := range fields {
			if f != "sends" && !slices.Contains(catalog.FieldsBeside(w.Name), f) {
				ruled[f] = object{"const": false}
			}
		}
		if len(ruled) > 0 {
			out = append(out, object{
				"if":   object{"required": []string{"sends"}, "properties": object{"sends": object{"const": w.Name}}},
				"then": object{"properties": ruled},
			})
		}
	}
	return out
}

// fieldSchema describes a field of a row by its type in Go.
func fieldSchema(name string) object {
	s := object{"description": fieldDocs[name]}
	switch reflect.TypeFor[catalog.UserRow]().Field(rowFields()[name]).Type.Kind() {
	case reflect.String:
		s["type"], s["minLength"] = "string", 1
		switch name {
		case "package":
			s["pattern"] = "^[^\\s\"'`\\\\*?]+$"
		case "instead":
		case "sends":
			var words []object
			for _, w := range catalog.UserSends() {
				words = append(words, object{"const": w.Name, "description": w.Means})
			}
			delete(s, "minLength")
			s["oneOf"] = words
		default:
			s["pattern"] = identifier
		}
	case reflect.Bool:
		s["type"] = "boolean"
	default:
		s["type"], s["minimum"] = "integer", 0
	}
	return s
}
