package txignore

import (
	"fmt"
	"strings"
)

func unknownVerb(text, guess string) string {
	if guess != "" {
		return fmt.Sprintf("%s is no directive; did you mean %s?", text, guess)
	}
	return fmt.Sprintf("%s is no directive; there are txlint:ignore and txlint:file-ignore", text)
}

func notADirective(text string) string {
	return fmt.Sprintf("this is no directive but a comment: take away the space before %s", text)
}

func noRule(text string) string {
	return text + " names no rule: write the rule and a reason behind it"
}

func unknownRule(text, name, guess string, known []string) string {
	if guess != "" {
		return fmt.Sprintf("%s names %q, which is no rule; did you mean %q?", text, name, guess)
	}
	return fmt.Sprintf("%s names %q, which is no rule; the rules are %s", text, name, strings.Join(known, ", "))
}

func noReason(text string, names []string) string {
	return fmt.Sprintf("%s %s says no reason: write behind it why the finding is wrong or accepted", text, strings.Join(names, ","))
}

func unused(text, name string) string {
	if name == "" {
		return text + " holds back nothing: remove it"
	}
	return fmt.Sprintf("%s holds back nothing of %s: remove it", text, name)
}
