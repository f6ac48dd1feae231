package compat

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func git(t *testing.T, directory string, arguments ...string) string {
	t.Helper()
	command := exec.Command("git", append([]string{"-c", "user.name=Emma", "-c", "user.email=emma@example.com"}, arguments...)...)
	command.Dir = directory
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
	return strings.TrimSpace(string(output))
}

// Changes main.tf on the branch main of the fake's repository; returns the commit.
func push(t *testing.T) string {
	t.Helper()
	work := t.TempDir()
	git(t, work, "clone", "-q", setting(t, "COMPAT_REPOSITORY"), "clone")
	clone := filepath.Join(work, "clone")
	text := fmt.Sprintf("# %d\n", time.Now().UnixNano())
	must(t, os.WriteFile(filepath.Join(clone, "main.tf"), []byte(text), 0o600))
	git(t, clone, "commit", "-qam", "Change main.tf")
	git(t, clone, "push", "-q", "origin", "HEAD:main")
	return git(t, clone, "rev-parse", "HEAD")
}
